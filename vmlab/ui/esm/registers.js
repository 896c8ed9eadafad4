// pc and the 32 registers; those of floating point in a fold, while the unit is on. Cells are made
// once; a step patches the ones that differ.

import { h, hex, patchList, setAttr, setClass, setHex, setText } from "./dom.js";
import { makePanel, scrollable } from "./panel.js";

export function registers(ctx) {
  const panel = makePanel(ctx);
  const pc = makeCell("", "pc");
  const grid = h("ol", { class: "rg" });
  const cells = ctx.t.names.map((name, number) => makeCell(`x${number}`, name));
  grid.append(...cells.map((cell) => cell.node));
  const floats = h("ol", { class: "fl" });
  const fold = h("details", { class: "tw", hidden: true }, h("summary", {}, ctx.t.fold), floats);
  panel.body.append(h("div", { class: "pcl" }, pc.node), grid, fold);
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

  const makeFloat = () => h("li", { class: "r" }, h("span", { class: "mk" }), h("span", { class: "x" }),
    h("span", { class: "n" }), h("span", { class: "v" }), hex());

  function patchFloat(node, [value, before, text, number]) {
    const [, at, name, words, digits] = node.children;
    setText(at, `f${number}`);
    setText(name, ctx.t.floats[number]);
    setText(words, text);
    setHex(digits, value);
    setAttr(node, "data-reg", ctx.t.floats[number]);
    setClass(node, "chg", before !== "");
    setAttr(node, "title", before === "" ? null : `${ctx.t.floats[number]}: ${ctx.t.was} 0x${before}`);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      patch(pc, "pc", data.pc);
      fold.hidden = data.f.length === 0;
      patchList(floats, data.f.map((cell, number) => [...cell, number]), makeFloat, patchFloat);
      data.x.forEach((value, number) => patch(cells[number], ctx.t.names[number], value));
    },
  };
}
