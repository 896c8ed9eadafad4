// Memory in hexadecimal. The address can be typed, follow a register, or be paged through.

import { h, hex, patchList, setAttr, setClass, setHex, setText } from "./dom.js";
import { makePanel } from "./panel.js";

export function memory(ctx) {
  const t = ctx.t;
  const address = h("input", {
    class: "adr mono", type: "text", size: "17", maxlength: "40", spellcheck: "false",
    autocomplete: "off", "aria-label": t.address,
  });
  const go = h("button", { class: "mini", type: "submit" }, t.go);
  const form = h("form", { class: "goto" }, address, go);
  const follow = h("select", { class: "mini", "aria-label": t.follow },
    ...t.registers.map(([name, title]) => h("option", { value: name }, title)));
  const virtual = h("button", { class: "mini", type: "button", "aria-pressed": "false", title: t.virtual_hint }, t.virtual);
  const page = (by, label, sign) => h("button", {
    class: "mini", type: "button", "aria-label": label, title: label,
    onclick: () => ctx.send({ command: "page", by }),
  }, sign);
  const watch = h("button", { class: "mini", type: "button", title: t.watch_hint }, t.watch);
  const access = h("select", { class: "mini", "aria-label": t.access },
    ...t.accesses.map(([name, title]) => h("option", { value: name }, title)));
  const panel = makePanel(ctx, form, watch, access, virtual, follow, page(-1, t.earlier, "\u25b2"), page(1, t.later, "\u25bc"));
  const rows = h("tbody");
  const watches = h("ul", { class: "watches", "aria-label": t.watches });
  panel.body.append(watches, h("table", { class: "hd" }, rows));
  panel.body.tabIndex = 0;
  setAttr(panel.body, "role", "region");
  setAttr(panel.body, "aria-label", t.title);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ctx.send({ command: "address", text: address.value });
  });
  const toggle = (text) => ctx.send({ command: "watch", text, access: access.value });
  watch.addEventListener("click", () => toggle(address.value));
  // Eight bytes at a time, from the row's start: rows are aligned.
  rows.addEventListener("click", (event) => {
    const cell = event.target.closest(".by span");
    if (!cell || !cell.parentElement.vmStart) return;
    const at = [...cell.parentElement.children].indexOf(cell);
    toggle((BigInt(`0x${cell.parentElement.vmStart}`) + BigInt(at & ~7)).toString(16));
  });
  follow.addEventListener("change", () => ctx.send({ command: "follow", name: follow.value }));
  virtual.addEventListener("click", () =>
    ctx.send({ command: "virtual", on: virtual.getAttribute("aria-pressed") !== "true" }));

  const make = () => h("tr", {}, h("th", { scope: "row" }, hex()), h("td", { class: "by" }), h("td", { class: "as" }));

  function patch(row, [start, pa, bytes, text, changed, note, here, watched]) {
    const [head, list, ascii] = row.cells;
    const short = start.startsWith("00000000") ? start.slice(8) : start;
    setHex(head.firstElementChild, short);
    setAttr(head, "title", pa);
    setClass(row, "here", Boolean(here));
    setClass(list, "note", note !== "");
    if (note !== "") {
      setText(list, note);
      list.vmCells = false;
    } else {
      if (!list.vmCells) { list.replaceChildren(); list.vmText = null; list.vmCells = true; }
      const marks = new Set(changed);
      const stops = new Set(watched);
      list.vmStart = start;
      patchList(list, bytes.split(" "), () => h("span"), (cell, digits, at) => {
        setText(cell, digits);
        setClass(cell, "c", marks.has(at));
        setClass(cell, "w", stops.has(at));
        const said = [marks.has(at) && t.changed, stops.has(at) && t.watched, t.byte_hint];
        setAttr(cell, "title", said.filter(Boolean).join("; "));
      });
    }
    setText(ascii, text);
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      if (address.getRootNode().activeElement !== address) address.value = data.address;
      follow.value = data.follow;
      setAttr(virtual, "aria-pressed", data.virtual ? "true" : "false");
      patchList(rows, data.rows, make, patch);
      patchList(watches, data.watches, () => {
        const clear = h("button", { class: "mini", type: "button" }, t.clear);
        clear.addEventListener("click", () => ctx.send({ command: "clear", text: clear.dataset.first }));
        return h("li", {}, h("span"), " ", clear);
      }, (item, [first, words]) => {
        setText(item.firstElementChild, words);
        item.lastElementChild.dataset.first = first;
        setAttr(item.lastElementChild, "aria-label", `${t.clear}: ${words}`);
      });
    },
  };
}
