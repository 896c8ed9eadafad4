// Exits by reason: counts are measured, so their bars are solid; cycles are a model, so theirs are
// hatched and begin with a wave. A row of the list travels to its exit.

import { h, patchList, rove, setAttr, setClass, setText } from "./dom.js";
import { emptyNote, makePanel, scrollable, setSpot } from "./panel.js";

export function exits(ctx) {
  const panel = makePanel(ctx);
  const t = ctx.t;
  const reasons = h("tbody"), rows = h("tbody");
  const heads = (titles) => h("thead", {}, h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title))));
  const sums = h("table", { class: "tl ex8" }, heads(t.reasons), reasons);
  const list = h("table", { class: "tl" }, heads(t.columns), rows);
  const key = h("p", { class: "note" }, h("span", { class: "tag meas" }, t.measured), " ", h("span", { class: "tag model" }, t.modelled), " ", t.hint);
  const empty = emptyNote();
  const both = h("div", { class: "two8 wide8" }, h("div", {}, sums, key), list);
  panel.body.append(empty, both);
  scrollable(panel, t.title);
  const oneStop = rove(rows, ".go", () => rows.querySelector(".go"));

  function makeReason() {
    const only = h("button", { class: "go", type: "button", title: t.only });
    only.addEventListener("click", () => ctx.send({ command: "only", reason: only.dataset.reason }));
    const bar = (kind) => h("td", {}, h("span", { class: "num" }), h("i", { class: kind, "aria-hidden": "true" }));
    return h("tr", {}, h("td", {}, only), bar("br8"), bar("br8 model"));
  }
  function patchReason(row, [name, words, count, share, cycles, cost]) {
    const only = row.cells[0].firstElementChild;
    setText(only, words);
    setAttr(only, "data-reason", name);
    [[count, share], [cycles, cost]].forEach(([text, part], at) => {
      const [number, bar] = row.cells[at + 1].children;
      setText(number, text);
      setSpot(bar, { w: part / 1000 });
    });
  }
  function make() {
    const go = h("button", { class: "go", type: "button" });
    go.addEventListener("click", () => ctx.send({ command: "go", position: Number(go.dataset.position) }));
    return h("tr", {}, h("td", { class: "num" }, go), h("td"), h("td", { class: "mono" }), h("td"), h("td", { class: "wh8" }));
  }
  function patch(row, [position, reason, where, pc, about, cause, did, here]) {
    const go = row.cells[0].firstElementChild;
    setText(go, position.toLocaleString("en"));
    setAttr(go, "data-position", position);
    setAttr(go, "aria-label", `${t.go} #${position.toLocaleString("en")}`);
    [reason, where, about, did].forEach((text, at) => setText(row.cells[at + 1], text));
    setAttr(row.cells[2], "title", pc);
    setAttr(row.cells[3], "title", cause);
    setClass(row, "cur", Boolean(here));
    setAttr(row, "aria-current", here ? "true" : null);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.empty);
      both.hidden = data.empty !== "";
      patchList(reasons, data.reasons, makeReason, patchReason);
      for (const only of reasons.querySelectorAll(".go")) setAttr(only, "aria-pressed", only.dataset.reason === data.only ? "true" : "false");
      patchList(rows, data.rows, make, patch);
      oneStop();
    },
  };
}
