// The message strip: what happened, in a sentence, and a way out. Never a silent stop.

import { onLanguage, t } from "./language.js";

const part = (name) => document.getElementById(`trouble${name}`);

let shown = null;

function say() {
  if (!shown) return;
  const { title, text } = shown;
  part("-title").textContent = t("{title}.", { title: t(title) });
  part("-text").textContent = typeof text === "function" ? text() : text;
}
onLanguage(say);

/** Show a message: the key of its title, and its text or what gives it in the page's language;
 *  `kind` "wait" is one that may pass by itself. */
export function trouble(title, text, details = "", kind = "error") {
  shown = { title, text };
  part("").dataset.kind = kind;
  say();
  part("-more").hidden = !details;
  part("-more").querySelector("pre").textContent = details;
  part("").hidden = false;
}

/** Take a message of this kind away, if it is the one that stands there. */
export function untrouble(kind) {
  if (part("").dataset.kind === kind) part("").hidden = true;
}

part("-restart").addEventListener("click", () => location.reload());
part("-close").addEventListener("click", () => { part("").hidden = true; });
