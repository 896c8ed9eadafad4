// The exercise: an editor of Python, the checks, the hint. What is written goes to the page, which
// keeps it; Python gets it when it is checked.

import { aceIn, loadAce } from "../ace.js";
import { h, icon, setAttr, setText } from "../dom.js";
import { textTwin } from "../panel.js";
import { tellPage } from "./steps.js";
import { verdictParts } from "./verdict.js";

const RESET_MS = 4000;
const KEEP_MS = 400;       // a pause in typing, after which the page keeps the text
const MOST_MS = 60_000;    // a check that takes longer is interrupted

export function lessonExercise(ctx) {
  const t = ctx.t;
  const steps = ctx.beside("lesson");
  const plain = h("textarea", { class: "as-plain", "aria-label": t.source, spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  const place = h("div", { class: "ls-ed" }, plain);
  const said = h("p", { class: "ls-said", role: "status" });
  const news = h("p", { class: "note", role: "status", hidden: true });
  const runWord = h("span"), runIcon = icon("run"), runKey = h("kbd", { "aria-hidden": "true" }, "Ctrl+Enter");
  const run = h("button", { class: "btn pri", type: "button", "aria-keyshortcuts": "Control+Enter", onclick: () => go() }, runIcon, runWord, runKey);
  const stop = h("button", { class: "btn", type: "button", hidden: true, onclick: () => steps.stop() }, icon("pause"), t.stop);
  const reset = h("button", { class: "btn quiet", type: "button", onclick: () => askReset() }, t.reset);
  const printed = h("pre", { tabindex: "0" });
  const output = h("details", { class: "ls-printed", hidden: true }, h("summary", {}, t.printed), printed);
  const { rows, parts, draw } = verdictParts(ctx.root, t.words);
  const twin = textTwin(ctx, [rows]);  // of the checks: the program is text, and so is a hint
  setText(runWord, t.check);
  setAttr(ctx.host, "aria-labelledby", "vm-exercise-title");
  ctx.host.append(
    h("header", {}, h("div", {}, h("h2", { id: "vm-exercise-title" }, t.number ? `${t.number} · ${t.name}` : t.name),
      h("p", { class: "note" }, t.write.split("{names}")[0], h("code", {}, t.defines))), h("span", { class: "grow" }), twin.toggle),
    place,
    h("div", { class: "ls-bar" }, run, stop, reset, said),
    rows, twin.place, ...parts, output, h("p", { class: "note ls-keys" }, t.keys), news,
  );

  let ace = null, made = null, filling = false, keeping = 0, askedAt = 0, checking = false, watchdog = 0;
  let marks = [];  // of the line that raised, in the editor

  const text = () => made ? made.getValue() : plain.value;
  function fill(value) {
    if (value === text()) return;
    filling = true;
    if (made) { made.session.setValue(value); made.moveCursorTo(0, 0); } else plain.value = value;
    filling = false;
    mark(null);
  }
  function keep() {
    clearTimeout(keeping);
    keeping = 0;
    tellPage({ source: text() });
  }
  function changed() {
    if (filling) return;
    mark(null);
    clearTimeout(keeping);
    keeping = setTimeout(keep, KEEP_MS);
  }
  function go(source) {
    if (checking) return;
    if (typeof source === "string") fill(source);
    if (keeping) keep();
    ctx.send({ command: "check", source: text() });
  }
  function askReset() {
    const again = Date.now() - askedAt <= RESET_MS;
    askedAt = again ? 0 : Date.now();
    if (again) { fill(t.starter); keep(); } else setTimeout(nameReset, RESET_MS + 50);
    nameReset();
  }
  function nameReset() {
    const again = Date.now() - askedAt <= RESET_MS;
    setText(reset, again ? t.reset_ask : t.reset);
    setAttr(reset, "class", again ? "btn ask" : "btn quiet");
  }

  /** Mark the line that raised, with the sentence that says so. */
  function mark(line, sentence = "") {
    if (!made) return;
    marks.forEach((id) => made.session.removeMarker(id));
    marks = [];
    made.session.setAnnotations(line ? [{ row: line - 1, column: 0, text: sentence, type: "error" }] : []);
    if (!line || !ace) return;
    const { Range } = ace.require("ace/range");
    marks = [made.session.addMarker(new Range(line - 1, 0, line - 1, Infinity), "ls-bad-line", "fullLine")];
  }

  /** Put Ace where the text area is, when somebody can see it. */
  async function start() {
    setText(news, t.loading);
    ace = await loadAce("python");
    setText(news, "");
    if (!ace || made || !plain.isConnected) return;
    made = aceIn(ace, plain, { mode: "ace/mode/python", tabSize: 4, label: t.source, roles: t.roles });
    made.setOptions({ minLines: 10, maxLines: 28 });
    made.commands.addCommand({ name: "run", bindKey: { win: "Ctrl-Enter", mac: "Command-Enter|Ctrl-Enter" }, exec: () => go() });
    made.session.on("change", changed);
    setAttr(ctx.host, "data-editor", "ace");
    if (shown) mark(shown.verdict?.line, shown.verdict?.hint?.sentence);
  }
  let shown = null;
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    start();
  }, { rootMargin: "400px" });
  seen.observe(ctx.host);

  plain.addEventListener("input", changed);
  ctx.host.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) { event.preventDefault(); go(); }
    if (place.contains(event.target)) event.stopPropagation();  // nothing that is typed here is a key of the page
    if (event.key === "Escape" && event.target === plain) run.focus();
  });
  // The page hears of what was typed last even as it goes away; whether there is still time to keep it, the browser says.
  const leaving = () => { if (keeping) keep(); };
  addEventListener("pagehide", leaving);

  plain.value = ctx.before ?? t.starter;
  steps.check = go;
  steps.fill = fill;

  return {
    draw(data) {
      shown = data;
      const was = checking;
      checking = data.checking;
      if (checking && !was) watchdog = setTimeout(() => steps.stop(), MOST_MS);
      if (!checking) clearTimeout(watchdog);
      setAttr(run, "aria-disabled", checking ? "true" : null);
      stop.hidden = !checking;
      setText(said, data.said);
      setAttr(said, "data-look", data.refused ? "bad" : null);
      draw(data.rows, data.verdict, checking);
      twin.draw(data.twin);
      setText(printed, data.printed);
      output.hidden = !data.printed;
      if (!checking) mark(data.verdict?.line ?? null, data.verdict?.hint?.sentence);
      steps.tell({ verdict: data.verdict, refused: data.refused ? data.said : "" });
    },
    text,
    remove() {
      clearTimeout(watchdog);
      removeEventListener("pagehide", leaving);
      leaving();
      seen.disconnect();
      made?.destroy();
    },
  };
}
