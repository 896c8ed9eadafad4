// The program of the exercise: kept at each change, taken up again, and what its checks came to. The
// editor is Python's part of the page; here is what this device keeps of it.

import { say } from "./words.js";
import { MOST_ATTEMPTS, MOST_SOURCE, now } from "./progress.js";

const WRITE_MS = 600;  // after the last letter
const MINUTE_MS = 60_000;
const later = (one, other) => (one ? Date.parse(one) : 0) > (other ? Date.parse(other) : 0);

export class Program {
  /** `exercise` is its slug. `send` tells Python what to do, `tell` the page. */
  constructor(lay, work, slug, exercise, send, tell) {
    Object.assign(this, { work, slug, exercise, send, tell, base: null, waiting: null, saving: 0, lost: false, checks: "", why: "" });
    this.line = lay.querySelector("[data-saved]");
    this.take = this.line.querySelector("button");
    this.check = lay.querySelector("[data-check]");
    this.source = this.starter = lay.querySelector(".begin code")?.textContent ?? "";
    this.take.textContent = say("take_over");
    this.take.addEventListener("click", () => this.restore());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.write(); });
    setInterval(() => this.draw(), MINUTE_MS / 2);
    work.listen(() => this.draw());
  }

  get kept() { return this.work.lesson(this.slug)?.exercise ?? null; }

  /** Put what is kept into the editor. */
  restore() {
    const { kept } = this;
    this.base = kept?.edited ?? "";
    if (kept?.source) {
      this.source = kept.source;
      this.send({ command: "restore", source: kept.source });
    }
    this.draw();
  }

  /** The text in the editor has changed. */
  changed(source) {
    if (source === this.source && this.waiting === null) return;
    this.waiting = this.source = source.slice(0, MOST_SOURCE);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), WRITE_MS);
    this.draw();
  }

  /** Keep it. What another tab has written since is not lost: it becomes a text of its own. */
  async write() {
    clearTimeout(this.timer);
    const { waiting: source, base } = this, edited = now();
    if (source === null) return;
    this.waiting = null;
    this.base = edited;
    let theirs = null;
    this.saving += 1;
    const kept = await this.work.change(this.slug, (record) => {
      const there = record.exercise ?? { slug: this.exercise, source: "", edited: "", attempts: [] };
      if (there.source && there.source !== source && later(there.edited, base) && there.edited !== edited) theirs = there.source;
      record.exercise = { ...there, source, edited };
      return record;
    });
    this.saving -= 1;
    this.lost = !kept;
    this.draw();
    if (kept && theirs !== null) {
      const name = `${this.exercise}.py`;
      await this.work.putText(name, theirs);
      this.tell(say("both_kept", { name }));
    }
  }

  /** Have it checked, now or when there is a machine. */
  order(ready) {
    this.checks = ready ? "checking" : "waits";
    this.state(say(this.checks));
    if (ready) this.send({ command: "check" });
  }

  /** What was asked for while there was no machine. */
  begin() { if (this.checks === "waits") this.order(true); }

  /** A check has ended without a verdict: it was stopped or refused, or its machine is gone. */
  ended() {
    if (this.checks !== "checking") return;
    this.checks = "";
    this.state(this.why, this.why ? "fail" : "");
  }

  /** Why the program could not even be checked; "" where it could. */
  refused(why) {
    this.why = why;
    if (!why) return;
    this.checks = "checking";
    this.ended();
  }

  /** A check has ended. */
  checked(verdict) {
    this.checks = "";
    this.write();  // an attempt is never kept without its program
    const failed = verdict.rows.filter(({ passed }) => !passed);
    const attempt = {
      at: now(), seed: verdict.seed, passed: verdict.passed, score: verdict.score,
      failed: failed.map(({ property, hint }) => ({ property, hint: hint ?? "" })),
    };
    this.work.change(this.slug, (record) => {
      const there = record.exercise ?? { slug: this.exercise, source: "", edited: "", attempts: [] };
      record.exercise = { ...there, attempts: [...there.attempts, attempt].slice(-MOST_ATTEMPTS) };
      return record;
    });
    const all = verdict.rows.length;
    this.state(say(verdict.passed ? "all_hold" : "some_hold", { n: all - failed.length, all, score: verdict.score, seed: verdict.seed }), verdict.passed ? "pass" : "fail");
  }

  /** What stands beside the button. */
  state(text, look = "") {
    if (!this.check) return;
    const place = this.check.querySelector(".st");
    place.className = `st note ${look}`;
    place.textContent = text;
  }

  draw() {
    const { kept } = this;
    const busy = this.waiting !== null || this.saving > 0;
    this.line.hidden = !kept?.edited && !busy || this.lost && !busy;  // that nothing can be kept, the page says above
    if (this.line.hidden) return;
    // Written by another tab, and not by what is being written here.
    const theirs = !busy && this.base !== null && later(kept.edited, this.base) && kept.source !== this.source;
    const minutes = busy ? 0 : Math.floor((Date.now() - Date.parse(kept.edited)) / MINUTE_MS);
    const text = busy ? say("saving") : theirs ? say("elsewhere") : minutes < 1 ? say("saved_now") : say("saved_minutes", { n: minutes });
    this.line.setAttribute("aria-live", theirs ? "polite" : "off");  // not at each pause in typing
    const place = this.line.firstElementChild;
    if (place.textContent !== text) place.textContent = text;
    this.take.hidden = !theirs;
  }
}
