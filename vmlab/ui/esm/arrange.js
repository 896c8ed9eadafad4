// The panels where the layout says, and the ways to change it: drag a heading or a tab, drag a line
// between two places or press arrows on it, or use the menus. All of it works from the keyboard.

import { h, setAttr } from "./dom.js";
import {
  bringForward, closePanel, movePanel, openPanel, presetLayout, shareOf, storedLayout, storeLayout,
  usualLayout, whereIs,
} from "./layout.js";
import { menuButton } from "./menu.js";

const NARROW_PX = 1100, PHONE_PX = 640;  // those of the style sheet
const STAGE = 1.25;  // how much larger a presentation is
const SHARE_STEP = 0.02, DRAG_PX = 6, EDGE_PART = 0.25;

/** `hosts`: the element of each panel by kind. `asked`: the preset that the address names. `chose` is
 *  told about each preset that somebody chooses; `before` is the state of an earlier view. */
export function arrange({ root, hosts, titles, words, asked, chose, before }) {
  const t = words.t;
  const desk = h("div", { class: "desk" }), away = h("div", { hidden: true });
  const tabs = h("div", { class: "tabs t-tab", role: "group", "aria-label": t.tabs });
  const work = h("div", { class: "work" }, hosts.ribbon, desk, away);
  const state = before ?? { widths: {}, tab: "ribbon", biggest: null };
  let width = null;
  const undo = [];

  const now = () => (state.widths[width] ??= asked
    ? { layout: presetLayout(words, width, asked), view: asked }
    : storedLayout(words, width) ?? { layout: usualLayout(words, width), view: "" });
  const change = (make) => {
    make(now().layout);
    now().view = null;
    keep();
  };
  const keep = () => { storeLayout(width, now().layout, now().view); draw(); };

  // Drawing ---------------------------------------------------------------------------------

  function draw() {
    const focused = root.getRootNode().activeElement;
    const scrolled = Object.values(hosts).map((host) => [host, [...host.querySelectorAll(".body")].map((body) => body.scrollTop)]);
    if (width === "phone") desk.replaceChildren(...words.panels.map((kind) => hosts[kind]));
    else drawDesk(now().layout);
    for (const [host, tops] of scrolled) host.querySelectorAll(".body").forEach((body, at) => { if (tops[at]) body.scrollTop = tops[at]; });
    if (focused && root.contains(focused) && root.getRootNode().activeElement !== focused) focused.focus({ preventScroll: true });
    mark();
  }

  function drawDesk({ places, sizes }) {
    const made = Object.fromEntries(words.places.map((name) => [name, drawPlace(name, places[name])]));
    const upper = split("row", "middle", made.middle, made.right, sizes);
    const rest = split("column", "bottom", upper, made.bottom, sizes);
    away.append(...words.panels.filter((kind) => !whereIs(now().layout, kind)).map((kind) => hosts[kind]));
    desk.replaceChildren(...[split("row", "left", made.left, rest, sizes)].filter(Boolean));
  }

  /** Two parts with a line between them, or the one there is. The bottom's share is the second's. */
  function split(way, name, first, second, sizes) {
    if (!first || !second) return first ?? second;
    const share = () => (name === "bottom" ? 1 - sizes[name] : sizes[name]);
    const line = separator(way, share(), (part) => { sizes[name] = name === "bottom" ? 1 - part : part; });
    const box = h("div", { class: `split ${way}` }, first, line, second);
    grow(first, share());
    grow(second, 1 - share());
    return box;
  }

  function drawPlace(name, slots) {
    if (!slots.length) return null;
    // The bottom's slots stand side by side: it is wide and low.
    const way = name === "bottom" ? "row" : "column";
    const box = h("div", { class: `split ${way}`, "data-place": name });
    slots.forEach((slot, at) => {
      if (at) {
        const [above, both] = [slots[at - 1], slots[at - 1].size + slot.size];
        box.append(separator(way, above.size / both, (part) => { above.size = part * both; slot.size = (1 - part) * both; }));
      }
      const list = slot.kinds.length > 1 ? h("div", { class: "tabs", role: "group", "aria-label": t.tabs }, ...slot.kinds.map((kind) =>
        h("button", { type: "button", "data-tab": kind, onclick: () => { now().layout.places[name][at].front = kind; keepFront(); } }, words.names[kind] ?? titles[kind]))) : null;
      const node = h("div", { class: "slot", "data-slot": String(at) }, list, ...slot.kinds.map((kind) => hosts[kind]));
      grow(node, slot.size);
      box.append(node);
    });
    return box;
  }

  function grow(node, share) { node.style.setProperty("--grow", String(Math.round(share * 1000))); }

  /** Which tab is in front is drawn without moving anything. */
  function keepFront() {
    storeLayout(width, now().layout, now().view);
    mark();
  }

  function mark() {
    const layout = width === "phone" ? null : now().layout;
    for (const kind of ["ribbon", ...words.panels]) {
      const place = layout && whereIs(layout, kind);
      const front = kind === "ribbon" ? true : place && layout.places[place[0]][place[1]].front === kind;
      const shown = layout ? front && (!state.biggest || state.biggest === kind) : words.phone[kind] === state.tab;
      setAttr(hosts[kind], "data-off", shown ? null : "");
    }
    setAttr(desk, "data-biggest", layout && state.biggest);
    setAttr(desk, "data-off", layout || words.panels.some((kind) => words.phone[kind] === state.tab) ? null : "");
    for (const slot of desk.querySelectorAll(".slot")) setAttr(slot, "data-off", state.biggest && !slot.contains(hosts[state.biggest]) ? "" : null);
    for (const tab of desk.querySelectorAll("button[data-tab]")) setAttr(tab, "aria-pressed", hosts[tab.dataset.tab].hasAttribute("data-off") ? "false" : "true");
    for (const tab of tabs.children) setAttr(tab, "aria-pressed", tab.dataset.value === state.tab ? "true" : "false");
    // Around a panel that has all the room, what is empty goes too.
    for (const box of [...desk.querySelectorAll(".split")].reverse()) {
      setAttr(box, "data-off", state.biggest && !box.contains(hosts[state.biggest]) ? "" : null);
    }
  }

  // Lines between places --------------------------------------------------------------------

  function separator(way, share, set) {
    const line = h("div", {
      class: "divide", role: "separator", tabindex: "0", "aria-label": way === "row" ? t.width : t.height,
      "aria-orientation": way === "row" ? "vertical" : "horizontal", "aria-valuemin": "10", "aria-valuemax": "90",
    });
    let part = share;
    const to = (wanted) => {
      part = shareOf(wanted, part);
      setAttr(line, "aria-valuenow", Math.round(100 * part));
      set(part);
      if (!line.previousElementSibling) return;
      const both = [line.previousElementSibling, line.nextElementSibling];
      const sum = both.reduce((total, node) => total + Number(node.style.getPropertyValue("--grow")), 0) / 1000;
      grow(both[0], part * sum);
      grow(both[1], (1 - part) * sum);
    };
    const done = () => { now().view = null; storeLayout(width, now().layout, null); };
    line.addEventListener("keydown", (event) => {
      const [less, more] = way === "row" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
      const wanted = { [less]: part - SHARE_STEP, [more]: part + SHARE_STEP, Home: 0, End: 1 }[event.key];
      if (wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      to(wanted);
      done();
    });
    line.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      line.focus({ preventScroll: true });
      const one = line.previousElementSibling.getBoundingClientRect(), other = line.nextElementSibling.getBoundingClientRect();
      const [from, end] = way === "row" ? [one.left, other.right] : [one.top, other.bottom];
      follow(line, event, (at) => to(((way === "row" ? at.clientX : at.clientY) - from) / (end - from)), done);
    });
    to(share);
    return line;
  }

  function follow(node, event, moved, end) {
    node.setPointerCapture(event.pointerId);
    node.addEventListener("pointermove", moved);
    const over = (last) => {
      if (last.type === "pointerup") moved(last);
      node.removeEventListener("pointermove", moved);
      node.removeEventListener("pointerup", over);
      node.removeEventListener("pointercancel", over);
      end(last);
    };
    node.addEventListener("pointerup", over);
    node.addEventListener("pointercancel", over);
  }

  // Dragging a panel ------------------------------------------------------------------------

  const shade = h("div", { class: "drop-place", hidden: true });
  work.append(shade);

  /** Where a panel would go that is let go here: [place, slot, how], or null. */
  function target(event) {
    const over = root.getRootNode().elementFromPoint(event.clientX, event.clientY)?.closest?.(".slot");
    if (!over || !desk.contains(over)) return null;
    const box = over.getBoundingClientRect(), place = over.closest("[data-place]").dataset.place;
    const along = place === "bottom" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
    const how = along < EDGE_PART ? "before" : along > 1 - EDGE_PART ? "after" : "in";
    return { place, slot: Number(over.dataset.slot), how, box };
  }

  function show(found) {
    shade.hidden = !found;
    if (!found) return;
    const at = work.getBoundingClientRect(), { left, top, width: w, height: tall } = found.box;
    const part = found.how === "in" ? 1 : EDGE_PART, far = found.how === "after" ? 1 - EDGE_PART : 0;
    const side = found.place === "bottom";
    const spot = {
      left: left - at.left + (side ? far * w : 0), top: top - at.top + (side ? 0 : far * tall),
      width: side ? part * w : w, height: side ? tall : part * tall,
    };
    for (const [name, pixels] of Object.entries(spot)) shade.style.setProperty(name, `${pixels}px`);
  }

  desk.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || width === "phone") return;
    const tab = event.target.closest("button[data-tab]"), header = event.target.closest(".panel>header");
    if (!tab && (!header || event.target.closest("button, input, select, label, summary"))) return;
    const kind = tab?.dataset.tab ?? header.parentElement.dataset.kind;
    const start = [event.clientX, event.clientY];
    let dragged = false;
    const moved = (at) => {
      if (!dragged && Math.hypot(at.clientX - start[0], at.clientY - start[1]) < DRAG_PX) return;
      if (!dragged) { dragged = true; desk.setPointerCapture(event.pointerId); setAttr(work, "data-dragged", kind); }
      show(target(at));
    };
    const over = (last) => {
      for (const [name, listener] of listeners) desk.removeEventListener(name, listener);
      show(null);
      setAttr(work, "data-dragged", null);
      const found = dragged && last.type === "pointerup" ? target(last) : null;
      if (found) change((layout) => movePanel(layout, kind, found.place, found.slot, found.how));
    };
    const listeners = [["pointermove", moved], ["pointerup", over], ["pointercancel", over]];
    for (const [name, listener] of listeners) desk.addEventListener(name, listener);
  });

  // Menus -----------------------------------------------------------------------------------

  function biggest(kind) {
    state.biggest = state.biggest === kind ? null : kind;
    mark();
  }

  /** To a place by name: a slot of its own while there is room for one, else a tab of the last. */
  function send(kind, place) {
    change((layout) => {
      const slots = layout.places[place], room = slots.length < 2;
      movePanel(layout, kind, place, slots.length - 1, room ? "after" : "in");
    });
  }

  function panelItems(kind) {
    const layout = now().layout, [place, at] = whereIs(layout, kind) ?? [];
    const slot = layout.places[place]?.[at];
    return [
      ...words.places.filter((name) => name !== place && (name in words.defaults[width] || layout.places[name].length))
        .map((name) => ({ text: t[name], name: `to-${name}`, act: () => send(kind, name) })),
      slot?.kinds.length > 1 && { text: t.own, name: "own", act: () => change(() => movePanel(layout, kind, place, at, "after")) },
      { text: state.biggest === kind ? t.restore : t.maximise, name: "maximise", act: () => biggest(kind) },
      { text: t.close, name: "close", act: () => { if (state.biggest === kind) state.biggest = null; change(() => closePanel(layout, kind)); } },
    ].filter(Boolean);
  }

  function layoutItems() {
    const { layout, view } = now();
    const choose = (name) => () => {
      state.biggest = null;
      Object.assign(now(), { layout: presetLayout(words, width, name), view: name });
      keep();
      chose(name);
    };
    return [
      { heading: t.presets },
      ...[{ name: "", title: t.default }, ...words.presets].map(({ name, title }) =>
        ({ text: title, name: `view-${name}`, kind: "radio", on: view === name, act: choose(name) })),
      { heading: t.panels },
      ...words.panels.map((kind) => {
        const open = Boolean(whereIs(layout, kind));
        return {
          text: titles[kind], name: `panel-${kind}`, kind: "checkbox", on: open,
          act: () => change(() => (open ? closePanel(layout, kind) : openPanel(words, width, layout, kind))),
        };
      }),
      { heading: "" },
      { text: t.reset, name: "reset", act: reset },
    ];
  }

  function reset() {
    state.biggest = null;
    state.widths[width] = { layout: usualLayout(words, width), view: "" };
    storeLayout(width, null);
    draw();
    chose("");
  }

  for (const kind of words.panels) {
    const made = menuButton({
      root, class: "mini move", label: t.menu.replace("{name}", titles[kind]), text: "\u22ef", name: `move-${kind}`,
      items: () => panelItems(kind),
    });
    hosts[kind].querySelector("header").append(made.button);
    undo.push(made.remove);
  }
  const menu = menuButton({ root, class: "btn quiet layout", label: t.layout, text: t.layout, sign: "layout", name: "layout", items: layoutItems });
  undo.push(menu.remove);

  for (const name of new Set(["ribbon", ...words.panels].map((kind) => words.phone[kind]))) {
    tabs.append(h("button", { type: "button", "data-for": "tab", "data-value": name, onclick: () => { state.tab = name; mark(); } },
      words.short[name] ?? titles[name]));
  }

  function fit() {
    const pixels = root.clientWidth / (root.dataset.stage === "on" ? STAGE : 1);
    const wanted = pixels <= PHONE_PX ? "phone" : pixels <= NARROW_PX ? "narrow" : "wide";
    if (!pixels || wanted === width) return;
    width = wanted;
    setAttr(work, "data-width", width);
    draw();
  }
  const sized = new ResizeObserver(fit);
  sized.observe(root);
  const staged = new MutationObserver(fit);
  staged.observe(root, { attributeFilter: ["data-stage"] });
  undo.push(() => { sized.disconnect(); staged.disconnect(); });
  width = "wide";
  setAttr(work, "data-width", width);
  draw();

  return {
    work,
    tabs,
    button: menu.button,
    /** Let a panel be seen: in front, opened if it was closed. */
    bring(kind) {
      state.tab = words.phone[kind];
      if (width !== "phone" && kind !== "ribbon") {
        if (state.biggest && state.biggest !== kind) state.biggest = null;
        const { layout } = now();
        if (!bringForward(layout, kind)) { openPanel(words, width, layout, kind); draw(); }
      } else if (state.biggest) state.biggest = null;
      mark();
    },
    /** Esc gives the other panels their room back. True if it did. */
    escape() {
      if (!state.biggest) return false;
      biggest(state.biggest);
      return true;
    },
    state: () => state,
    remove: () => undo.forEach((step) => step()),
  };
}
