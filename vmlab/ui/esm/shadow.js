// The guest's table beside what the monitor made of it, and the last faults.

import { h, patchList, rove, setAttr, setClass, setText } from "./dom.js";
import { emptyNote, makePanel, scrollable } from "./panel.js";

export function shadow(ctx) {
  const turn = (by, title, sign) => h("button", {
    class: "mini", type: "button", "aria-label": title, title, onclick: () => ctx.send({ command: "page", by }),
  }, sign);
  const range = h("span", { class: "sub" });
  const turns = [turn(-1, ctx.t.earlier, "\u2191"), turn(1, ctx.t.later, "\u2193")];
  const panel = makePanel(ctx, range, ...turns);
  const title = panel.sub.parentNode.querySelector("h2");
  const head = h("tr"), rows = h("tbody"), faults = h("tbody");
  const table = h("table", { class: "tl sh8" }, h("caption", { class: "vh" }, ctx.t.pages), h("thead", {}, head), rows);
  const faultHead = h("tr", {}, ...ctx.t.fault_columns.map((name) => h("th", { scope: "col" }, name)));
  const last = h("table", { class: "tl" }, h("caption", {}, ctx.t.faults), h("thead", {}, faultHead), faults);
  const empty = emptyNote();
  panel.body.append(empty, h("div", { class: "two8" }, table, last));
  scrollable(panel, ctx.t.title);
  const oneStop = rove(faults, ".go", () => faults.querySelector(".go"));

  function makeFault() {
    const go = h("button", { class: "go", type: "button" });
    go.addEventListener("click", () => ctx.send({ command: "go", position: Number(go.dataset.position) }));
    return h("tr", {}, h("td", { class: "num" }, go), h("td", { class: "mono" }), h("td", { class: "why8" }));
  }
  function patchFault(row, [position, isTrue, va, why]) {
    const go = row.cells[0].firstElementChild;
    setText(go, position.toLocaleString("en"));
    setAttr(go, "data-position", position);
    setAttr(go, "aria-label", `${ctx.t.go} #${position.toLocaleString("en")}`);
    setText(row.cells[1], va);
    setText(row.cells[2], why);
    setClass(row, "true8", Boolean(isTrue));
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      setText(title, data.title);
      setText(range, data.range);
      turns.forEach((button, at) => { button.hidden = data.range === ""; button.disabled = !data.edges[at]; });
      panel.drawTwin(data.twin);
      setText(empty, data.instead);
      table.hidden = !data.rows.length;
      last.hidden = !data.faults.length;
      patchList(head, data.columns, () => h("th", { scope: "col" }), setText);
      patchList(rows, data.rows, () => h("tr", {}, h("td", { class: "mono" }), h("td"), h("td"), h("td", {}, h("b", { class: "bdg" }), " ", h("small"))),
        (row, [address, left, right, state, words, note]) => {
          [address, left, right].forEach((text, at) => setText(row.cells[at], text));
          setText(row.cells[3].children[0], words);
          setText(row.cells[3].children[1], note);
          setAttr(row, "data-state", state);
        });
      patchList(faults, data.faults, makeFault, patchFault);
      oneStop();
    },
  };
}
