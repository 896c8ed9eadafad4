// The trap log. A click on a row travels there.

import { h, owner, patchList, rove, setAttr, setClass, setOwner, setText } from "./dom.js";
import { emptyNote, makePanel } from "./panel.js";

export function traps(ctx) {
  const panel = makePanel(ctx);
  const rows = h("tbody");
  const head = h("tr", {}, ...ctx.t.columns.map((title, at) => h("th", { scope: "col", class: at ? null : "num" }, title)));
  const table = h("table", { class: "tl" }, h("thead", {}, head), rows);
  const empty = emptyNote();
  panel.body.append(table, empty);
  const oneStop = rove(rows, ".go", () => rows.lastElementChild?.querySelector(".go"));
  let drawn = 0;

  function make() {
    const go = h("button", { class: "go", type: "button" });
    go.addEventListener("click", () => ctx.send({ command: "go", position: Number(go.dataset.position) }));
    return h("tr", {}, h("td", { class: "num" }, go),
      h("td", {}, owner(), h("span", { class: "ar" }, "\u2192"), owner()),
      h("td", {}, h("span", { class: "cz" }), " ", h("span")),
      h("td", { class: "wh" }));
  }

  function patch(row, [position, from, to, tag, cause, where, tip, here]) {
    const go = row.cells[0].firstElementChild;
    const [left, , right] = row.cells[1].children;
    const [number, words] = row.cells[2].children;
    setText(go, position.toLocaleString("en"));
    setAttr(go, "data-position", position);
    setAttr(go, "aria-label", `${ctx.t.go} #${position}`);
    setOwner(left, from, `${ctx.t.owners[from]}, ${from}`);
    setOwner(right, to, `${ctx.t.owners[to]}, ${to}`);
    setText(number, tag);
    number.hidden = tag === "";
    setText(words, cause);
    setText(row.cells[3], where);
    setAttr(row.cells[3], "title", tip);
    setClass(row, "ret", tag === "");
    setClass(row, "int", tag.startsWith("i"));
    setClass(row, "cur", Boolean(here));
    setAttr(row, "aria-current", here ? "true" : null);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.rows.length ? "" : data.empty);
      table.hidden = !data.rows.length;
      const body = panel.body;
      const atEnd = body.scrollTop + body.clientHeight > body.scrollHeight - 40;
      patchList(rows, data.rows, make, patch);
      oneStop();
      if (atEnd || data.rows.length !== drawn) body.scrollTop = body.scrollHeight;
      drawn = data.rows.length;
    },
  };
}
