// The keyboard map and the panel that lists it. Single letters can be switched off.

import { h, setAttr } from "./dom.js";

const STORE = "vmlab.letters";

function stored() {
  try { return localStorage.getItem(STORE) !== "off"; } catch { return true; }
}

/** Whether a key belongs to somebody else: an input, the console, a shortcut of the browser. */
function taken(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  const at = event.composedPath()[0];
  return at instanceof Element && at.matches("input:not([type=range]), textarea, select, [contenteditable]");
}

export function keyboard(ctx, { target, actions, t }) {
  let letters = stored();
  let opener = null;
  const toggle = h("button", { class: "mini", type: "button" });
  const close = h("button", { class: "mini", type: "button", onclick: () => show(false) }, t.close);
  const list = h("table", { class: "twin" }, h("tbody", {}, ...t.keys.map(([keys, what]) =>
    h("tr", {}, h("td", {}, ...keys.flatMap((key, at) => [at ? " " : null, h("kbd", {}, key)])), h("td", {}, what)))));
  const panel = h("div", { class: "help panel", role: "dialog", "aria-label": t.title, tabindex: "-1", hidden: true },
    h("header", {}, h("h2", {}, t.title), h("span", { class: "grow" }), close), h("div", { class: "body" }, list,
      h("p", { class: "note" }, t.note, " ", toggle)));
  const button = h("button", {
    class: "btn quiet help-button", type: "button", "aria-label": t.title, "aria-expanded": "false",
    onclick: () => show(panel.hidden),
  }, h("kbd", {}, "?"));

  function show(on) {
    if (on) opener = ctx.root.getRootNode().activeElement;
    panel.hidden = !on;
    setAttr(button, "aria-expanded", on ? "true" : "false");
    if (on) panel.focus();
    else opener?.focus?.();
  }
  function name() { toggle.textContent = letters ? t.letters_off : t.letters_on; }
  toggle.addEventListener("click", () => {
    letters = !letters;
    try { localStorage.setItem(STORE, letters ? "on" : "off"); } catch { /* private window: not kept */ }
    name();
  });
  name();

  function onKey(event) {
    if (event.key === "Escape" && !panel.hidden) { show(false); return; }
    if (taken(event)) return;
    if (event.key === "Escape") { actions.Escape?.(); return; }
    if (event.key === "?") show(panel.hidden);
    else if (letters && actions[event.key]) actions[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  target.addEventListener("keydown", onKey);
  return { button, panel, remove: () => target.removeEventListener("keydown", onKey) };
}
