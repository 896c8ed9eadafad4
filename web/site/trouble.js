// The message strip: what happened, in a sentence, and a way out. Never a silent stop.

const part = (name) => document.getElementById(`trouble${name}`);

/** Show a message; `kind` "wait" is one that may pass by itself. */
export function trouble(title, text, details = "", kind = "error") {
  part("").dataset.kind = kind;
  part("-title").textContent = `${title}.`;
  part("-text").textContent = text;
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
