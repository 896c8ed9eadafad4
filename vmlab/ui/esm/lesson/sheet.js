// A question of a lesson in a notebook: a group of radio buttons that locks on the first answer.

import { h, setAttr, setClass, setText } from "../dom.js";
import { watchTheme } from "../follow.js";
import { marked } from "./inline.js";

export function render({ model, el }) {
  const t = JSON.parse(model.setup);
  const root = h("div", { class: "vm lesson-sheet", lang: t.language });
  const theme = watchTheme(root);
  const name = `vm-${t.id}-${Math.random().toString(36).slice(2)}`;
  const why = h("p", { class: "ls-why", hidden: true }, ...marked(t.why));
  const rows = t.options.map(([id, text]) => {
    const input = h("input", { type: "radio", name, value: id, onchange: () => model.send_msg({ answer: id }) });
    const mine = h("span", { class: "tag", hidden: true }, t.mine);
    const showed = h("span", { class: "tag pass", hidden: true }, t.showed);
    const label = h("label", {}, input, h("span", {}, ...marked(text)), mine, showed);
    return { id, input, mine, showed, label };
  });
  const note = h("p", { class: "note", role: "status" });
  const group = h("fieldset", { class: "ls-ask" }, h("legend", {}, ...marked(t.ask)), ...rows.map(({ label }) => label), note, why);
  root.append(group);
  el.append(root);

  function draw() {
    const { answer, shown } = model;
    for (const { id, input, mine, showed, label } of rows) {
      input.checked = id === answer;
      // Not disabled: a screen reader still reads what was chosen.
      setAttr(input, "aria-disabled", answer && id !== answer ? "true" : null);
      mine.hidden = id !== answer;
      showed.hidden = id !== shown;
      setClass(label, "mine", id === answer);
      setClass(label, "right", id === shown);
    }
    setText(note, answer ? "" : t.lock);
    why.hidden = !shown;
  }
  // The first answer stands: another click changes nothing.
  group.addEventListener("click", (event) => {
    if (model.answer && event.target.matches("input") && event.target.value !== model.answer) {
      event.preventDefault();
      draw();
    }
  });
  group.addEventListener("keydown", (event) => {
    if (model.answer && event.key.startsWith("Arrow")) event.preventDefault();
  });
  model.on("answer", draw);
  model.on("shown", draw);
  model.on("lifecycle:remove", () => { theme.remove(); root.remove(); });
  draw();
}
