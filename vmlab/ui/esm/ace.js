// Ace, where the page has it: loaded once, put in the place of a text area, and made to speak.
//
// It is the one that Panel's CodeEditor draws with and the same file. CodeEditor itself shows
// annotations but cannot take its words from us, nor stand in this shadow root. Where there is no
// such file (a notebook), and where it does not come, a text area does the same work.

import { h } from "./dom.js";

// What Ace says to a screen reader, by its own names.
const ACE_WORDS = [
  "text-input.aria-roledescription",
  "text-input.aria-label",
  "editor.scroller.aria-roledescription",
  "editor.scroller.aria-label",
  "editor.gutter.aria-roledescription",
  "editor.gutter.aria-label",
  "gutter.annotation.aria-label.error",
  "gutter-tooltip.aria-label.error.singular",
  "gutter-tooltip.aria-label.error.plural",
];

// What Ace does with further files of its own, which the site has not: its keys are the browser's.
const ELSEWHERE = [
  "find", "replace", "gotoline", "goToNextError", "goToPreviousError", "showSettingsMenu", "modeSelect",
  "openCommandPalette", "openCommandPallete",
];

const coming = new Map();

/** A script of the site that its plan names, once a page; false where there is none. */
function script(name) {
  const plan = JSON.parse(document.getElementById("plan")?.textContent ?? "null");
  if (!plan?.later?.[name]) return Promise.resolve(false);
  if (!coming.has(name)) {
    coming.set(name, new Promise((resolve) => {
      const src = new URL(plan.later[name], new URL(plan.root, document.baseURI)).href;
      document.head.append(h("script", { src, onload: () => resolve(true), onerror: () => resolve(false) }));
    }));
  }
  return coming.get(name);
}

/** Ace itself, with its modes of these names; null where the page has none. */
export async function loadAce(...modes) {
  if (!await script("ace")) return null;
  await Promise.all(modes.map((mode) => script(`mode-${mode}`)));
  return window.ace ?? null;
}

/** An editor where the text area stood, with its text; the focus stays where it was. */
export function aceIn(ace, plain, { mode, tabSize, label, roles }) {
  ace.config.set("loadWorkerFromBlob", false);
  // Its own words below ours: it warns in the console of each one that it does not find.
  const { defaultEnglishMessages } = ace.require("ace/lib/default_english_messages");
  ace.config.setMessages({ ...defaultEnglishMessages, ...Object.fromEntries(ACE_WORDS.map((key, at) => [key, roles[at]])) });
  const had = plain.getRootNode().activeElement === plain;
  const host = h("div", { class: "as-ace" });
  host.textContent = plain.value;
  plain.replaceWith(host);
  const made = ace.edit(host, {
    mode, theme: { cssClass: "ace-vm", cssText: " ", $id: "ace-vm" }, useWorker: false, showPrintMargin: false,
    tabSize, useSoftTabs: true, fontFamily: "inherit", fontSize: "inherit", enableKeyboardAccessibility: true,
    textInputAriaLabel: label, highlightActiveLine: true, showFoldWidgets: false,
  });
  made.commands.removeCommands(ELSEWHERE);
  made.renderer.attachToShadowRoot();
  for (const bar of host.querySelectorAll(".ace_scrollbar")) bar.tabIndex = -1;  // no stop of its own for Tab
  if (had) made.focus();
  return made;
}
