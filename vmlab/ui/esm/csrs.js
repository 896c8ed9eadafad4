// Decoded control and status registers: value or field boxes, and the meaning in words. While there
// is a guest, V and its hypervisor's CSRs come first, then what VS believes beside what is real.

import { h, hex, owner, patchList, reveal, setAttr, setClass, setHex, setOwner, setText } from "./dom.js";
import { makePanel, scrollable } from "./panel.js";

export function csrs(ctx) {
  const all = h("button", { class: "mini", type: "button", "aria-pressed": "false" });
  all.addEventListener("click", () => ctx.send({ command: "all", on: all.getAttribute("aria-pressed") !== "true" }));
  const panel = makePanel(ctx, all);
  const rows = h("tbody");
  const v = makeRow();
  const hypervisor = h("tbody");
  const heads = ctx.t.heads.map((head) => h("th", { scope: "col" }, head, " ", h("span", { class: "tag" })));
  const pairs = h("tbody");
  const guest = h("div", { class: "gst", hidden: true },
    h("table", { class: "cs" }, h("tbody", {}, v), hypervisor),
    h("table", { class: "cs prs" }, h("caption", {}, ctx.t.pairs), h("thead", {}, h("tr", {}, ...heads)), pairs));
  const thinks = h("p", { class: "thk" }, owner(), h("span"), h("span", { class: "mode" }, h("b"), h("span", { class: "gap" }, "\u2260"), h("b")));
  const marks = [null, ["VS", ctx.t.kernel], ["HW", ctx.t.hardware]];
  const sideHeads = ctx.t.sides.map((head, at) => {
    const mark = marks[at] && owner();
    if (mark) setOwner(mark, ...marks[at]);
    return h("th", { scope: "col" }, mark, mark && " ", head);
  });
  const beside = h("tbody");
  const sides = h("div", { class: "sides", hidden: true }, thinks,
    h("table", { class: "cs sd8" }, h("thead", {}, h("tr", {}, ...sideHeads)), beside));
  panel.body.append(guest, sides, h("table", { class: "cs" }, rows));
  scrollable(panel, ctx.t.title);

  function makeValue() {
    return h("td", {}, h("span", { class: "mk" }), hex(), h("span", { class: "fs" }),
      h("span", { class: "two mean" }), h("span", { class: "was" }));
  }
  function makeRow() {
    return h("tr", {}, h("th", { scope: "row" }), makeValue());
  }
  function makePair() {
    return h("tr", {}, h("th", { scope: "row" }, h("span"), h("span", { class: "ne", role: "img" })), makeValue(), makeValue());
  }

  function patchBoxes(boxes, name, fields) {
    patchList(boxes, fields, () => h("span", { class: "f" }, "", h("b")), (box, [label, text, changed]) => {
      if (box.firstChild.data !== label) box.firstChild.data = label;
      setText(box.lastElementChild, text);
      setClass(box, "c", Boolean(changed));
      setClass(box, "zero", text === "0");
      setAttr(box, "title", ctx.t.meanings[name]?.[label]);
    });
  }

  function patchValue(cell, [name, , digits, before, meaning, fields]) {
    const [mark, value, boxes, words, old] = cell.children;
    setClass(cell, "chg", before !== "");
    setAttr(mark, "title", before === "" ? null : ctx.t.changed);
    // Field boxes say all that the digits would, so the digits go into the title then.
    value.hidden = digits === "" || fields.length > 0 || ctx.t.worded.includes(name);
    setHex(value, digits || "0");
    setAttr(cell, "title", digits === "" ? null : `0x${digits}` + (before === "" ? "" : `, ${ctx.t.was} 0x${before}`));
    setText(words, meaning);
    setText(old, "");
    patchBoxes(boxes, name, fields);
  }

  function patch(row, csr) {
    const [name, level] = csr;
    setText(row.cells[0], name);
    setAttr(row, "data-csr", name);
    setAttr(row, "data-level", level);
    setAttr(row.cells[0], "title", ctx.t.numbers[name]);
    patchValue(row.cells[1], csr);
  }

  function patchPair(row, [name, believed, real, differs], hint = ctx.t.differs) {
    const [word, mark] = row.cells[0].children;
    setText(word, name);
    setAttr(row, "data-csr", name);
    setAttr(word, "title", ctx.t.numbers[name]);
    setClass(row, "differs", Boolean(differs));
    mark.hidden = !differs;
    setText(mark, "\u2260");
    setAttr(mark, "title", hint);
    setAttr(mark, "aria-label", hint);
    [believed, real].forEach((csr, at) => {
      patchValue(row.cells[at + 1], csr ?? [name, "", "", "", "", []]);
      setAttr(row.cells[at + 1], "data-held", csr?.[0]);
    });
  }

  function patchSide(row, [name, believed, real, whose, differs]) {
    patchPair(row, [name, believed, real, differs], ctx.t.side_differs);
    setText(row.cells[2].querySelector(".was"), real ? (real[0] === name ? whose : `${real[0]}: ${whose}`) : "");
    [believed, real].forEach((csr, at) => setClass(row.cells[at + 1], "none", csr === null));
    setText(row.cells[1].querySelector(".mean"), believed ? believed[4] : ctx.t.no_real);
    setText(row.cells[2].querySelector(".mean"), real ? real[4] : whose);
  }

  function drawSides(data) {
    sides.hidden = data === null;
    if (data === null) return;
    const [mark, words, modes] = thinks.children;
    setOwner(mark, data.owner, data.thinks);
    setAttr(mark, "aria-hidden", "true");  // the sentence beside it says who it is
    setText(words, data.thinks);
    const [believed, unequal, real] = modes.children;
    setText(believed, data.modes[0]);
    setText(real, data.modes[1]);
    modes.hidden = data.modes[0] === data.modes[1];
    setAttr(unequal, "aria-hidden", "true");
    patchList(beside, data.rows, makePair, patchSide);
  }

  function drawGuest(data) {
    guest.hidden = data === null;
    if (data === null) return;
    const [mark, value, boxes, words] = v.cells[1].children;
    setText(v.cells[0], "V");
    setAttr(v.cells[0], "title", ctx.t.v);
    setAttr(v, "data-csr", "V");
    value.hidden = true;
    setClass(v.cells[1], "chg", data.v_changed);
    setAttr(mark, "title", data.v_changed ? ctx.t.changed : null);
    patchBoxes(boxes, "V", [["", String(data.v), data.v_changed]]);
    setText(words, data.world);
    patchList(hypervisor, data.rows, makeRow, patch);
    heads.forEach((head, at) => {
      const reached = at === (data.v ? 1 : 2);
      head.lastElementChild.hidden = !reached;
      setText(head.lastElementChild, ctx.t.reached);
      setAttr(head, "title", reached ? ctx.t.reached_hint : null);
    });
    patchList(pairs, data.pairs, makePair, patchPair);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      setText(all, data.all_label);
      setAttr(all, "aria-pressed", data.all ? "true" : "false");
      panel.drawTwin(data.twin);
      drawSides(data.sides);
      drawGuest(data.guest);
      patchList(rows, data.rows, makeRow, patch);
      const changed = panel.body.querySelectorAll("tr:has(.chg)");
      // With many changes there is no one place to show.
      if (changed.length && changed.length < 6) reveal(panel.body, changed[0], 60);
    },
  };
}
