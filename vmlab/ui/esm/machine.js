// The choice of the machine, in a dialog beside the list of guests.

import { h, patchList, setAttr, setText } from "./dom.js";

export function machine(ctx) {
  const t = ctx.t;
  const boxes = h("div", { class: "xs" });
  const lists = h("div", { class: "pick" });
  const isa = h("output", { class: "isa" });
  const open = h("button", {
    class: "btn", type: "button", title: t.hint, "aria-haspopup": "dialog", "aria-expanded": "false",
    onclick: () => show(dialog.hidden),
  }, t.button);
  const cancel = h("button", { class: "btn", type: "button", onclick: () => { ctx.send({ command: "cancel" }); show(false); } }, t.cancel);
  const apply = h("button", { class: "btn pri", type: "button", onclick: () => { ctx.send({ command: "apply" }); show(false); } }, t.apply);
  const dialog = h("div", { class: "mc panel", role: "dialog", "aria-label": t.button, tabindex: "-1", hidden: true },
    h("header", {}, h("h2", {}, t.button), isa),
    h("div", { class: "body" }, h("fieldset", {}, h("legend", {}, t.extensions), boxes), lists,
      h("div", { class: "go-on" }, cancel, apply)));
  ctx.host.append(open);
  ctx.dialog = dialog;

  function show(on) {
    dialog.hidden = !on;
    setAttr(open, "aria-expanded", on ? "true" : "false");
    (on ? dialog : open).focus();
  }
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    ctx.send({ command: "cancel" });
    show(false);
    event.stopPropagation();
  });

  function makeBox([name]) {
    const box = h("input", { type: "checkbox", disabled: t.fixed.includes(name) });
    box.addEventListener("change", () => ctx.send({ command: "tick", name: box.dataset.extension, on: box.checked }));
    return h("label", { class: "x" }, box, h("b"), h("span"));
  }
  function makeList() {
    const select = h("select", { class: "btn" });
    select.addEventListener("change", () => ctx.send({ command: "pick", name: select.dataset.choice, value: select.value }));
    return h("label", {}, h("span"), select);
  }

  return {
    draw(data) {
      setText(isa, data.isa);
      patchList(boxes, data.extensions, makeBox, (label, [name, on]) => {
        const [box, word, sentence] = label.children;
        box.dataset.extension = name;
        box.checked = Boolean(on);
        setText(word, name);
        setText(sentence, t.docs[name]);
      });
      patchList(lists, data.lists, makeList, (label, [name, values, chosen]) => {
        const [title, select] = label.children;
        setText(title, t.titles[name]);
        select.dataset.choice = name;
        patchList(select, values, () => h("option"), (option, [value, words]) => {
          setText(option, words);
          setAttr(option, "value", value);
        });
        select.value = chosen;
      });
    },
  };
}
