// Breakpoints and watchpoints: a form that adds one, and a row for each.

import { emptyNote, makePanel } from "./panel.js";
import { h, patchList, setAttr, setClass, setText } from "./dom.js";

export function points(ctx) {
  const panel = makePanel(ctx);
  const t = ctx.t;
  const input = (label) => h("input", { type: "text", class: "mini", "aria-label": label, placeholder: label, spellcheck: "false", autocomplete: "off" });
  const place = input(t.place), condition = input(t.condition);
  const access = h("select", { class: "mini", "aria-label": t.stop, onchange: () => fit() },
    ...t.accesses.map(([kind, name]) => h("option", { value: kind }, name)));
  const length = h("select", { class: "mini", "aria-label": t.length },
    ...t.lengths.map((bytes) => h("option", { value: bytes }, String(bytes))));
  length.value = "8";
  const fit = () => { length.hidden = !access.value; condition.hidden = Boolean(access.value); };
  fit();
  const form = h("form", { class: "pt-form" }, place, access, length, condition,
    h("button", { class: "mini", type: "submit" }, t.add));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ctx.send({
      command: "add", place: place.value, condition: condition.value, access: access.value, length: Number(length.value),
    });
    place.value = condition.value = "";
  });
  const rows = h("tbody");
  const empty = emptyNote();
  panel.body.append(form, h("table", { class: "pt" }, rows), empty);

  function make() {
    const number = () => [...rows.children].indexOf(row);
    const on = h("input", { type: "checkbox" });
    on.addEventListener("change", () => ctx.send({ command: "enable", number: number(), on: on.checked }));
    const said = input(t.condition);
    said.addEventListener("change", () => ctx.send({ command: "condition", number: number(), condition: said.value }));
    const remove = h("button", { class: "mini", type: "button", onclick: () => ctx.send({ command: "remove", number: number() }) }, t.remove);
    const row = h("tr", {}, h("td", {}, on), h("td", {}, h("b"), h("small")), h("td", {}, said),
      h("td", { class: "n" }), h("td", {}, remove));
    return row;
  }

  function patch(row, [where, kind, said, on, hits, passed, here]) {
    const [first, second, third, fourth, fifth] = row.cells;
    const box = first.firstElementChild, field = third.firstElementChild;
    box.checked = Boolean(on);
    setAttr(box, "aria-label", `${t.on}: ${where}`);
    setText(second.firstElementChild, where);
    setText(second.lastElementChild, kind);
    if (field.vmSaid !== said || field !== field.getRootNode().activeElement) { field.value = said; field.vmSaid = said; }
    setAttr(field, "aria-label", `${t.condition} (${where})`);
    const counts = [t.hits.replace("{n}", hits)];
    if (said) counts.push(t.passed.replace("{n}", passed));
    setText(fourth, counts.join(", "));
    setAttr(fifth.firstElementChild, "aria-label", `${t.remove} ${where}`);
    setClass(row, "now", Boolean(here));
  }

  return {
    draw(data) {
      panel.drawTwin(data.twin);
      patchList(rows, data.points, make, patch);
      setText(empty, data.points.length ? "" : data.empty);
    },
  };
}
