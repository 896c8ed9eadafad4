// The pictures of a lesson, with what moves their machine; on the site also the exercise below them.
//
// Steps choose the pictures. The exercise stays as it is then, with its editor and its cursor: only
// another language makes everything anew.

import { h } from "../dom.js";
import { frames, watchLanguage, watchTheme } from "../follow.js";
import { keyboard } from "../keys.js";
import { PICTURES } from "../pictures.js";
import { printing } from "../print.js";
import { lessonExercise } from "./exercise.js";
import { lessonSteps } from "./steps.js";

const OWN = { lesson: lessonSteps, exercise: lessonExercise };
const BARS = ["transport", "now", "lesson"];

export function render({ model, el }) {
  let setup = JSON.parse(model.setup);
  let view = build(model, el, setup);
  let whole = false;  // whether a frame of everything has been taken
  const take = () => { whole = view.take() || whole; };
  const again = () => { if (!whole) model.send_msg({ to: "screen", command: "resync" }); };
  model.on("frame", take);
  model.on("setup", () => {
    const next = JSON.parse(model.setup);
    if (next.language === setup.language) view.pictures(next);
    else {
      const before = view.before();
      view.remove();
      view = build(model, el, next, before);
    }
    setup = next;
  });
  take();
  again();
  addEventListener("vmlab-listens", again);  // what is sent while the page draws its document, nobody hears
  view.draw();
  model.on("lifecycle:remove", () => {
    removeEventListener("vmlab-listens", again);
    view.remove();
  });
}

/** Make the view; `before` is what the own parts of the one before it carry over. */
function build(model, el, setup, before = {}) {
  const page = model.keys === "page";
  const owned = "theme" in document.documentElement.dataset;  // our page: it has the switches
  const root = h("div", { class: `vm lesson ${page ? "ls-page" : "ls-cell"}`, lang: setup.language });
  const theme = watchTheme(root);
  const undo = [() => theme.remove()];
  if (owned) {
    const language = watchLanguage(model, setup.language);
    undo.push(() => language.disconnect());
  }
  const messageHost = h("div", { class: "msgs" });
  const contexts = {}, drawn = {};
  const desk = h("div", { class: "ls-desk" }), rest = h("div", { class: "ls-rest" });
  const place = h("div", { class: "ls-now" });
  const bar = h("div", { class: "ls-transport", role: "toolbar", "aria-label": setup.screen.toolbar });

  function make(kind, makers, words) {
    const panel = !BARS.includes(kind);
    const host = h(panel || kind === "now" ? "section" : "div",
      { class: panel ? `panel p-${kind}` : `w-${kind}`, "data-kind": kind, tabindex: panel ? "-1" : null });
    const ctx = {
      kind, host, root, page, messageHost, t: words[kind], before: before[kind], beside: (name) => contexts[name],
      send: (message) => model.send_msg({ ...message, to: kind }),
    };
    contexts[kind] = ctx;
    drawn[kind] = makers[kind](ctx);
    return host;
  }

  /** Pictures of a step: those that stood there go. */
  function pictures(words) {
    for (const kind of Object.keys(contexts).filter((one) => one in PICTURES)) {
      drawn[kind].remove?.();
      contexts[kind].host.remove();
      delete contexts[kind];
      delete drawn[kind];
    }
    const kinds = words.kinds.filter((kind) => kind in PICTURES);
    const hosts = Object.fromEntries(kinds.map((kind) => [kind, make(kind, PICTURES, words)]));
    const { now, transport, ...panels } = hosts;
    const [first, ...others] = Object.values(panels);
    desk.replaceChildren(...[first].filter(Boolean));
    rest.replaceChildren(...others);
    bar.replaceChildren(...[transport, contexts.lesson?.link, keys.button].filter(Boolean));
    bar.hidden = !transport;
    place.replaceChildren(...[now].filter(Boolean));
    if (contexts.map) contexts.map.reveal = () => {};
    if (contexts.tables) contexts.tables.reveal = () => {};
  }

  let last = null;
  root.addEventListener("focusin", (event) => {
    const panel = event.composedPath().find((node) => contexts[node.dataset?.kind]?.toggleTwin);
    if (panel) last = panel.dataset.kind;
  });
  const press = (name) => () => contexts.transport?.press(name);
  // The one that the reader was in last; else the first picture; before there is one, the exercise.
  const withTwin = () => contexts[last] ?? Object.values(contexts).filter((ctx) => ctx.toggleTwin)
    .sort((one, other) => (one.kind in OWN) - (other.kind in OWN))[0];
  const keys = keyboard({ root }, {
    target: page ? document : root,
    t: setup.keys,
    actions: {
      s: press("step"), b: press("back"), t: press("trap"), r: press("run"), x: () => withTwin()?.toggleTwin(),
    },
  });
  undo.push(keys.remove);

  const hosts = Object.fromEntries(setup.kinds.filter((kind) => kind in OWN).map((kind) => [kind, make(kind, OWN, setup)]));
  root.append(h("div", { class: "ls-shows" }, ...[hosts.lesson].filter(Boolean), desk, place, bar, messageHost, rest),
    ...[hosts.exercise].filter(Boolean), keys.panel);
  pictures(setup);
  const printer = page && owned ? printing(root, () => model.send_msg({ to: "screen", command: "print" })) : null;
  if (printer) undo.push(printer.remove);
  el.append(root);

  const { take, draw } = frames(model, root, drawn, (printed) => printer?.draw(printed));
  return {
    take,
    draw,
    pictures,
    before: () => ({ lesson: drawn.lesson?.told(), exercise: drawn.exercise?.text() }),
    remove() {
      Object.values(drawn).forEach((one) => one.remove?.());
      undo.forEach((step) => step());
      root.remove();
    },
  };
}
