// The message strip: what happened, in a sentence, and a way out. Never a silent stop.

import { onLanguage, t } from "./language.js";

const part = (name) => document.getElementById(`trouble${name}`);

// What the strip's first button does; who can do it says so.
const ways = {
  restart: { name: () => t("Restart"), act: () => location.reload() },
  reload: { name: () => t("Reload"), act: () => location.reload() },
  reset: { name: () => t("Reset"), act: () => location.reload() },
  stop: { name: () => t("Stop it"), act: () => location.reload() },
};
let shown = null;
let under = null;  // what stood there before a message that passes by itself

function say() {
  if (!shown) return;
  const { title, text, way } = shown;
  part("-title").textContent = t("{title}.", { title: t(title) });
  part("-text").textContent = typeof text === "function" ? text() : text;
  part("-restart").textContent = ways[way]?.name() ?? "";
}
onLanguage(say);

/** Show a message: the key of its title, and its text or what gives it in the page's language.
 *  `kind` "wait" is one that may pass by itself, "note" one that is no failure; `way` is the way
 *  out that is offered: restart, reload, reset, stop, or none. */
export function trouble(title, text, details = "", kind = "error", way = "restart") {
  if (kind !== "wait") under = null;
  else if (shown && shown.kind !== "wait" && !part("").hidden) under = shown;
  show({ title, text, details, kind, way });
}

function show(message) {
  shown = message;
  const { details, kind, way } = message;
  part("").dataset.kind = kind;
  say();
  part("-restart").hidden = !way;
  part("-report").hidden = kind !== "error" || !reporter;
  part("-more").hidden = !details;
  part("-more").querySelector("pre").textContent = details;
  part("").hidden = false;
}

/** Take a message of this kind away, if it is the one that stands there: what it covered is seen again. */
export function untrouble(kind) {
  if (part("").dataset.kind !== kind) return;
  if (under) show(under);
  else part("").hidden = true;
  under = null;
}

/** Have the button of a way out do this. */
export function onWay(way, act) {
  ways[way].act = act;
}

let reporter = null;

/** Offer a report file with each failure; `make` gets what the strip says. */
export function onReport(make) {
  reporter = make;
}

part("-restart").addEventListener("click", () => ways[shown.way].act());
part("-report").addEventListener("click", () => {
  reporter({ title: shown.title, text: part("-text").textContent, details: shown.details });
});
part("-close").addEventListener("click", () => { part("").hidden = true; });
