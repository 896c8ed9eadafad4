// Page tables as a tree. A table opens and closes; a leaf shows its walk.

import { h, patchList, rove, setAttr, setClass, setHex, setOwner, setText, hex, owner } from "./dom.js";
import { emptyNote, makePanel, setSpot } from "./panel.js";

const DOES = { pointer: "open", root: "open", leaf: "walk", more: "more" };

export function pageTree(ctx) {
  const panel = makePanel(ctx);
  const rows = h("tbody");
  const head = h("tr", {}, ...ctx.t.columns.map((title) => h("th", { scope: "col" }, title)));
  const table = h("table", { class: "tl tr8" }, h("thead", {}, head), rows);
  const empty = emptyNote();
  panel.body.append(table, empty);
  const oneStop = rove(rows, ".go:not([disabled])", () => rows.querySelector(".nx .go") ?? rows.querySelector(".go"));
  rows.addEventListener("keydown", (event) => {
    const go = event.target.closest?.(".go");
    const open = go?.getAttribute("aria-expanded");
    // Right opens and left closes, as in every tree.
    if ((event.key === "ArrowRight" && open === "false") || (event.key === "ArrowLeft" && open === "true")) go.click();
  });

  function make() {
    const go = h("button", { class: "go", type: "button" });
    go.addEventListener("click", () => {
      const row = go.closest("tr").vmRow;
      ctx.send({ command: DOES[row[3]], of: row[0], path: row[1] });
      if (row[3] === "leaf") ctx.reveal?.("walk");
    });
    return h("tr", {}, h("td", { class: "en8" }, go, " ", owner()), h("td", {}, h("span", { class: "mono" }), " ", h("small")),
      h("td", { class: "fl" }), h("td", {}, h("span"), " ", hex()), h("td", { class: "nx8" }));
  }

  function patch(row, data) {
    const [of, , depth, kind, number, address, size, entry, pte, flags, note, open, uses, mark] = data;
    row.vmRow = data;
    const [go, badge] = row.cells[0].children;
    const [word, digits] = row.cells[3].children;
    setAttr(row, "data-kind", kind);
    setSpot(row, { d: depth });
    const root = kind === "root", opens = root || kind === "pointer";
    setText(go, root ? ctx.t.trees[of] : kind === "more" ? note : number);
    setAttr(go, "aria-expanded", opens ? (open ? "true" : "false") : null);
    setAttr(go, "title", opens ? ctx.t.open : kind === "leaf" ? ctx.t.walk : null);
    setAttr(go, "aria-label", kind === "leaf" ? `${number}, ${ctx.t.walk}: ${address}` : null);
    go.disabled = kind === "bad";
    badge.hidden = !root;
    if (root) setOwner(badge, mark, mark === "V" ? ctx.t.monitor : ctx.t.kernel);
    setText(row.cells[1].children[0], address);
    setText(row.cells[1].children[1], size);
    patchList(row.cells[2], flags, () => h("i"), (flag, [letter, on]) => { setText(flag, letter); setClass(flag, "on", Boolean(on)); });
    setText(word, kind === "more" ? "" : note);
    digits.hidden = number === "";
    setHex(digits, pte);
    setAttr(row.cells[3], "title", kind === "more" ? null : `0x${entry}`);
    setText(row.cells[4], uses);
    setClass(row, "nx", uses !== "");
  }

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.rows.length ? "" : data.empty);
      table.hidden = !data.rows.length;
      patchList(rows, data.rows, make, patch);
      oneStop();
    },
  };
}
