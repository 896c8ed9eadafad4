// Translated pages with heat and runs, the blocks of one with the arrows between them, the guest's
// code beside its WebAssembly, and what happened. Bars and counts are measured.

import { h, patchList, rove, setAttr, setClass, setText } from "./dom.js";
import { emptyNote, makePanel, setSpot } from "./panel.js";

const ROW = 44, LANE = 9, EDGE = 6;  // pixels: a block's row, an arrow's lane, the gap to the blocks
const SVG = "http://www.w3.org/2000/svg";
const WAYS = { fall: "\u2193", taken: "\u2192", back: "\u21b0", indirect: "\u2933", leave: "\u2197" };

export function translation(ctx) {
  const t = ctx.t;
  const follow = h("button", { class: "mini", type: "button", title: t.follow_hint, onclick: () => ctx.send({ command: "follow" }) }, t.follow);
  const panel = makePanel(ctx, follow);
  const heads = (titles) => h("thead", {}, h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title))));
  const pages = h("tbody"), log = h("tbody"), code = h("tbody"), blocks = h("ol", { class: "bk9" });
  const counters = h("dl", { class: "ct9" }, ...t.counters.map(([name, title]) => h("div", {}, h("dt", { title: name }, title), h("dd", { class: "num" }))));
  const pageTable = h("table", { class: "tl pg9" }, h("caption", {}, t.pages), heads(t.page_columns), pages);
  const logTable = h("table", { class: "tl lg9" }, h("caption", {}, t.log), heads(t.log_columns), log);
  const arrows = document.createElementNS(SVG, "svg");
  setAttr(arrows, "class", "ar9");
  setAttr(arrows, "aria-hidden", "true");  // each block says in words where it goes on
  const of = h("h3");
  const turn = (by, title, sign) => h("button", {
    class: "mini", type: "button", "aria-label": title, title, onclick: () => ctx.send({ command: "turn", by }),
  }, sign);
  const range = h("span", { class: "sub" });
  const turns = [turn(-1, t.earlier, "\u2191"), turn(1, t.later, "\u2193")];
  const codeTable = h("table", { class: "tl cd9" }, h("caption", { class: "vh" }, t.code), heads(t.code_columns), code);
  const part = (label, ...inside) => h("div", { class: "part9", role: "group", tabindex: "0", "aria-label": label }, ...inside);
  const all = h("div", { class: "all9" },
    part(t.pages, pageTable, logTable),
    part(t.blocks.replace("{page}", ""), of, h("div", { class: "cfg9" }, arrows, blocks)),
    part(t.code, h("div", { class: "hd9" }, h("h3", {}, t.code), h("span", { class: "grow" }), range, ...turns), codeTable));
  const empty = emptyNote();
  const key = h("p", { class: "sum9" }, h("span", { class: "tag meas" }, t.measured), counters);
  panel.body.append(key, empty, all);
  const oneStop = rove(pages, ".go", () => pages.querySelector('[aria-pressed="true"]'));
  const oneBlock = rove(blocks, ".go", () => blocks.querySelector('[aria-pressed="true"]'));
  let drawn = "";

  function makePage() {
    const go = h("button", { class: "go", type: "button", title: t.choose_page });
    go.addEventListener("click", () => ctx.send({ command: "page", page: Number(go.dataset.page) }));
    const bar = () => h("td", {}, h("span", { class: "num" }), h("i", { class: "br8", "aria-hidden": "true" }));
    return h("tr", {}, h("td", {}, h("b", { class: "now9" }), go, " ", h("small", { class: "mono" }), h("small", { class: "st9" })), bar(), bar());
  }
  function patchPage(row, [page, name, pa, live, here, state, runs, ran, jumps, heat], chosen) {
    const [mark, go, address, said] = row.cells[0].children;
    setText(mark, here ? "\u25b6" : "");
    setAttr(mark, "title", here ? t.here : null);
    setText(go, name);
    setAttr(go, "data-page", page);
    setAttr(go, "aria-pressed", chosen ? "true" : "false");
    setText(address, pa);
    [[runs, ran], [jumps, heat]].forEach(([text, share], at) => {
      const [number, bar] = row.cells[at + 1].children;
      setText(number, text);
      setSpot(bar, { w: share / 1000 });
    });
    setText(said, state);
    setClass(row, "ret", !live);
    setClass(row, "cur", Boolean(here));
    setAttr(row, "aria-current", here ? "true" : null);
  }

  function makeBlock() {
    const go = h("button", { class: "go", type: "button", title: t.choose_block });
    go.addEventListener("click", () => ctx.send({ command: "block", page: shown.page, block: Number(go.dataset.block) }));
    return h("li", {}, h("span", { class: "rails9", "aria-hidden": "true" }),
      h("div", { class: "box9" }, h("p", {}, h("b", { class: "now9" }), go, " ", h("small"), h("span", { class: "grow" }), h("b", { class: "bdg" }, t.entry), h("small", { class: "n9" })),
        h("p", { class: "to9" })));
  }
  function patchBlock(row, [offset, place, name, count, depth, entry, here, jumps, heat, chosen, edges]) {
    const [rails, box] = row.children;
    const [mark, go, label, , badge, size] = box.children[0].children;
    setAttr(row, "data-depth", depth);
    patchList(rails, Array.from({ length: depth }), () => h("i"), () => {});
    setText(mark, here ? "\u25b6" : "");
    setAttr(mark, "title", here ? t.here : null);
    setText(go, place);
    setAttr(go, "data-block", offset);
    setAttr(go, "aria-pressed", chosen ? "true" : "false");
    setAttr(go, "aria-label", `${place} ${name}, ${t.instructions.replace("{n}", count)}${depth ? `, ${t.loops.replace("{n}", depth)}` : ""}`);
    setText(label, name);
    badge.hidden = !entry;
    setAttr(badge, "title", `${t.entry_hint}: ${jumps}`);
    setText(size, t.instructions.replace("{n}", count));
    setSpot(box, { w: heat / 1000 });
    patchList(box.children[1], edges, () => h("span"), (node, [kind, words]) => {
      setText(node, `${WAYS[kind]} ${words}`);
      setAttr(node, "data-edge", kind);
    });
    setClass(box, "on", Boolean(chosen));
    setAttr(row, "aria-current", here ? "true" : null);
  }

  /** Arrows in lanes to the left of the blocks: out of the lower part of a row, into the upper one. */
  function drawArrows(data) {
    const wanted = JSON.stringify([data.arcs, data.blocks.length]);
    if (wanted === drawn) return;
    drawn = wanted;
    const lanes = data.arcs.reduce((most, [, , lane]) => Math.max(most, lane + 1), 0);
    const width = EDGE + Math.max(1, lanes) * LANE + EDGE, height = data.blocks.length * ROW;
    setAttr(arrows, "width", width);
    setAttr(arrows, "height", height);
    setAttr(arrows, "viewBox", `0 0 ${width} ${height}`);
    patchList(arrows, data.arcs, () => document.createElementNS(SVG, "path"), (path, [start, end, lane, kind]) => {
      const x = width - EDGE - (lane + 1) * LANE, out = start * ROW + ROW * 0.68, into = end * ROW + ROW * 0.32;
      const tip = width - 1;
      setAttr(path, "d", `M${tip} ${out}H${x}V${into}H${tip}m-5 -3.5l5 3.5l-5 3.5`);
      setAttr(path, "data-edge", kind);
    });
  }

  function makeLine() {
    return h("tr", {}, h("td", {}, h("b", { class: "now9" }), h("small", { class: "mono" }), h("code")), h("td", {}, h("div", { class: "wa9" })));
  }
  function patchLine(row, [address, text, here, wasm]) {
    const [mark, where, insn] = row.cells[0].children;
    setText(mark, here ? "\u25b6" : "");
    setAttr(mark, "title", here ? t.here : null);
    setText(where, address);
    setText(insn, text);
    patchList(row.cells[1].firstElementChild, wasm, () => h("code"), (line, [depth, words]) => {
      setText(line, words);
      setSpot(line, { d: depth });
    });
    setClass(row, "cur", Boolean(here));
    setAttr(row, "aria-current", here ? "true" : null);
  }

  /** Scroll a part so that `row` shows; the page and the other parts stay. */
  function bring(row) {
    const part = row?.closest(".part9");
    if (!part || part.scrollHeight <= part.clientHeight) return;
    const box = part.getBoundingClientRect(), at = row.getBoundingClientRect();
    if (at.top < box.top + 24 || at.bottom > box.bottom) part.scrollTop += at.top - box.top - box.height / 3;
  }

  let shown = { page: -1 };
  let brought = "";
  return {
    draw(data) {
      shown = data;
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.instead);
      all.hidden = data.instead !== "";
      key.hidden = all.hidden && data.counters.every((count) => count === "0");
      setAttr(follow, "aria-pressed", data.follows ? "true" : "false");
      follow.hidden = all.hidden;
      data.counters.forEach((count, at) => setText(counters.children[at].lastElementChild, count));
      patchList(pages, data.pages, makePage, (row, item) => patchPage(row, item, item[0] === data.page));
      logTable.hidden = !data.log.length;
      patchList(log, data.log, () => h("tr", {}, h("td", { class: "num" }), h("td"), h("td", {}, h("span"), h("small"))),
        (row, [when, name, change, did, why]) => {
          const [said, because] = row.cells[2].children;
          [[row.cells[0], when], [row.cells[1], name], [said, did], [because, why]].forEach(([node, words]) => setText(node, words));
          setAttr(row, "data-change", change);
        });
      oneStop();
      if (!data.blocks) return;  // the guest runs: the page and its block are those of before
      setText(of, data.of);
      patchList(blocks, data.blocks, makeBlock, patchBlock);
      drawArrows(data);
      setText(range, data.range);
      turns.forEach((button, at) => { button.hidden = data.range === ""; button.disabled = !data.edges[at]; });
      codeTable.hidden = !data.code.length;
      patchList(code, data.code, makeLine, patchLine);
      oneBlock();
      // Only when another one is chosen: a reader who scrolls is not pulled back by every step.
      const chosen = blocks.querySelector('[aria-pressed="true"]'), wanted = `${data.page} ${chosen?.dataset.block}`;
      if (wanted !== brought) bring(chosen?.closest("li"));
      brought = wanted;
      bring(code.querySelector(".cur"));
    },
    merge: (before, now) => ({ ...before, ...now }),
  };
}
