// What every screen follows: the theme and the language of its page, and the frames that Python sends.

import { setAttr } from "./dom.js";

/** Follow the page's own switch, then Jupyter's theme, then the system. */
export function watchTheme(root) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const page = document.documentElement.dataset.theme;
    const light = document.body?.dataset.jpThemeLight;
    const system = light ? (light === "true" ? "light" : "dark") : dark.matches ? "dark" : "light";
    setAttr(root, "data-theme", root.vmTheme ?? page ?? system);
    setAttr(root, "data-stage", document.documentElement.dataset.stage);
  };
  const watcher = new MutationObserver(apply);
  watcher.observe(document.documentElement, { attributeFilter: ["data-theme", "data-stage"] });
  if (document.body) watcher.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  dark.addEventListener("change", apply);
  apply();
  return { apply, remove() { watcher.disconnect(); dark.removeEventListener("change", apply); } };
}

/** Follow the language of the page, which has a switch of its own. */
export function watchLanguage(model, spoken) {
  const tell = () => {
    const language = document.documentElement.lang;
    if (language && language !== spoken) model.send_msg({ to: "screen", command: "language", language });
  };
  const watcher = new MutationObserver(tell);
  watcher.observe(document.documentElement, { attributeFilter: ["lang"] });
  tell();
  return watcher;
}

/** Draw what `build` makes, frame by frame, and build anew when the words change. */
export function show({ model, el }, build) {
  let view = build(model, el);
  let whole = false;  // whether a frame of everything has been taken
  const take = () => { whole = view.take() || whole; };
  const again = () => { if (!whole) model.send_msg({ to: "screen", command: "resync" }); };
  model.on("frame", take);
  // Every picture has its words in it, so another language is another view in the same place.
  model.on("setup", () => {
    const place = view.place();
    view.remove();
    view = build(model, el, place);
  });
  take();
  again();
  // What is sent while the page draws its document, nobody hears: it says when it listens.
  addEventListener("vmlab-listens", again);
  view.draw();
  model.on("lifecycle:remove", () => {
    removeEventListener("vmlab-listens", again);
    view.remove();
  });
}

/** Frames come with only the pictures that changed; those that wait for the next repaint merge. */
export function frames(model, root, pictures, print = () => {}) {
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
    // Of the frames that Python sent before the page could take them, only the last one arrives.
    // Asked for afterwards: what changes while a patch is applied is taken for Python's own and not sent.
    if (!frame.full && frame.seq !== seen + 1) setTimeout(() => model.send_msg({ to: "screen", command: "resync" }));
    seen = frame.seq;
    setAttr(root, "data-stale", frame.stale ? "true" : null);
    if (frame.printed) print(frame.printed);
    if (!waiting) { waiting = {}; requestAnimationFrame(draw); }
    for (const [kind, data] of Object.entries(frame.pictures ?? {})) {
      const merge = waiting[kind] && pictures[kind]?.merge;
      waiting[kind] = merge ? merge(waiting[kind], data) : data;
    }
    return frame.full;
  };
  return { take, draw };
}
