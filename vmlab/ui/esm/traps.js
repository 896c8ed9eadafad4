// The trap log. A click on a row travels there.

import { h, owner, patchList, rove, setAttr, setClass, setOwner, setText } from "./dom.js";
import { emptyNote, makePanel } from "./panel.js";

export function traps(ctx) {
  const t = ctx.t;
  const fold = h("button", {
    class: "mini", type: "button", "aria-expanded": "false", title: t.filter_hint,
    onclick: () => { filter.hidden = !filter.hidden; setAttr(fold, "aria-expanded", filter.hidden ? "false" : "true"); },
  }, t.filter);
  const panel = makePanel(ctx, fold);
  const select = (label, command) => h("select", {
    class: "mini", "aria-label": label, onchange: (event) => ctx.send({ command, value: event.target.value }),
  });
  const show = select(t.show, "show"), from = select(t.from, "source"), to = select(t.to, "target");
  const words = h("input", { class: "adr", type: "search", "aria-label": t.words, placeholder: t.words });
  words.addEventListener("input", () => ctx.send({ command: "words", value: words.value }));
  const causes = h("div", { class: "chips", role: "group", "aria-label": t.causes });
  const clear = h("button", { class: "mini", type: "button", onclick: () => ctx.send({ command: "clear" }) }, t.clear);
  const filter = h("div", { class: "flt", hidden: true }, h("div", { class: "goto" }, show, from, to, words, clear), causes);
  const rows = h("tbody");
  const head = h("tr", {}, ...ctx.t.columns.map((title, at) => h("th", { scope: "col", class: at ? null : "num" }, title)));
  const table = h("table", { class: "tl" }, h("thead", {}, head), rows);
  const empty = emptyNote();
  panel.body.append(filter, table, empty);
  const oneStop = rove(rows, ".go", () => rows.lastElementChild?.querySelector(".go"));
  let drawn = 0;

  function make() {
    const go = h("button", { class: "go", type: "button" });
    go.addEventListener("click", () => ctx.send({ command: "go", position: Number(go.dataset.position) }));
    return h("tr", {}, h("td", { class: "num" }, go),
      h("td", {}, owner(), h("span", { class: "ar" }, "\u2192"), owner()),
      h("td", {}, h("span", { class: "cz" }), " ", h("span")),
      h("td", { class: "wh" }));
  }

  function patch(row, [position, from, to, tag, cause, where, tip, here]) {
    const go = row.cells[0].firstElementChild;
    const [left, , right] = row.cells[1].children;
    const [number, words] = row.cells[2].children;
    setText(go, position.toLocaleString("en"));
    setAttr(go, "data-position", position);
    setAttr(go, "aria-label", `${ctx.t.go} #${position.toLocaleString("en")}`);
    setOwner(left, from, `${ctx.t.owners[from]}, ${from}`);
    setOwner(right, to, `${ctx.t.owners[to]}, ${to}`);
    setText(number, tag);
    number.hidden = tag === "";
    setText(words, cause);
    setText(row.cells[3], where);
    setAttr(row.cells[3], "title", tip);
    setClass(row, "ret", tag === "");
    setClass(row, "int", tag.startsWith("i"));
    setClass(row, "cur", Boolean(here));
    setAttr(row, "aria-current", here ? "true" : null);
  }

  function options(node, choices, chosen) {
    patchList(node, choices, () => h("option"), (option, [value, text]) => { option.value = value; setText(option, text); });
    if (node.value !== chosen) node.value = chosen;
  }
  function drawFilter(data) {
    options(show, t.shows, data.show);
    options(from, [["", t.any_from], ...data.modes.map((mode) => [mode, `${t.from} ${mode}`])], data.source);
    options(to, [["", t.any_to], ...data.modes.map((mode) => [mode, `${t.to} ${mode}`])], data.target);
    // What is being typed stays as it is: an answer may come later than the next letter.
    if (words.getRootNode().activeElement !== words && words.value !== data.words) words.value = data.words;
    clear.hidden = !data.on;
    setAttr(fold, "aria-pressed", data.on ? "true" : "false");
    patchList(causes, data.causes, () => {
      const chip = h("button", { class: "chip", type: "button" }, h("span", { class: "cz" }), h("span"), h("b"));
      chip.addEventListener("click", () => ctx.send({ command: "cause", tag: chip.dataset.tag }));
      return chip;
    }, (chip, [tag, name, count, on]) => {
      setAttr(chip, "data-tag", tag);
      setAttr(chip, "aria-pressed", on ? "true" : "false");
      [tag, name, count].forEach((text, at) => setText(chip.children[at], text));
    });
  }

  return {
    draw(data) {
      drawFilter(data.filter);
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.rows.length ? "" : data.empty);
      table.hidden = !data.rows.length;
      const body = panel.body;
      const atEnd = body.scrollTop + body.clientHeight > body.scrollHeight - 40;
      patchList(rows, data.rows, make, patch);
      oneStop();
      if (atEnd || data.rows.length !== drawn) body.scrollTop = body.scrollHeight;
      drawn = data.rows.length;
    },
  };
}
