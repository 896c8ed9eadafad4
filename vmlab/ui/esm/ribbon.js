// Who is running? Bands along the run and, below, the whole run to travel in. Everything is placed
// in parts of the width, so the picture reflows by itself; the style sheet turns it upright where
// the screen is narrow.

import { h, owner, ownerClass, patchList, setAttr, setClass, setOwner, setText } from "./dom.js";
import { makePanel, setSpot } from "./panel.js";
import { timeBar } from "./timebar.js";

const LETTER_PX = 6.3, TAG_PX = 22, ROW_PX = 22, EDGE_PX = 5, WORDS_PX = 70, WALK_PX = 24, SHARE_STEPS = 42;
const count = (number) => number.toLocaleString("en");

export function ribbon(ctx) {
  const t = ctx.t;
  const tool = (text, hint, message) => h("button", {
    class: "mini", type: "button", title: hint, "aria-label": text.length > 1 ? null : hint,
    onclick: () => ctx.send(message()),
  }, text);
  const fit = tool(t.fit, t.fit_hint, () => ({ command: "fit", show: "near" }));
  const all = tool(t.all, t.all_hint, () => ({ command: "fit", show: "all" }));
  const zoom = (by) => () => ({ command: "zoom", by, around: focusedFirst() });
  const panel = makePanel(ctx, fit, all,
    tool("\u2212", t.wider, zoom(-1)), tool("+", t.nearer, zoom(1)));
  const names = h("div", { class: "rb-names" });
  const layer = (name) => h("div", { class: name });
  const tracks = layer("rb-tracks"), shares = layer("rb-shares"), arrows = layer("rb-arrows");
  const labels = layer("rb-labels"), walks = layer("rb-walks"), ticks = layer("rb-ticks");
  const items = h("div", { class: "rb-items", role: "group", "aria-label": t.bands });
  const head = h("div", { class: "rb-head" }, h("b"));
  for (const one of [tracks, arrows, walks, ticks, head, shares]) setAttr(one, "aria-hidden", "true");
  const area = h("div", { class: "rb-area" }, tracks, shares, arrows, walks, items, labels, ticks, head);
  const bar = timeBar(ctx);
  const model = h("p", { class: "note rb-model" });
  const grid = h("div", { class: "rb-grid" }, names, area, bar.name, bar.host);
  panel.body.append(h("div", { class: "rb" }, grid, model));
  let data = null;
  let wanted = null;  // where the focus goes when the window has moved: [position, direction]

  const chosen = () => items.getRootNode().activeElement;
  const focusedFirst = () => {
    const node = chosen();
    return items.contains(node) && node.vmItem ? node.vmItem.first : null;
  };
  const go = (position) => ctx.send({ command: "go", position });

  // Bands and buckets are both items: one tab stop, arrows go along.
  function makeItem() {
    const node = h("button", { class: "seg", type: "button", tabindex: "-1" }, h("i"), h("span"));
    node.addEventListener("click", (event) => {
      const { first, insns } = node.vmItem;
      const box = node.getBoundingClientRect();
      const along = upright() ? event.clientY - box.top : event.clientX - box.left;
      const length = upright() ? box.height : box.width;
      const inside = event.detail && along > EDGE_PX && length > 2 * EDGE_PX;
      go(inside ? first + Math.round((along / length) * insns) : first);
    });
    return node;
  }

  function upright() {
    return getComputedStyle(area).getPropertyValue("--upright").trim() === "1";
  }

  function drawItems(length) {
    // Nobody travels from a bucket of a run that goes on: only its shares are drawn.
    const buckets = data.running ? [] : data.buckets;
    const rows = buckets.length ? buckets.map(bucketItem) : data.bands.map(bandItem);
    // A text lies across a lane that goes down: then it is the lane that must be wide enough.
    const down = upright() ? parseFloat(getComputedStyle(area).getPropertyValue("--seg")) : 0;
    const fits = ({ w, text }) => down ? w * length > 14 && down >= 7 * text.length : w * length > 7 * text.length + 8;
    patchList(items, rows, makeItem, (node, item) => {
      node.vmItem = item;
      const name = item.bucket ? "rb-col" : `seg ${item.look}`;
      if (node.className !== name) node.className = name;
      setSpot(node, { x: item.x, w: item.w, l: item.lane, r: item.ran });
      setText(node.lastElementChild, fits(item) ? item.text : "");
      setAttr(node, "aria-label", item.label);
      setAttr(node, "title", item.label);
      setAttr(node, "aria-current", item.here ? "true" : null);
    });
  }

  function bandItem([lane, first, insns, x, w, ran, tag, why, where, kind, , happened]) {
    const [mark, name, note] = data.lanes[lane] ?? ["", t.lost, ""];
    const began = kind === "trap" ? `${t.after} ${tag} ${why}` : why;
    const part = ran / 10000;
    return {
      lane: Math.max(lane, 0), first, insns, x: x / 10000, w: w / 10000, ran: part, happened,
      look: `${lane < 0 ? "lost" : ownerClass(mark)}${w ? "" : " zero"}${part === 0 ? " fut" : ""}${mark === "V" ? " model" : ""}`,
      text: mark === "V" && data.modelled ? "\u2248" : count(insns),
      label: `${name} ${note}, ${t.begins} #${count(first)}, ${count(insns)} ${t.insns}, ${began}${where ? ` (${where})` : ""}`,
      here: happened && part < 1,
    };
  }

  function bucketItem([first, last, x, w, parts, traps]) {
    const said = data.lanes.map(([mark, name], at) => `${name} ${mark === "V" ? "\u2248 " : ""}${(parts[at] / 10).toFixed(1)} %`);
    return {
      bucket: true, lane: 0, first, insns: last - first, x: x / 10000, w: w / 10000, ran: 1, text: "",
      label: `#${count(first)}, ${count(last - first)} ${t.insns}: ${said.join(", ")}, ${count(traps)} ${t.traps}`,
      here: first <= data.position && data.position < last,
    };
  }

  function drawShares() {
    const bars = data.buckets.flatMap(([first, , x, w, parts]) =>
      parts.map((part, lane) => ({ lane, part, x: x / 10000, w: w / 10000, ahead: first >= data.position }))
        .filter((one) => one.part));
    patchList(shares, bars, () => h("i"), (node, one) => {
      const name = `${ownerClass(data.lanes[one.lane][0])}${one.ahead ? " fut" : ""}`;
      if (node.className !== name) node.className = name;
      setSpot(node, { x: one.x, w: one.w, l: one.lane, s: Math.max(2, Math.round(one.part * SHARE_STEPS / 1000)) / SHARE_STEPS });
    });
  }

  function drawArrows() {
    const crossings = data.bands.filter(([lane, , , , , , , , , kind, before, , whole]) =>
      kind !== "start" && whole && before >= 0 && lane >= 0);
    patchList(arrows, crossings, () => h("i"), (node, [lane, , , x, , , , , , kind, before, happened]) => {
      const way = lane === before ? "same" : lane > before ? "down" : "up";
      const name = `arr ${way} ${kind}${happened ? "" : " fut"}`;
      if (node.className !== name) node.className = name;
      setSpot(node, { x: x / 10000, l: Math.min(lane, before), n: Math.abs(lane - before) });
    });
  }

  /** Labels of the traps that have room: number and words, else the number, else nothing. */
  function drawLabels(length) {
    const made = data.bands.filter((band) => band[9] === "trap" && band[12])
      .map(([, first, , x, , , tag, why, where, , before, happened]) =>
        ({ first, x: x / 10000, tag, why, where, before, happened, here: first === data.position && !happened }));
    const shown = [];
    let end = -Infinity;
    made.forEach((one, at) => {
      const start = one.x * length - 9;
      const next = at + 1 < made.length ? made[at + 1].x * length - 9 : length + 4;
      if (upright()) {
        if (start - end < 0 && !one.here) return;
        one.words = true;
        end = start + ROW_PX;
      } else {
        if (start < end) return;
        one.room = Math.min(next, length + 4) - start - TAG_PX - 8;
        one.words = one.room > Math.min(WORDS_PX, one.why.length * LETTER_PX);
        end = start + TAG_PX + (one.words ? Math.min(one.room, one.why.length * LETTER_PX) : 0);
      }
      shown.push(one);
    });
    patchList(labels, shown, makeLabel, (node, one) => {
      node.vmFirst = one.first;
      const name = `rb-cause${one.happened ? "" : " fut"}${one.here ? " sel" : ""}${one.tag.startsWith("i") ? " int" : ""}`;
      if (node.className !== name) node.className = name;
      setSpot(node, { x: one.x, l: Math.max(one.before, 0), room: one.room > 0 ? `${one.room}px` : "none" });
      setText(node.children[0], one.tag);
      setText(node.children[1], one.words ? one.why : "");
      const said = `${one.tag} ${one.why}${one.where ? ` (${one.where})` : ""}. ${t.go} #${count(one.first)}`;
      setAttr(node, "aria-label", said);
      setAttr(node, "title", said);
    });
  }

  function makeLabel() {
    const node = h("button", { type: "button", tabindex: "-1" }, h("i"), " ", h("span"));
    node.addEventListener("click", () => go(node.vmFirst));
    return node;
  }

  function drawNames() {
    const rows = [...data.lanes, ["HW", t.walks, t.walks_note]];
    patchList(names, rows, () => h("div", { class: "rb-name" }, owner(), h("span", {}, h("b"), h("small"))),
      (node, [mark, name, note], at) => {
        setOwner(node.firstElementChild, mark, name);
        setText(node.lastElementChild.children[0], name);
        setText(node.lastElementChild.children[1], note);
        setSpot(node, { l: at });
      });
    patchList(tracks, rows, () => h("i"), (node, row, at) => setSpot(node, { l: at }));
    grid.style.setProperty("--lanes", String(rows.length));
  }

  function drawWalks(length) {
    const has = (at) => ((data.walks[at + 1]?.[1] ?? 10200) - data.walks[at][1]) * length > WALK_PX * 10000;
    patchList(walks, data.walks, () => h("i", {}, h("b")), (node, [position, x, reads, faults, happened], at) => {
      const name = `wkm${happened ? "" : " fut"}${faults ? " bad" : ""}`;
      if (node.className !== name) node.className = name;
      setSpot(node, { x: x / 10000, l: data.lanes.length });
      setText(node.firstElementChild, has(at) ? `${reads}${faults ? "\u2715" : ""}` : "");
      setAttr(node, "title", `#${count(position)} ${(faults ? t.walk_fault : t.walk).replace("{reads}", reads)}`);
    });
  }

  function draw() {
    const length = upright() ? area.clientHeight : area.clientWidth;
    drawNames();
    drawItems(length);
    drawShares();
    drawArrows();
    drawLabels(length);
    drawWalks(length);
    patchList(ticks, data.ticks, () => h("span"), (node, [position, x]) => {
      setText(node, count(position));
      setClass(node, "first", x < 150);
      setClass(node, "end", x > 9700);
      setSpot(node, { x: x / 10000 });
    });
    head.hidden = data.playhead == null;
    setSpot(head, { x: (data.playhead ?? 0) / 10000 });
    setClass(head, "end", (data.playhead ?? 0) > 9000);
    setText(head.firstElementChild, `#${count(data.position)}`);
    setText(model, data.modelled);
    model.hidden = !data.modelled;
    setAttr(fit, "aria-pressed", data.fit === "near" ? "true" : "false");
    setAttr(all, "aria-pressed", data.fit === "all" ? "true" : "false");
    bar.draw(data);
  }

  /** The tab stop is the focused item, else the one at the playhead. */
  function place(first, hadFocus) {
    const nodes = [...items.children];
    let target = null;
    if (hadFocus && wanted) {
      const [from, by] = wanted;
      target = by > 0 ? nodes.find((node) => node.vmItem.first > from) : nodes.findLast((node) => node.vmItem.first < from);
      wanted = null;
    }
    if (!target && first != null) target = nodes.find((node) => node.vmItem.first >= first);
    const stop = target ?? items.querySelector("[aria-current]") ?? nodes.at(-1);
    for (const node of nodes) setAttr(node, "tabindex", node === stop ? "0" : "-1");
    if (hadFocus && stop && chosen() !== stop) stop.focus({ preventScroll: true });
  }

  function move(to) {
    if (!to) return;
    for (const node of items.children) setAttr(node, "tabindex", node === to ? "0" : "-1");
    to.focus({ preventScroll: true });
  }

  items.addEventListener("keydown", (event) => {
    const node = event.target.closest("button");
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const nodes = [...items.children], at = nodes.indexOf(node), item = node.vmItem;
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key], across = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (along && nodes[at + along]) move(nodes[at + along]);
    else if (along) {
      wanted = [item.first, along];
      ctx.send({ command: "pan", edge: along > 0 ? item.first + item.insns : item.first });
    } else if (across && !item.bucket) {
      const middle = item.x + item.w / 2;
      const far = (other) => Math.abs(other.vmItem.x + other.vmItem.w / 2 - middle);
      const beyond = nodes.filter((other) => (other.vmItem.lane - item.lane) * across > 0);
      const lane = across * Math.min(...beyond.map((other) => across * other.vmItem.lane));
      move(beyond.filter((other) => other.vmItem.lane === lane).sort((a, b) => far(a) - far(b))[0]);
    } else return;
    event.preventDefault();
  });
  panel.body.addEventListener("keydown", (event) => {
    const by = { "+": 1, "=": 1, "-": -1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    ctx.send(zoom(by)());
  });
  area.addEventListener("click", (event) => {
    if (event.target.closest("button") || !data) return;
    const box = area.getBoundingClientRect();
    const part = upright() ? (event.clientY - box.top) / box.height : (event.clientX - box.left) / box.width;
    const at = data.bands.find(([, , , x, w]) => x <= part * 10000 && part * 10000 <= x + w);
    if (at) go(at[1] + Math.round(((part * 10000 - at[3]) / Math.max(1, at[4])) * at[2]));
  });

  const resized = new ResizeObserver(() => data && draw());
  resized.observe(area);
  ctx.mark = () => ctx.send({ command: "mark" });
  ctx.scrub = (by) => ctx.send({ command: "scrub", by });
  ctx.focus = () => (items.querySelector("[tabindex='0']") ?? ctx.host).focus();

  return {
    draw(given) {
      const first = focusedFirst(), hadFocus = items.contains(chosen());
      data = given;
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      draw();
      place(first, hadFocus);
    },
    remove: () => resized.disconnect(),
  };
}
