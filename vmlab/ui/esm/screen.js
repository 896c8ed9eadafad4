// One component draws everything: a whole workbench, or a single picture for a notebook.
//
// Python sends one message a step, `frame`: JSON with the pictures that changed. One property is
// one patch through the worker, however many pictures it touches.

import { h, icon, setAttr } from "./dom.js";
import { arrange } from "./arrange.js";
import { assembly } from "./assembly.js";
import { frames, show, watchLanguage, watchTheme } from "./follow.js";
import { guests } from "./guests.js";
import { keep } from "./keep.js";
import { keyboard } from "./keys.js";
import { machine } from "./machine.js";
import { PICTURES } from "./pictures.js";
import { printing } from "./print.js";

const MAKERS = { ...PICTURES, assembly, guests, keep, machine };
const BARS = ["guests", "keep", "assembly", "machine", "transport", "status", "now"];  // all others are panels
const isPanel = (kind) => !BARS.includes(kind);

export function render(context) {
  show(context, build);
}

/** Make the view, with the layout and the dialogs open that `place` names. */
function build(model, el, place = { open: [] }) {
  const setup = JSON.parse(model.setup);
  const page = model.keys === "page";
  const owned = "theme" in document.documentElement.dataset;  // our page: it has the switches
  const root = h("div", { class: `vm ${model.layout}`, lang: setup.language });
  root.vmTheme = place.theme;
  const theme = watchTheme(root);
  const messageHost = h("div", { class: "msgs" });
  const contexts = {}, pictures = {}, undo = [() => theme.remove()];
  if (owned) {
    const language = watchLanguage(model, setup.language);
    undo.push(() => language.disconnect());
  }

  for (const kind of model.kinds) {
    const panel = isPanel(kind);
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
      const panel = event.composedPath().find((node) => node.dataset?.kind && isPanel(node.dataset.kind));
      if (panel) last = panel.dataset.kind;
    });
    const panels = model.kinds.filter((kind) => isPanel(kind) && kind !== "ribbon");
    const desk = arrange({
      root, words: setup.arrange, asked: setup.screen.view, before: place.desk,
      hosts: Object.fromEntries(["ribbon", ...panels].map((kind) => [kind, contexts[kind].host])),
      titles: Object.fromEntries(panels.map((kind) => [kind, setup[kind].title])),
      chose: (name) => model.send_msg({ to: "screen", command: "view", name }),
    });
    undo.push(desk.remove);
    const bring = desk.bring;
    root.vmDesk = desk;
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
        T: () => contexts.transport.send({ command: "trap_back" }), m: () => contexts.ribbon.mark(),
        x: () => contexts[last].toggleTwin(), 0: focus("ribbon"),
        ...Object.fromEntries(panels.slice(0, 9).map((kind, at) => [String(at + 1), focus(kind)])),
        Escape: desk.escape,
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
        ...hosts("guests", "keep", "assembly", "machine", "transport"), h("span", { class: "grow" }), ...hosts("status"), desk.button, language, toggleTheme, keys.button),
      ...hosts("now"), messageHost, desk.tabs, desk.work, keys.panel,
      ...["machine", "assembly", "keep"].flatMap((kind) => contexts[kind]?.dialog ?? []),
    );
    if (contexts.keep) {
      contexts.keep.editor = contexts.assembly.editor;
      contexts.guests.onfile = (name, data) => contexts.keep.onfile?.(name, data);
    }
    contexts.map.reveal = contexts.tables.reveal = bring;
    // What nobody sees is not drawn: its first picture comes when it appears.
    const seenNow = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        model.send_msg({ to: "screen", command: "shown", kind: target.dataset.kind, on: isIntersecting });
      }
    });
    const look = () => {
      seenNow.disconnect();
      for (const kind of t.on_demand) seenNow.observe(contexts[kind].host);
    };
    look();
    addEventListener("vmlab-listens", look);  // what it said before was not heard
    undo.push(() => { seenNow.disconnect(); removeEventListener("vmlab-listens", look); });
  } else {
    root.append(...hosts(...model.kinds), ...Object.values(contexts).flatMap((ctx) => ctx.dialog ?? []), messageHost);
  }
  const printer = page && owned ? printing(root, () => model.send_msg({ to: "screen", command: "print" })) : null;
  if (printer) undo.push(printer.remove);
  el.append(root);
  const dialogs = () => [...root.querySelectorAll(":scope > [role=dialog]")];
  if (place.switched) root.querySelector(".language")?.focus();
  place.open.forEach((at) => { const dialog = dialogs()[at]; if (dialog) dialog.hidden = false; });

  const { take, draw } = frames(model, root, pictures, (printed) => printer?.draw(printed));
  return {
    take,
    draw,
    place: () => ({
      desk: root.vmDesk?.state(),
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
