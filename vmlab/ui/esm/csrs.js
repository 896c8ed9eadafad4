// Decoded control and status registers: value or field boxes, and the meaning in words.

import { h, hex, patchList, setAttr, setClass, setHex, setText } from "./dom.js";
import { makePanel } from "./panel.js";

export function csrs(ctx) {
  const all = h("button", { class: "mini", type: "button", "aria-pressed": "false" });
  all.addEventListener("click", () => ctx.send({ command: "all", on: all.getAttribute("aria-pressed") !== "true" }));
  const panel = makePanel(ctx, all);
  const rows = h("tbody");
  panel.body.append(h("table", { class: "cs" }, rows));
  panel.body.tabIndex = 0;

  const make = () => h("tr", {}, h("th", { scope: "row" }), h("td", {},
    h("span", { class: "mk" }), hex(), h("span", { class: "fs" }), h("span", { class: "two mean" }),
    h("span", { class: "was" })));

  function patch(row, [name, level, digits, before, meaning, fields]) {
    const [mark, value, boxes, words, old] = row.cells[1].children;
    setText(row.cells[0], name);
    setAttr(row, "data-csr", name);
    setAttr(row, "data-level", level);
    setAttr(row.cells[0], "title", ctx.t.numbers[name]);
    setClass(row.cells[1], "chg", before !== "");
    setAttr(mark, "title", before === "" ? null : ctx.t.changed);
    // Field boxes say all that the digits would, so the digits go into the title then.
    value.hidden = fields.length > 0 || ctx.t.worded.includes(name);
    setHex(value, digits);
    setAttr(row.cells[1], "title", `0x${digits}` + (before === "" ? "" : `, ${ctx.t.was} 0x${before}`));
    setText(words, meaning);
    setText(old, "");
    patchList(boxes, fields, () => h("span", { class: "f" }, "", h("b")), (box, [label, text, changed]) => {
      if (box.firstChild.data !== label) box.firstChild.data = label;
      setText(box.lastElementChild, text);
      setClass(box, "c", Boolean(changed));
      setClass(box, "zero", text === "0");
      setAttr(box, "title", ctx.t.meanings[name]?.[label]);
    });
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      setText(all, data.all_label);
      setAttr(all, "aria-pressed", data.all ? "true" : "false");
      panel.drawTwin(data.twin);
      patchList(rows, data.rows, make, patch);
    },
  };
}
