// The editor of assembly, in a dialog beside the pictures, so that one sees the program run.
// The editor is Ace (ace.js), loaded when the dialog is first opened, or a plain text area.

import { aceIn, loadAce } from "./ace.js";
import { h, icon, patchList, setAttr, setText } from "./dom.js";

let carried = null;  // from a view of this page to the next, which speaks another language

/** How to read the language: all of its words come from the assembler's own tables. */
function modeOf(ace, words) {
  const { TextHighlightRules } = ace.require("ace/mode/text_highlight_rules");
  const { Mode: TextMode } = ace.require("ace/mode/text");
  class Rules extends TextHighlightRules {
    constructor() {
      super();
      const word = this.createKeywordMapper({
        keyword: words.mnemonics.join("|"), "variable.language": words.registers.join("|"),
        "support.constant": words.csrs.join("|"), "keyword.other": words.directives.join("|"),
      }, "identifier", true);
      this.$rules = {
        start: [
          { token: "comment", regex: "(?:#|//).*$" },
          { token: "comment", regex: "/\\*", next: "comment" },
          { token: "string", regex: '"(?:[^"\\\\]|\\\\.)*"?' },
          { token: "string", regex: "'(?:[^'\\\\]|\\\\.)'" },
          { token: "entity.name.function", regex: "[\\w.$]+(?=\\s*:)" },
          { token: "constant.numeric", regex: "\\b(?:0[xX][\\da-fA-F]+|0[bB][01]+|\\d+[fb]?)\\b" },
          { token: word, regex: "[A-Za-z_.$%][\\w.$]*" },
        ],
        comment: [{ token: "comment", regex: "\\*/", next: "start" }, { defaultToken: "comment" }],
      };
    }
  }
  class Mode extends TextMode {
    constructor() {
      super();
      this.HighlightRules = Rules;
      this.lineCommentStart = "#";
      this.$id = "vmlab/riscv";
    }
  }
  return new Mode();
}

export function assembly(ctx) {
  const t = ctx.t;
  const name = h("input", { class: "as-name", type: "text", "aria-label": t.name, maxlength: "60", spellcheck: "false", value: "program.S" });
  const plain = h("textarea", { class: "as-plain", "aria-label": t.source, spellcheck: "false" });
  const place = h("div", { class: "as-ed" }, plain);
  const example = h("select", { class: "btn", "aria-label": t.example },
    h("option", { value: "" }, t.example), ...t.examples.map(([value, title]) => h("option", { value }, title)));
  const problems = h("ol", { class: "as-bad" });
  const verdict = h("p", { class: "as-said", role: "status" });
  const news = h("p", { class: "note as-news", role: "status" });
  const opener = h("button", {
    class: "btn", type: "button", title: t.hint, "aria-label": t.button, "aria-haspopup": "dialog", "aria-expanded": "false",
    onclick: () => show(dialog.hidden),
  }, icon("pen"), h("span", {}, t.button));
  const button = (words, onclick, extra = "") => h("button", { class: `btn ${extra}`, type: "button", onclick }, words);
  const dialog = h("div", { class: "as panel", role: "dialog", "aria-label": t.button, tabindex: "-1", hidden: true },
    h("header", {}, h("h2", {}, t.button), name, h("span", { class: "grow" }),
      h("button", { class: "mini", type: "button", onclick: () => show(false) }, t.close)),
    h("div", { class: "as-bar" }, button(t.run, () => go(true), "pri"), button(t.check, () => go(false)), example,
      button(t.new, () => fresh({ name: "program.S", text: "" }))),
    place, verdict, problems, h("p", { class: "note" }, t.keys), news);
  ctx.host.append(opener);
  ctx.dialog = dialog;

  let ace = null, made = null, given = 0, filling = false, filled = 0, begun = false, wanted = null;
  let record = null;  // what is kept of this text, by whoever keeps texts

  const text = () => made ? made.getValue() : plain.value;
  function fill(value) {
    ctx.editor.onreplace?.();  // what stood there is kept first
    filled += 1;
    filling = true;
    if (made) { made.session.setValue(value); made.moveCursorTo(0, 0); } else plain.value = value;
    filling = false;
  }
  function replace(next) {
    fill(next.text);
    record = next.id ? next : null;
    name.value = next.name;
  }
  function fresh(next) {
    replace(next);
    setText(news, "");
    ctx.send({ command: "changed" });
    focusText();
  }
  function changed() {
    if (filling) return;
    if (problems.children.length || verdict.textContent) ctx.send({ command: "changed" });
    ctx.editor.onchange?.();
  }
  // With the number of the last source that came: Python knows of one that is still on its way.
  function go(run) { ctx.send({ command: "assemble", name: name.value, text: text(), run, given }); }
  function focusText() { if (!dialog.hidden) (made ?? plain).focus(); }
  function toLine(line, column) {
    if (made) { made.gotoLine(line, column - 1); made.focus(); return; }
    const at = plain.value.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    plain.focus();
    plain.setSelectionRange(at, at);
  }

  /** Put Ace where the text area is. */
  async function start() {
    if (begun) return;
    begun = true;
    ctx.send({ command: "words" });
    setText(news, t.loading);
    ace = await loadAce();
    setText(news, "");
    upgrade();
  }
  function upgrade() {
    if (!ace || !wanted || made || !dialog.isConnected) return;
    made = aceIn(ace, plain, { mode: modeOf(ace, wanted), tabSize: 8, label: t.source, roles: t.roles });
    made.commands.addCommand({ name: "run", bindKey: { win: "Ctrl-Enter", mac: "Command-Enter|Ctrl-Enter" }, exec: () => go(true) });
    made.session.on("change", changed);
    setAttr(dialog, "data-editor", "ace");
  }

  function show(on) {
    dialog.hidden = !on;
    setAttr(opener, "aria-expanded", on ? "true" : "false");
    if (!on) { opener.focus(); return; }
    ctx.root.dispatchEvent(new CustomEvent("vm-opens", { detail: ctx.kind }));
    start().then(focusText);
    plain.focus();
  }
  // Two dialogs stand in the same place: the one that opens closes the other.
  ctx.root.addEventListener("vm-opens", ({ detail }) => {
    if (detail === ctx.kind || dialog.hidden) return;
    dialog.hidden = true;
    setAttr(opener, "aria-expanded", "false");
  });
  plain.addEventListener("input", changed);
  name.addEventListener("input", () => ctx.editor.onchange?.());
  example.addEventListener("change", () => { if (example.value) ctx.send({ command: "example", name: example.value }); example.value = ""; });
  dialog.addEventListener("keydown", (event) => {
    // Nothing that is typed here is a key of the workbench.
    event.stopPropagation();
    const inText = place.contains(event.target);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) { event.preventDefault(); go(true); }
    else if (event.key === "Escape" && !inText) show(false);
    else if (event.key === "Escape" && event.target === plain) name.focus();
  });

  /** For whoever keeps texts: what is there, and when it changes. */
  ctx.editor = {
    onchange: null,
    onreplace: null,
    value: () => ({ name: name.value, text: text(), record, filled }),
    kept(next) { record = next; },
    rename(next) { name.value = next; },
    open(next) { show(true); fresh(next); },
    restore(next) { if (!text()) replace(next); },
    say: (sentence) => setText(news, sentence),
  };

  if (ctx.page && carried) {
    replace(carried);
    ({ record, filled, given } = carried);
    carried = null;
  }

  return {
    draw(data) {
      if (!dialog.hidden) start();  // it was open in the view before
      if (data.words) { wanted = data.words; upgrade(); }
      if (data.given && data.given[0] !== given) {
        const [number, called, source] = data.given;
        given = number;
        replace({ name: called, text: source });
        focusText();
      }
      setText(verdict, data.verdict);
      setAttr(verdict, "data-bad", data.problems.length > 0);
      patchList(problems, data.problems, () => {
        const row = h("button", { type: "button" }, h("b"), h("span"));
        row.addEventListener("click", () => toLine(Number(row.dataset.line), Number(row.dataset.column)));
        return h("li", {}, row);
      }, (item, [line, column, message]) => {
        const row = item.firstElementChild;
        Object.assign(row.dataset, { line, column });
        setText(row.firstElementChild, t.line.replace("{line}", line).replace("{column}", column));
        setText(row.lastElementChild, message);
      });
      made?.session.setAnnotations(data.problems.map(([line, column, message]) => (
        { row: line - 1, column: column - 1, text: message, type: "error" })));
    },
    remove() {
      if (ctx.page) carried = { name: name.value, text: text(), record, filled, given };
      made?.destroy();
    },
  };
}
