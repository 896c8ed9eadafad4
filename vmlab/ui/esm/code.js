// The code list: labels, breakpoints one can click, the next line.

import { emptyNote, makePanel } from "./panel.js";
import { h, hex, patchList, reveal, rove, setAttr, setClass, setHex, setText } from "./dom.js";

export function code(ctx) {
  const panel = makePanel(ctx);
  const rows = h("tbody");
  const table = h("table", { class: "cd" }, rows);
  const empty = emptyNote();
  panel.body.append(table, empty);
  const oneStop = rove(rows, ".bp", () => rows.querySelector(".now .bp"));

  function make(item) {
    if (item.length === 1) return h("tr", { class: "lbl" }, h("td"), h("td", { colspan: "4" }, h("code")));
    const button = h("button", { class: "bp", type: "button" });
    button.addEventListener("click", () => ctx.send({ command: "breakpoint", address: button.dataset.address }));
    return h("tr", {}, h("td", {}, button), h("td", { class: "ad" }, h("b"), hex()),
      h("td", { class: "en" }), h("td", { class: "mn" }), h("td", { class: "op" }));
  }

  function patch(row, item) {
    if (item.length === 1) {
      setText(row.cells[1].firstElementChild, item[0] + ":");
      return;
    }
    const [address, word, mnemonic, operands, next, last, on] = item;
    const [mark, digits] = row.cells[1].children;
    const button = row.cells[0].firstElementChild;
    setAttr(button, "data-address", address);
    setAttr(button, "aria-pressed", on ? "true" : "false");
    setAttr(button, "aria-label", `${on ? ctx.t.clear : ctx.t.set} ${address}`);
    setClass(button, "on", Boolean(on));
    setText(mark, next ? "\u25b6" : last ? "\u25b7" : "");
    setAttr(mark, "title", next ? ctx.t.next : last ? ctx.t.last : null);
    setHex(digits, address.length > 8 && !address.startsWith("00000000") ? address : address.slice(-8));
    setText(row.cells[2], word);
    setText(row.cells[3], mnemonic);
    setText(row.cells[4], operands);
    setClass(row, "now", Boolean(next));
    setClass(row, "last", Boolean(last));
    setAttr(row, "aria-current", next ? "true" : null);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.lines.length ? "" : data.empty);
      // A label row and an instruction row are different shapes: keep the kept ones aligned.
      data.lines.forEach((item, index) => {
        const row = rows.children[index];
        if (row && row.classList.contains("lbl") !== (item.length === 1)) row.replaceWith(make(item));
      });
      patchList(rows, data.lines, make, patch);
      oneStop();
      const current = rows.querySelector(".now");
      if (current) reveal(panel.body, current, 60);
    },
  };
}
