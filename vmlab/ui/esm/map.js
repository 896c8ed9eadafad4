// The physical address space: pages as cells in their owner's colour, then region by region. A cell
// is looked at closer, a region opens in the memory picture.

import { h, ownerClass, patchList, setAttr, setClass, setText } from "./dom.js";
import { emptyNote, makePanel } from "./panel.js";

export function addressMap(ctx) {
  const panel = makePanel(ctx);
  const t = ctx.t;
  const rows = h("tbody");
  const head = h("tr", {}, ...t.columns.map((title) => h("th", { scope: "col" }, title)));
  const table = h("table", { class: "tl mp" }, h("thead", {}, head), rows);
  const empty = emptyNote();
  const owners = new Map(t.owners.map(([use, ...owner]) => [use, owner]));
  const zoom = (by, text) => h("button", { class: "mini", type: "button", onclick: () => ctx.send({ command: "zoom", by }) }, text);
  const tools = [zoom("out", t.out), zoom("all", t.all)];
  const said = h("span", { class: "sub" }), here = h("p", { class: "note hr8" }), legend = h("ul", { class: "lg8" });
  const grid = h("div", { class: "gd8", role: "grid", "aria-label": t.pages });
  const picture = h("div", { class: "fr8" }, h("div", { class: "goto" }, h("b", {}, t.pages), said, ...tools), grid, here, legend);
  panel.body.append(picture, table, empty);
  let cells = [];  // [address, use, pages, whether others are mixed in, owner of the one before]
  let at = 0;  // the cell that Tab arrives at

  const digits = (value) => value.toString(16).padStart(8, "0").replace(/(?=(....)+$)(?!^)/g, " ");
  function words(cell) {
    const [first, use, pages, mixed] = cells[cell];
    return `${digits(first)}: ${owners.get(use)[2]}, ${t.here.replace("#", pages)}${mixed ? `, ${t.mixed}` : ""}`;
  }
  const cellOf = (event) => event.target.closest?.("[data-at]");
  const tell = (event) => { const cell = cellOf(event); if (cell) setText(here, words(Number(cell.dataset.at))); };
  grid.addEventListener("pointerover", tell);
  grid.addEventListener("focusin", tell);
  const closer = (cell) => ctx.send({ command: "zoom", address: cells[Number(cell.dataset.at)][0].toString(16) });
  grid.addEventListener("click", (event) => { const cell = cellOf(event); if (cell) closer(cell); });
  grid.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -t.columns_wide, ArrowDown: t.columns_wide }[event.key];
    const cell = cellOf(event);
    if (!cell || (!by && event.key !== "Enter")) return;
    event.preventDefault();
    if (!by) { closer(cell); return; }
    const next = grid.querySelector(`[data-at="${Number(cell.dataset.at) + by}"]`);
    if (!next) return;
    setAttr(cell, "tabindex", "-1");
    setAttr(next, "tabindex", "0");
    at = Number(next.dataset.at);
    next.focus();
  });

  function drawFrames(data) {
    setText(said, data.real ? `${t.spa}: ${data.said}` : data.said);
    tools.forEach((tool) => { tool.disabled = data.whole; });
    cells = [];
    const lines = [];
    for (const [first, own, free] of data.stretches) {
      own.forEach(([use, pages, mixed], number) => {
        if (number % t.columns_wide === 0) lines.push([[], ""]);
        lines.at(-1)[0].push(cells.length);
        cells.push([BigInt(`0x${first}`) + BigInt(number) * BigInt(data.cell), use, pages, mixed, number ? own[number - 1][0] : null]);
      });
      if (free) lines.push([[], free]);
    }
    if (at >= cells.length) at = 0;
    patchList(grid, lines, () => h("div", { role: "row" }), (line, [numbers, free]) => {
      setClass(line, "gap8", free !== "");
      patchList(line, free ? [-1] : numbers, () => h("span", { role: "gridcell" }, h("b")), (cell, number) => {
        const [, use, , mixed, before] = number < 0 ? [0, null] : cells[number];
        const [mark, letter] = owners.get(use) ?? ["", ""];
        const kind = ownerClass(mark) ?? "free";
        const name = `${kind}${mark ? ` tex-${kind}` : ""}${letter === "k" || letter === "o" ? " lite" : ""}${mixed ? " mix" : ""}`;
        if (cell.className !== name) cell.className = name;
        setAttr(cell, "data-at", number < 0 ? null : number);
        setAttr(cell, "tabindex", number < 0 ? null : number === at ? "0" : "-1");
        setAttr(cell, "title", number < 0 ? null : t.in);
        setAttr(cell, "aria-label", number < 0 ? null : words(number));
        // The letter stands where a stretch of one owner begins.
        setText(cell.firstElementChild, number < 0 ? free : before !== use ? letter : "");
        setAttr(cell.firstElementChild, "aria-hidden", number < 0 ? null : "true");
      });
    });
    setText(here, cells.length ? words(at) : "");
    patchList(legend, data.counts, () => h("li", {}, h("span", {}, h("b")), h("span"), h("small")), (item, [use, pages]) => {
      const [mark, letter, name] = owners.get(use);
      const kind = ownerClass(mark) ?? "free", light = letter === "k" || letter === "o" ? " lite" : "";
      item.children[0].className = `sw8 ${kind}${mark ? ` tex-${kind}` : ""}${light}`;
      setText(item.children[0].firstElementChild, letter);
      setText(item.children[1], name);
      setText(item.children[2], t.here.replace("#", pages.toLocaleString("en")));
    });
  }

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
      drawFrames(data.frames);
      setText(empty, data.rows.length ? "" : data.empty);
      table.hidden = !data.rows.length;
      patchList(rows, data.rows, make, (row, [first, range, size, kind, name, what, marks]) => {
        const go = row.cells[0].firstElementChild;
        setAttr(row, "data-region", kind);
        setText(go, range);
        setAttr(go, "data-address", first);
        setAttr(go, "aria-label", `${t.go} ${range}`);
        setText(row.cells[1], size);
        setText(row.cells[2].children[0], kind === "image" ? "" : name);
        setText(row.cells[2].children[1], what);
        setText(row.cells[3], marks);
      });
    },
  };
}
