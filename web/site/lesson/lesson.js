// A lesson's page: what is read, predicted and kept works without Python; what runs waits for it.
//
//   Python -> page   "vmlab:lesson"     {ready, busy, cells, observed, verdict, refused, source}: what changed
//   page -> Python   "vmlab:lesson-do"  {command: run | again | check | stop | restart | restore, ...}
//   page's worker    "vmlab:worker"     "gone": it was ended, another one begins

import { say } from "./words.js";
import { Work } from "./work.js";
import { Questions } from "./questions.js";
import { Cells } from "./cells.js";
import { Steps } from "./steps.js";
import { Program } from "./program.js";
import { mark } from "./marks.js";

const lay = document.querySelector(".lay");
const slug = lay.dataset.lesson;
const exercise = lay.querySelector(".toc [aria-current]")?.dataset.exercise;
const line = lay.querySelector("[data-tell]");
const staged = () => document.documentElement.dataset.stage === "on";

/** A sentence above the text; `act` is a button's words and what it does. */
function tell(sentence, act = null) {
  line.replaceChildren(sentence);
  line.hidden = !sentence;
  if (!act) return;
  const [words, does] = act, button = document.createElement("button");
  Object.assign(button, { className: "btn", type: "button", textContent: words, onclick: () => { tell(""); does(); } });
  line.append(" ", button);
}

const send = (detail) => document.dispatchEvent(new CustomEvent("vmlab:lesson-do", { detail }));
const work = new Work(lay, tell);
const questions = new Questions(lay, work, slug);
const done = () => work.lesson(slug)?.done ?? [];
const cells = new Cells(lay, questions, send, (number) => done().includes(number));
const steps = new Steps(lay);
const program = exercise ? new Program(lay, work, slug, exercise, send, tell) : null;
// Until now nobody listened: who is quicker than this script presses nothing for nothing.
for (const button of lay.querySelectorAll("[data-do]:disabled")) button.disabled = false;

function draw() {
  questions.draw();
  cells.draw();
  steps.done(done());
  mark(document.querySelector(".toc"), work);
}
work.listen(draw);
work.opening.then(draw);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-stage"] });

async function begin() {
  await work.opening;
  send({ command: "restore", answers: questions.answers() });
  program?.restore();
  cells.begin();
  program?.begin();
}

let last = "";  // the answers that Python knows
work.listen(() => {
  const answers = questions.answers(), now = JSON.stringify(answers);
  if (cells.ready && now !== last) send({ command: "restore", answers });
  last = now;
});

document.addEventListener("vmlab:lesson", ({ detail }) => {
  const ran = cells.take(detail);
  if (detail.observed && Object.keys(detail.observed).length) questions.observed(detail.observed);
  if (ran.some((number) => !done().includes(number)) && !staged()) {
    work.change(slug, (record) => ({ ...record, done: [...new Set([...record.done, ...ran])].sort((a, b) => a - b) }));
  }
  if (program && typeof detail.refused === "string") program.refused(detail.refused);
  if (program && detail.verdict) program.checked(detail.verdict);
  else if (program && detail.busy === false) program.ended();
  if (program && typeof detail.source === "string") program.changed(detail.source);
  if (detail.ready) begin();
});

document.addEventListener("vmlab:worker", () => {
  if (!cells.ready) return;
  program?.ended();
  const reached = cells.forget();
  if (reached) tell(say("gone"), [say("run_again_to", { n: reached }), () => cells.order("run", reached)]);
  else tell(say("gone"));
});

// The check of the exercise: the editor has a button of its own, too.
lay.querySelector("[data-check]")?.addEventListener("click", ({ target }) => {
  if (target.closest("[data-do=check]")) program.order(cells.ready);
});

// All is there on paper, folded or not.
addEventListener("beforeprint", () => {
  for (const one of lay.querySelectorAll("details:not([open])")) {
    one.open = true;
    addEventListener("afterprint", () => { one.open = false; }, { once: true });
  }
});
