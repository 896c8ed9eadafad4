// The cells between the paragraphs: Run, what state each is in, and what it printed. Python runs them,
// in the page's worker; until it is ready a cell waits.

import { say } from "./words.js";

const SHOWN_AFTER_S = 2;  // a cell that takes longer says how long it has been running
const ENDS = ["done", "failed", "stopped"];

class Cell {
  constructor(place, cells) {
    Object.assign(this, { place, cells, number: Number(place.dataset.cell), state: "idle", line: null });
    const find = (what) => place.querySelector(what);
    Object.assign(this, { run: find("[data-do=run]"), stop: find("[data-do=stop]"), status: find(".st"), need: find(".need"), out: find(".out"), err: find(".err") });
    this.words = this.run?.textContent;
    place.addEventListener("click", ({ target }) => {
      const { do: what } = target.closest("[data-do]")?.dataset ?? {};
      if (what === "run") cells.press(this);
      else if (what === "stop") cells.halt();
      else if (what === "skip-for") this.skip();
    });
  }

  /** Its questions are skipped, and it runs. */
  skip() {
    for (const question of this.cells.questions.openBefore(this.number)) question.skip();
    this.need.replaceChildren();
    this.cells.press(this);
    this.run.focus();
  }

  /** Say that a prediction comes first. */
  ask(question) {
    const link = document.createElement("a"), skip = document.createElement("button");
    link.href = `#question-${question.id}`;
    link.textContent = say("go_to_question");
    skip.className = "btn quiet";
    skip.type = "button";
    skip.dataset.do = "skip-for";
    skip.textContent = say("skip_prediction");
    this.need.replaceChildren(`${say("first_predict")} `, link, " ", skip);
  }

  show(state) {
    if (state === this.state && state !== "running") return;
    this.state = state;
    this.place.dataset.state = state;
    if (state === "running") this.since ??= performance.now();
    else this.since = null;
    this.draw();
  }

  draw() {
    if (!this.run) return;
    const { state } = this, ended = ENDS.includes(state), runs = state === "running";
    this.run.textContent = ended ? say("again") : this.words;
    this.run.hidden = runs || state === "queued" || state === "waits";
    this.stop.hidden = !(runs || state === "queued" || state === "waits");
    const seconds = this.since === null || this.since === undefined ? 0 : Math.round((performance.now() - this.since) / 1000);
    const text = runs && seconds >= SHOWN_AFTER_S ? say("running_s", { n: seconds })
      : state === "failed" && this.line ? say("failed_line", { n: this.line })
      : state === "idle" ? this.cells.ranBefore(this.number) ? say("ran_before") : ""
      : say(state);
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  take({ state, text, error, line }) {
    if (line !== undefined) this.line = line;
    if (text !== undefined) this.print(this.out, text);
    if (error !== undefined) this.print(this.err, error);
    if (state !== undefined) this.show(state);
  }

  print(place, text) {
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
  }
}

export class Cells {
  /** `send` tells Python what to do; `ranBefore` says whether a cell ran on an earlier visit. */
  constructor(lay, questions, send, ranBefore) {
    Object.assign(this, { questions, send, ranBefore, ready: false, wanted: 0, latest: 0, busy: false });
    this.all = [...lay.querySelectorAll(".cell[data-cell]:not([data-check])")].map((place) => new Cell(place, this));
    this.byNumber = new Map(this.all.map((cell) => [cell.number, cell]));
    setInterval(() => this.all.forEach((cell) => { if (cell.state === "running") cell.draw(); }), 1000);
  }

  press(cell) {
    cell.need.replaceChildren();
    const [open] = this.questions.openBefore(cell.number);
    if (open) cell.ask(open);
    else if (ENDS.includes(cell.state)) this.order("again", cell.number);
    else this.order("run", cell.number);
  }

  /** Have the cells up to this one run, now or when there is a machine. */
  order(command, number) {
    if (!this.ready) {
      this.wanted = Math.max(this.wanted, number);
      this.byNumber.get(number)?.show("waits");
      return;
    }
    this.latest = Math.max(this.latest, number);
    for (const cell of this.all) {
      const runs = command === "again" ? cell.number === number : cell.number <= number && cell.state === "idle";
      if (runs || cell.state === "waits") cell.show("queued");
    }
    this.send({ command, cell: number });
  }

  halt() {
    const waiting = this.all.filter(({ state }) => state === "waits");
    this.wanted = 0;
    waiting.forEach((cell) => cell.show("idle"));
    if (waiting.length) return;
    this.send({ command: "stop" });  // and Python is interrupted, if it hears of nothing
  }

  /** Python says what became of them. Returns the numbers of those that are done. */
  take({ ready, busy, cells }) {
    for (const [number, news] of Object.entries(cells ?? {})) this.byNumber.get(Number(number))?.take(news);
    if (busy !== undefined) this.busy = busy;
    if (busy === false) this.all.forEach((cell) => { if (cell.state === "queued") cell.show("idle"); });
    if (ready !== undefined) this.ready = ready;
    return Object.entries(cells ?? {}).filter(([, { state }]) => state === "done").map(([number]) => Number(number));
  }

  /** What was asked for while there was no machine. */
  begin() {
    const { wanted } = this;
    this.wanted = 0;
    if (wanted) this.order("run", wanted);
  }

  /** Its machine is gone: nothing of it has run. Returns how far it was. */
  forget() {
    const { latest } = this;
    Object.assign(this, { ready: false, busy: false, latest: 0 });
    for (const cell of this.all) if (cell.state !== "waits") cell.show("idle");
    return latest;
  }

  draw() { this.all.forEach((cell) => cell.draw()); }
}
