// The page walk: the address split up, one card a level, and how it ended.

import { h, hex, patchList, setAttr, setClass, setHex, setText } from "./dom.js";
import { emptyNote, makePanel, scrollable } from "./panel.js";

export function walk(ctx) {
  const panel = makePanel(ctx);
  const empty = emptyNote();
  const va = hex();
  const verb = h("span", { class: "two" });
  const fields = h("div", { class: "vaf" });
  const rootOf = h("span");
  const root = hex();
  const source = h("div", { class: "src" }, h("p", {}, verb, " ", va), fields,
    h("p", { class: "two" }, rootOf, " ", root));
  const chain = h("ol", { class: "chain" });
  const verdict = h("p", { class: "verdict" });
  const pa = hex();
  const result = h("p", { class: "big" }, "pa ", pa);
  const reason = h("p", { class: "note" });
  const end = h("div", { class: "fin" }, h("p", { class: "rdl" }, ctx.t.result), result, verdict, reason);
  const heads = h("tr");
  const lines = h("tbody");
  const reads = h("caption");
  const grid = h("table", { class: "grid2" }, reads, h("thead", {}, heads), lines);
  const picture = h("div", { class: "wk" }, source, chain, grid, end);
  panel.body.append(picture, empty);
  scrollable(panel, ctx.t.title);

  const makeField = () => h("div", { class: "fd" }, h("small"), h("b", { class: "mono" }), h("small"));
  const makeLevel = () => h("li", { class: "lv" },
    h("p", { class: "rdl" }, h("b", { class: "no" }), h("span")),
    h("p", { class: "at" }, ctx.t.entry_at, " ", hex()),
    h("p", { class: "en" }, hex()),
    h("p", { class: "fl" }),
    h("p", { class: "note" }));

  function patchLevel(card, [title, kind, address, pte, flags, note], index) {
    const [line, at, entry, bits, words] = card.children;
    setAttr(card, "data-kind", kind);
    setText(line.children[0], kind === "fault" ? "\u2715" : String(index + 1));
    setText(line.children[1], title);
    at.hidden = entry.hidden = address === "";
    if (address !== "") {
      setHex(at.firstElementChild, address);
      setHex(entry.firstElementChild, pte);
    }
    patchList(bits, flags, () => h("i"), (box, [letter, on]) => {
      setText(box, letter);
      setClass(box, "on", Boolean(on));
      setAttr(box, "title", `${letter} = ${on ? 1 : 0}`);
    });
    setText(words, note);
  }

  // In two stages: a row for each entry of the VS-stage, a column for each level of the G-stage.
  const makeCell = () => h("td", {}, h("b", { class: "no" }), h("span"), hex(), h("small"));
  function patchCell(box, cell) {
    box.hidden = false;
    setAttr(box, "data-kind", cell ? cell[1] : "none");
    for (const part of box.children) part.hidden = !cell;
    if (!cell) return;
    const [number, kind, address, pte, note] = cell;
    setText(box.children[0], kind === "fault" ? `${number} \u2715` : String(number));
    setText(box.children[1], " ");
    setHex(box.children[2], address);
    setText(box.children[3], note);
    setAttr(box, "title", pte);
  }
  function drawGrid(found) {
    grid.hidden = found === null;
    chain.hidden = found !== null;
    if (found === null) return;
    setText(reads, found.reads);
    patchList(heads, found.columns, () => h("th", { scope: "col" }), setText);
    patchList(lines, found.rows, () => h("tr", {}, h("th", { scope: "row" }, h("span"), " ", hex())),
      (line, [[title, gpa], cells]) => {
        const head = line.firstElementChild;
        setText(head.children[0], title);
        head.children[1].hidden = gpa === "";
        if (gpa !== "") setHex(head.children[1], gpa);
        while (line.children.length < found.columns.length) line.append(makeCell());
        while (line.children.length > found.columns.length) line.lastElementChild.remove();
        for (let at = 0; at + 1 < found.columns.length; at++) patchCell(line.children[at + 1], cells[at]);
      });
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.empty);
      picture.hidden = data.empty !== "";
      if (data.empty !== "") return;
      setText(verb, data.verb);
      setHex(va, data.va);
      setText(rootOf, data.root_of);
      setHex(root, data.root);
      patchList(fields, data.fields, makeField, (box, [top, value, low]) => {
        setText(box.children[0], top);
        setText(box.children[1], value);
        setText(box.children[2], low);
      });
      patchList(chain, data.levels, makeLevel, patchLevel);
      drawGrid(data.grid);
      const ok = data.pa !== "";
      setClass(end, "bad", !ok);
      result.hidden = !ok;
      if (ok) setHex(pa, data.pa);
      setText(verdict, data.verdict);
      setClass(verdict, "pass", ok);
      setClass(verdict, "fail", !ok);
      setText(reason, data.reason);
    },
  };
}
