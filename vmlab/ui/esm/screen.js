// One component draws everything: a whole workbench, or a single picture for a notebook.
//
// Python sends one message a step, `frame`: JSON with the pictures that changed. One property is
// one patch through the worker, however many pictures it touches.

import { h, icon, setAttr } from "./dom.js";
import { code } from "./code.js";
import { csrs } from "./csrs.js";
import { devices } from "./devices.js";
import { guests } from "./guests.js";
import { keyboard } from "./keys.js";
import { machine } from "./machine.js";
import { addressMap } from "./map.js";
import { memory } from "./memory.js";
import { now } from "./now.js";
import { points } from "./points.js";
import { registers } from "./registers.js";
import { ribbon } from "./ribbon.js";
import { stack } from "./stack.js";
import { status } from "./status.js";
import { terminal } from "./console.js";
import { transport } from "./transport.js";
import { traps } from "./traps.js";
import { walk } from "./walk.js";

const MAKERS = {
  code, console: terminal, csrs, devices, guests, machine, map: addressMap, memory, now, points, registers, ribbon, stack, status,
  transport, traps, walk,
};
const PANELS = ["code", "registers", "csrs", "traps", "walk", "console", "devices", "memory", "map", "stack", "points"];
const BOARD = ["ribbon", ...PANELS];

/** Follow the page's own switch, then Jupyter's theme, then the system. */
function watchTheme(root) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const page = document.documentElement.dataset.theme;
    const light = document.body?.dataset.jpThemeLight;
    const system = light ? (light === "true" ? "light" : "dark") : dark.matches ? "dark" : "light";
    setAttr(root, "data-theme", root.vmTheme ?? page ?? system);
  };
  const watcher = new MutationObserver(apply);
  watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  if (document.body) watcher.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  dark.addEventListener("change", apply);
  apply();
  return { apply, remove() { watcher.disconnect(); dark.removeEventListener("change", apply); } };
}

/** Follow the language of the page, which has a switch of its own. */
function watchLanguage(model, spoken) {
  const tell = () => {
    const language = document.documentElement.lang;
    if (language && language !== spoken) model.send_msg({ to: "screen", command: "language", language });
  };
  const watcher = new MutationObserver(tell);
  watcher.observe(document.documentElement, { attributeFilter: ["lang"] });
  tell();
  return watcher;
}

export function render({ model, el }) {
  let view = build(model, el);
  model.on("frame", () => view.take());
  // Every picture has its words in it, so another language is another view in the same place.
  model.on("setup", () => {
    const place = view.place();
    view.remove();
    view = build(model, el, place);
  });
  if (!view.take()) model.send_msg({ to: "screen", command: "resync" });
  view.draw();
  model.on("lifecycle:remove", () => view.remove());
}

const FIRST_PLACE = { tabs: { tab: "ribbon", top: "csrs", low: "traps", wide: "walk" }, open: [] };

/** Make the view, with the tabs and dialogs open that `place` names. */
function build(model, el, place = FIRST_PLACE) {
  const setup = JSON.parse(model.setup);
  const page = model.keys === "page";
  const owned = "theme" in document.documentElement.dataset;  // our page: it has the switches
  const root = h("div", { class: `vm ${model.layout}`, lang: setup.language });
  Object.assign(root.dataset, place.tabs);
  root.vmTheme = place.theme;
  const theme = watchTheme(root);
  const messageHost = h("div", { class: "msgs" });
  const contexts = {}, pictures = {}, undo = [() => theme.remove()];
  if (page && owned) {
    const language = watchLanguage(model, setup.language);
    undo.push(() => language.disconnect());
  }

  for (const kind of model.kinds) {
    const panel = BOARD.includes(kind);
    const host = h(panel || kind === "now" ? "section" : "div",
      { class: panel ? `panel p-${kind}` : `w-${kind}`, "data-kind": kind, tabindex: panel ? "-1" : null });
    const ctx = {
      kind, host, root, page, messageHost, t: setup[kind],
      send: (message) => model.send_msg({ ...message, to: kind }),
    };
    contexts[kind] = ctx;
    pictures[kind] = MAKERS[kind](ctx);
    if (pictures[kind].remove) undo.push(() => pictures[kind].remove());
  }
  const hosts = (...kinds) => kinds.map((kind) => contexts[kind]?.host);

  if (model.layout === "workbench") {
    const t = setup.screen;
    let last = "code";
    root.addEventListener("focusin", (event) => {
      const panel = event.composedPath().find((node) => node.dataset?.kind && BOARD.includes(node.dataset.kind));
      if (panel) last = panel.dataset.kind;
    });
    const bring = (kind) => {
      for (const [name, kinds] of Object.entries(t.groups)) if (kinds.includes(kind)) root.dataset[name] = kind;
      root.dataset.tab = t.phone[kind];
      mark();
    };
    const tabs = (name, choices) => h("div", { class: `tabs t-${name}`, role: "group", "aria-label": t.tabs },
      ...choices.map(([kind, title]) => h("button", {
        type: "button", "data-for": name, "data-value": kind,
        onclick: () => { root.dataset[name] = kind; mark(); },
      }, title)));
    const mark = () => {
      for (const tab of root.querySelectorAll("[data-for]")) {
        setAttr(tab, "aria-pressed", root.dataset[tab.dataset.for] === tab.dataset.value ? "true" : "false");
      }
      // Which of the three layouts applies is for the style sheet to say: it knows the width.
      for (const kind of BOARD) {
        const host = contexts[kind]?.host;
        if (!host) continue;
        for (const [name, kinds] of Object.entries(t.groups)) {
          setAttr(host, `data-off-${name}`, kinds.includes(kind) && root.dataset[name] !== kind ? "" : null);
        }
        setAttr(host, "data-off-tab", t.phone[kind] === root.dataset.tab ? null : "");
      }
    };
    const press = (name) => () => contexts.transport.press(name);
    const focus = (kind) => () => { bring(kind); (contexts[kind].focus ?? (() => contexts[kind].host.focus()))(); };
    const keys = keyboard(contexts.transport, {
      target: page ? document : root,
      t: setup.keys,
      actions: {
        s: press("step"), b: press("back"), t: press("trap"), r: press("run"), R: press("reset"),
        "[": () => contexts.transport.faster(-1), "]": () => contexts.transport.faster(1),
        ",": () => contexts.ribbon.scrub(-1), ".": () => contexts.ribbon.scrub(1),
        o: () => contexts.code.by("over"), n: () => contexts.code.by("line"), f: () => contexts.code.by("finish"),
        g: () => { bring("code"); contexts.code.find(); },
        x: () => contexts[last].toggleTwin(), 0: focus("ribbon"),
        ...Object.fromEntries(PANELS.slice(0, 9).map((kind, at) => [String(at + 1), focus(kind)])),
      },
    });
    undo.push(keys.remove);
    const toggleTheme = h("button", {
      class: "btn quiet theme", type: "button", "aria-label": t.theme, hidden: owned,
      onclick: () => { root.vmTheme = root.dataset.theme === "dark" ? "light" : "dark"; theme.apply(); },
    }, icon("theme"));
    const [other, name] = Object.entries(setup.languages).find(([tag]) => tag !== setup.language);
    const language = h("button", {
      class: "btn quiet theme language", type: "button", lang: other, title: t.switch_language, hidden: owned,
      onclick: () => model.send_msg({ to: "screen", command: "language", language: other }),
    }, name);
    root.append(
      h("h1", { class: "vh" }, t.title),
      h("div", { class: "bar tr", role: "toolbar", "aria-label": t.toolbar },
        ...hosts("guests", "machine", "transport"), h("span", { class: "grow" }), ...hosts("status"), language, toggleTheme, keys.button),
      ...hosts("now"), messageHost, tabs("tab", t.tab_choices),
      h("div", { class: "work" }, tabs("top", t.top_choices), tabs("low", t.low_choices),
        tabs("wide", t.wide_choices), ...hosts(...BOARD)),
      keys.panel, contexts.machine.dialog,
    );
    contexts.map.reveal = bring;
    mark();
    // What nobody sees is not drawn: its first picture comes when it appears.
    const seenNow = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        model.send_msg({ to: "screen", command: "shown", kind: target.dataset.kind, on: isIntersecting });
      }
    });
    for (const kind of t.on_demand) seenNow.observe(contexts[kind].host);
    undo.push(() => seenNow.disconnect());
  } else {
    root.append(...hosts(...model.kinds), ...Object.values(contexts).flatMap((ctx) => ctx.dialog ?? []), messageHost);
  }
  el.append(root);
  const dialogs = () => [...root.querySelectorAll(":scope > [role=dialog]")];
  if (place.switched) root.querySelector(".language")?.focus();
  place.open.forEach((at) => { const dialog = dialogs()[at]; if (dialog) dialog.hidden = false; });

  // Frames come with only the pictures that changed; those that wait for the next repaint merge.
  let waiting = null;
  let seen = 0;
  const draw = () => {
    const frame = waiting;
    waiting = null;
    if (!frame) return;
    for (const [kind, data] of Object.entries(frame)) pictures[kind]?.draw(data);
    setAttr(root, "data-drawn", String(seen));
  };
  const take = () => {
    const frame = JSON.parse(model.frame);
    seen = frame.seq;
    setAttr(root, "data-stale", frame.stale ? "true" : null);
    if (waiting) Object.assign(waiting, frame.pictures);
    else { waiting = { ...frame.pictures }; requestAnimationFrame(draw); }
    return frame.full;
  };
  return {
    take,
    draw,
    place: () => ({
      tabs: Object.fromEntries(Object.keys(FIRST_PLACE.tabs).map((name) => [name, root.dataset[name]])),
      theme: root.vmTheme,
      switched: Boolean(root.querySelector(".language:focus")),  // the button goes on having the focus
      open: dialogs().flatMap((dialog, at) => dialog.hidden ? [] : [at]),
    }),
    remove() {
      undo.forEach((step) => step());
      root.remove();
    },
  };
}
