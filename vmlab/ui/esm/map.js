// The physical address space, region by region. A region opens in the memory picture.

import { h, patchList, setAttr, setText } from "./dom.js";
import { emptyNote, makePanel } from "./panel.js";

export function addressMap(ctx) {
  const panel = makePanel(ctx);
  const rows = h("tbody");
  const head = h("tr", {}, ...ctx.t.columns.map((title) => h("th", { scope: "col" }, title)));
  const table = h("table", { class: "tl mp" }, h("thead", {}, head), rows);
  const empty = emptyNote();
  panel.body.append(table, empty);

  function make() {
    const go = h("button", { class: "go", type: "button" });
    go.addEventListener("click", () => {
      ctx.send({ command: "open", address: go.dataset.address });
      ctx.reveal?.("memory");
    });
    return h("tr", {}, h("td", {}, go), h("td", { class: "num" }),
      h("td", {}, h("b"), " ", h("span")), h("td", { class: "wh" }));
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.rows.length ? "" : data.empty);
      table.hidden = !data.rows.length;
      patchList(rows, data.rows, make, (row, [first, range, size, kind, name, what, marks]) => {
        const go = row.cells[0].firstElementChild;
        setAttr(row, "data-region", kind);
        setText(go, range);
        setAttr(go, "data-address", first);
        setAttr(go, "aria-label", `${ctx.t.go} ${range}`);
        setText(row.cells[1], size);
        setText(row.cells[2].children[0], kind === "image" ? "" : name);
        setText(row.cells[2].children[1], what);
        setText(row.cells[3], marks);
      });
    },
  };
}
