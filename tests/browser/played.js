// In place of page.js: a lesson's machine that a test plays. It answers as vmlab/ui/lesson does, from
// `machine.cells`, when it has been told that it is ready.

const say = (detail) => document.dispatchEvent(new CustomEvent("vmlab:lesson", { detail }));

globalThis.machine = {
  orders: [],
  ran: [],
  holds: false,  // a cell that begins does not end
  cells: {},     // number: { text, observed, error, line }
  say,
  ready() { say({ ready: true, busy: false, cells: {}, observed: {}, verdict: null }); },
  gone() {
    this.ran = [];
    document.dispatchEvent(new CustomEvent("vmlab:worker", { detail: "gone" }));
  },
  run(numbers) {
    say({ busy: true });
    for (const number of numbers) {
      say({ cells: { [number]: { state: "running", text: "", error: "", line: null } } });
      if (this.holds) return;
      const { text = "", error = "", line = null, observed } = this.cells[number] ?? {};
      say({ cells: { [number]: { state: error ? "failed" : "done", text, error, line } }, ...observed ? { observed } : {} });
      if (error) break;
      this.ran.push(number);
    }
    say({ busy: false });
  },
};

document.addEventListener("vmlab:lesson-do", ({ detail }) => {
  const { machine } = globalThis;
  machine.orders.push(detail);
  const there = [...document.querySelectorAll(".cell[data-cell]:not([data-check])")].map((one) => Number(one.dataset.cell));
  if (detail.command === "run") machine.run(there.filter((one) => one <= detail.cell && !machine.ran.includes(one)));
  if (detail.command === "again") machine.run([detail.cell]);
  if (detail.command === "stop") {
    const runs = document.querySelector(".cell[data-state=running]");
    if (runs) say({ busy: false, cells: { [runs.dataset.cell]: { state: "stopped" } } });
  }
});
