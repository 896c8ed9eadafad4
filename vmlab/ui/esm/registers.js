// pc and the 32 registers. Cells are made once; a step patches the ones that differ.

import { h, hex, setAttr, setClass, setHex, setText } from "./dom.js";
import { makePanel, scrollable } from "./panel.js";

export function registers(ctx) {
  const panel = makePanel(ctx);
  const pc = makeCell("", "pc");
  const grid = h("ol", { class: "rg" });
  const cells = ctx.t.names.map((name, number) => makeCell(`x${number}`, name));
  grid.append(...cells.map((cell) => cell.node));
  panel.body.append(h("div", { class: "pcl" }, pc.node), grid);
  scrollable(panel, ctx.t.title);

  function makeCell(number, name) {
    const digits = hex();
    const mark = h("span", { class: "mk" });
    const was = hex();
    const old = h("span", { class: "was" }, ctx.t.was, " ", h("s", {}, was));
    const node = h(number ? "li" : "div", { class: "r", "data-reg": name }, mark,
      number ? h("span", { class: "x" }, number) : null, h("span", { class: "n" }, name), digits, old);
    return { node, digits, old, was };
  }

  function patch(cell, name, [value, before]) {
    setHex(cell.digits, value);
    setClass(cell.node, "chg", before !== "");
    cell.old.hidden = before === "";
    if (before !== "") setHex(cell.was, before);
    setAttr(cell.node, "title", before === "" ? null : `${name}: ${ctx.t.was} 0x${before.replace(/^0+(?=.)/, "")}`);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      patch(pc, "pc", data.pc);
      data.x.forEach((value, number) => patch(cells[number], ctx.t.names[number], value));
    },
  };
}
