// A verdict below a notebook's cell.

import { h } from "../dom.js";
import { watchTheme } from "../follow.js";
import { verdictParts } from "./verdict.js";

export function render({ model, el }) {
  const { language, title, words, verdict } = JSON.parse(model.setup);
  const root = h("div", { class: "vm lesson-sheet", lang: language });
  const theme = watchTheme(root);
  const { rows, parts, draw } = verdictParts(root, words);
  root.append(h("section", { class: "panel" }, h("header", {}, h("h2", {}, title)), rows, ...parts));
  el.append(root);
  draw(verdict.rows, verdict, false);
  model.on("lifecycle:remove", () => { theme.remove(); root.remove(); });
}
