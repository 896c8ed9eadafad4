// Predictions: chosen, locked before the run, kept, and shown beside what the machine showed. Nothing
// is scored. In a presentation a class votes by letters, and nothing is kept.

import { say } from "./words.js";
import { now } from "./progress.js";

const staged = () => document.documentElement.dataset.stage === "on";

/** A sentence whose values are pieces of the page. */
function sentence(key, values) {
  const made = document.createDocumentFragment();
  for (const part of say(key).split(/(\{\w+\})/)) {
    const value = values[/^\{(\w+)\}$/.exec(part)?.[1]];
    made.append(value ? value.cloneNode(true) : part);
  }
  return made;
}

class Question {
  constructor(place, all) {
    Object.assign(this, { place, all, id: place.dataset.question, cell: Number(place.dataset.cell), votes: {}, revealed: false });
    this.options = [...place.querySelectorAll("[data-option]")];
    this.act = place.querySelector(".act");
    this.stage = place.querySelector(".act.stage");
    this.note = place.querySelector("[data-note]");
    this.result = place.querySelector(".res > div");
    place.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button?.dataset.vote) this.vote(button);
      else if (button) this[button.dataset.do]?.();
    });
  }

  get record() { return this.all.work.lesson(this.all.slug); }
  get answer() { return this.record?.answers[this.id]?.option ?? null; }
  get skipped() { return this.record?.skipped.includes(this.id) ?? false; }
  /** What the machine showed, now or on an earlier visit. */
  get observed() { return this.all.seen[this.id] ?? (staged() ? null : this.record?.observed[this.id] ?? null); }
  /** Whether a step behind it may not run yet. */
  get open() { return !staged() && this.answer === null && !this.skipped && this.observed === null; }

  lock() {
    const chosen = this.place.querySelector("input:checked");
    if (!chosen) {
      this.note.textContent = say("choose_first");
      this.place.querySelector("input").focus();
      return;
    }
    this.all.change((record) => {
      record.answers[this.id] ??= { option: chosen.value, at: now() };  // another tab may have been first
      record.skipped = record.skipped.filter((id) => id !== this.id);
      return record;
    });
    this.place.focus({ preventScroll: true });
  }

  skip() {
    this.all.change((record) => {
      if (!(this.id in record.answers)) record.skipped = [...new Set([...record.skipped, this.id])];
      return record;
    });
    this.place.focus({ preventScroll: true });
  }

  // A class votes ----------------------------------------------------------------------------------

  vote(button) {
    this.votes[button.dataset.vote] = (this.votes[button.dataset.vote] ?? 0) + 1;
    this.draw();
  }
  clear() {
    this.votes = {};
    this.draw();
  }
  reveal() {
    this.revealed = this.observed !== null;
    this.draw();
    if (!this.revealed) this.place.querySelector("[data-stage-note]").textContent = say("run_first");
  }

  draw() {
    const on = staged(), { answer, observed } = this;
    const told = observed !== null && (!on || this.revealed);
    this.place.dataset.state = told ? "told" : answer !== null ? "locked" : this.skipped ? "skipped" : "open";
    for (const option of this.options) {
      const { option: id } = option.dataset, input = option.querySelector("input");
      const mine = !on && id === answer, right = told && id === observed;
      input.checked = answer === null ? input.checked : id === answer && !on;
      input.disabled = on || answer !== null || told;
      option.classList.toggle("mine", mine);
      option.classList.toggle("right", right);
      const marks = [mine && tag("tag", say("your_answer")), right && tag("pass", say("shown_by_machine"))].filter(Boolean);
      option.querySelector(".marks").replaceChildren(...marks);
      const card = option.querySelector(".card"), letter = card.dataset.vote;
      card.hidden = !on;
      card.querySelector(".count").textContent = this.votes[letter] || "";
      card.setAttribute("aria-label", `${letter}: ${this.votes[letter] ?? 0}`);
    }
    this.act.hidden = on || answer !== null || told;
    this.act.querySelector("[data-do=skip]").hidden = this.skipped;
    if (this.skipped) this.note.textContent = say("skipped");
    this.stage.hidden = !on;
    this.stage.querySelector("[data-do=reveal]").hidden = told;
    this.stage.querySelector("[data-do=clear]").hidden = !Object.keys(this.votes).length;
    if (observed !== null) this.place.querySelector("[data-stage-note]").textContent = "";
    this.drawResult(told, on ? null : answer, observed);
  }

  drawResult(told, answer, observed) {
    const line = this.result.querySelector("[data-result]"), why = this.result.querySelector(".why");
    const waits = !told && answer !== null;
    this.result.hidden = !told && !waits;
    why.hidden = !told;
    const text = (id, look) => {
      const made = tag(look, id);
      const from = this.options.find((one) => one.dataset.option === id)?.querySelector(".tx");
      if (from) made.replaceChildren(...[...from.childNodes].map((node) => node.cloneNode(true)));
      return made;
    };
    const key = told ? answer !== null ? "said_showed" : this.skipped && !staged() ? "skipped_showed" : "showed" : waits ? "locked" : "";
    const drawn = [key, answer, observed].join(" ");
    if (this.drawn === drawn) return;  // only news is read aloud
    this.drawn = drawn;
    line.replaceChildren(key ? sentence(key, { said: text(answer, "said"), showed: text(observed, "showed") }) : "");
  }
}

function tag(className, text) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

export class Questions {
  /** `seen` is what the machine showed since it was started. */
  constructor(lay, work, slug) {
    Object.assign(this, { work, slug, seen: {} });
    this.all = [...lay.querySelectorAll("[data-question]")].map((place) => new Question(place, this));
  }

  /** The questions before a cell that wait for an answer. */
  openBefore(cell) { return this.all.filter((one) => one.cell < cell && one.open); }

  change(change) {
    if (!staged()) this.work.change(this.slug, change);
  }

  /** The machine showed these options. */
  observed(found) {
    Object.assign(this.seen, found);
    const kept = this.work.lesson(this.slug)?.observed ?? {};
    if (Object.entries(found).some(([id, option]) => kept[id] !== option)) {
      this.change((record) => {
        Object.assign(record.observed, found);
        return record;
      });
    }
    this.draw();
  }

  /** The answers by question, for Python. */
  answers() {
    const answers = this.work.lesson(this.slug)?.answers ?? {};
    return Object.fromEntries(Object.entries(answers).map(([id, { option }]) => [id, option]));
  }

  draw() { this.all.forEach((one) => one.draw()); }
}
