// The TLB: an entry a row, its tags and what the tables say of it now.

import { h, owner, patchList, setAttr, setClass, setOwner, setText } from "./dom.js";
import { emptyNote, makePanel, scrollable } from "./panel.js";

export function tlb(ctx) {
  const all = h("button", { class: "mini", type: "button", "aria-pressed": "false" }, ctx.t.all);
  all.addEventListener("click", () => ctx.send({ command: "all", on: all.getAttribute("aria-pressed") !== "true" }));
  const panel = makePanel(ctx, all);
  const rows = h("tbody");
  const head = h("tr", {}, ...ctx.t.columns.map((title) => h("th", { scope: "col" }, title)));
  const table = h("table", { class: "tl tb8" }, h("thead", {}, head), rows);
  const empty = emptyNote();
  panel.body.append(table, empty);
  scrollable(panel, ctx.t.title);

  const make = () => h("tr", {}, h("td", { class: "num" }), h("td", {}, h("span", { class: "mono" }), " ", h("small")),
    h("td", { class: "mono" }), h("td", {}, owner(), " ", h("b", { class: "mono" })), h("td", { class: "num" }),
    h("td", {}, h("code"), " ", h("small")), h("td"), h("td", { class: "st8" }));

  function patch(row, [index, va, where, pa, mode, asid, tags, allowed, level, alive, next, state]) {
    const cells = row.cells;
    setText(cells[0], String(index));
    setText(cells[1].children[0], va);
    setText(cells[1].children[1], where);
    setText(cells[2], pa);
    setOwner(cells[3].children[0], mode, ctx.t.owners[mode]);
    setText(cells[3].children[1], mode);
    setText(cells[4], String(asid));
    setText(cells[5].children[0], allowed);
    setText(cells[5].children[1], tags);
    setText(cells[6], level);
    setText(cells[7], state);
    setClass(row, "ret", !alive);
    setClass(row, "cur", Boolean(next));
    setAttr(row, "aria-current", next ? "true" : null);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      setAttr(all, "aria-pressed", data.all ? "true" : "false");
      panel.drawTwin(data.twin);
      setText(empty, data.rows.length ? "" : data.empty);
      table.hidden = !data.rows.length;
      patchList(rows, data.rows, make, patch);
    },
  };
}
