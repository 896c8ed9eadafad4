// The code list: labels, source lines, instructions; breakpoints one can click; the next line.
// A label is a row of one part, a source line one of five, an instruction one of seven.

import { emptyNote, makePanel } from "./panel.js";
import { h, hex, patchList, reveal, rove, setAttr, setClass, setHex, setText } from "./dom.js";

export function code(ctx) {
  const show = h("select", {
    class: "mini", "aria-label": ctx.t.show,
    onchange: () => ctx.send({ command: "show", kind: show.value }),
  }, ...ctx.t.kinds.map(([kind, name]) => h("option", { value: kind }, name)));
  const place = h("input", { class: "mini find", type: "text", "aria-label": ctx.t.find, placeholder: "g", title: ctx.t.find, spellcheck: "false" });
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { ctx.host.focus(); return; }
    if (event.key !== "Enter") return;
    ctx.send({ command: "find", text: place.value });
  });
  const back = h("button", { class: "mini", type: "button", hidden: true, onclick: () => ctx.send({ command: "here" }) }, ctx.t.here);
  const by = (kind) => ctx.send({ command: "by", kind });
  const steps = ctx.t.steps.map(([kind, name, title]) =>
    h("button", { class: "mini", type: "button", title, onclick: () => by(kind) }, name));
  const panel = makePanel(ctx, show);
  panel.body.before(h("div", { class: "cd-tools", role: "toolbar", "aria-label": ctx.t.show }, ...steps, place, back));
  ctx.by = by;
  ctx.find = () => { place.focus(); place.select(); };
  const rows = h("tbody");
  const table = h("table", { class: "cd" }, rows);
  const empty = emptyNote();
  panel.body.append(table, empty);
  const oneStop = rove(rows, ".bp:not([hidden])", () => rows.querySelector(".now .bp:not([hidden])"));

  function makeLine() {
    const button = h("button", { class: "bp", type: "button" });
    button.addEventListener("click", () => ctx.send({ command: "line", line: Number(button.dataset.line) }));
    return h("tr", { class: "src-line" }, h("td", {}, button), h("td", { class: "ad" }, h("b"), h("span")),
      h("td", { class: "tx", colspan: "3" }));
  }

  function patchLine(row, [number, text, address, next, state]) {
    const [mark, digits] = row.cells[1].children;
    const button = row.cells[0].firstElementChild;
    button.hidden = !address;
    setAttr(button, "data-line", number);
    setAttr(button, "aria-pressed", state === 1 ? "true" : "false");
    setAttr(button, "aria-label", `${state ? ctx.t.clear : ctx.t.set} ${ctx.t.line} ${number}`);
    setClass(button, "on", state === 1);
    setClass(button, "off", state === 2);
    setText(mark, next ? "\u25b6" : "");
    setAttr(mark, "title", next ? ctx.t.next : null);
    setText(digits, String(number));
    setText(row.cells[2], text);
    setClass(row, "now", Boolean(next));
    setAttr(row, "aria-current", next ? "true" : null);
  }

  function make(item) {
    if (item.length === 5) return makeLine();
    if (item.length === 1) return h("tr", { class: "lbl" }, h("td"), h("td", { colspan: "4" }, h("code")));
    const button = h("button", { class: "bp", type: "button" });
    button.addEventListener("click", () => ctx.send({ command: "breakpoint", address: button.dataset.address }));
    return h("tr", {}, h("td", {}, button), h("td", { class: "ad" }, h("b"), hex()),
      h("td", { class: "en" }), h("td", { class: "mn" }), h("td", { class: "op" }));
  }

  function patch(row, item) {
    if (item.length === 5) { patchLine(row, item); return; }
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
      show.value = data.show;
      back.hidden = !data.away;
      // Rows of different kinds have different shapes: keep the kept ones aligned.
      const shape = (row) => row.classList.contains("lbl") ? 1 : row.classList.contains("src-line") ? 5 : 7;
      data.lines.forEach((item, index) => {
        const row = rows.children[index];
        if (row && shape(row) !== item.length) row.replaceWith(make(item));
      });
      patchList(rows, data.lines, make, patch);
      oneStop();
      const current = (data.away && rows.querySelector(`[data-address$="${data.away}"]`)?.closest("tr")) || rows.querySelector(".now");
      if (current) reveal(panel.body, current, 60);
    },
  };
}
