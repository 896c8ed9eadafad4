// The worker's life: one is started, watched, stopped when Python is busy for too long, and
// replaced by another when it dies. The page holds the last copy of the run that it handed over,
// so that the next one goes on there.

import { DocumentLink } from "./document_link.js";
import { t } from "./language.js";
import { onWay, trouble, untrouble } from "./trouble.js";

const PING_MS = 1000;
const SLOW_MS = 4000;     // a slice of the machine takes 8 ms: this long means something is wrong
const CELL_MS = 15_000;   // code of a lesson or of a student is one slice, which the page shows as running
const AGAIN_MS = 40;      // an interrupt is repeated until Python answers: the young are not stopped
const STUBBORN_MS = 2000; // after this long it is not going to
const SHORT_LIFE_MS = 20_000;
const SIGINT = 2;

export class Life {
  /** `options` is what worker.js needs to start; `archives` fetches what it unpacks. */
  constructor(options, archives, place) {
    this.options = options;
    this.archives = archives;
    this.place = place;
    this.kept = null;  // the last copy of the run: { facts, data }
    this.errors = [];  // what went wrong, for a report
    this.slowMs = options.fragment ? CELL_MS : SLOW_MS;
    this.lives = 0;
    onWay("restart", () => this.restart());
    onWay("stop", () => this.stop());
    document.addEventListener("vmlab-pause", () => this.interrupt());
    setInterval(() => this.ping(), PING_MS);
  }

  /** A new worker, and the link to its document. The archives may still be on their way. */
  begin() {
    const url = new URL("./worker.js", import.meta.url).href;
    // From a blob, so that the page's Content-Security-Policy is the worker's too: one from an
    // address has only what the server sends with it, and a plain host sends nothing.
    const blob = new Blob([`import ${JSON.stringify(url)};`], { type: "text/javascript" });
    const worker = this.worker = new Worker(URL.createObjectURL(blob), { type: "module" });
    this.resumed = this.kept;
    this.born = performance.now();
    this.waits = false;
    // Shared memory is there only where the server, or our service worker, isolates the page.
    this.signal = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    this.lives += 1;
    this.lock = `vmlab-worker-${crypto.randomUUID?.() ?? Math.random()}`;
    this.link = new DocumentLink(worker);
    worker.addEventListener("message", ({ data }) => this.receive(worker, data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker === this.worker) this.died(event.message ?? "");
    });
    worker.postMessage({
      ...this.options, type: "start", fragment: this.options.fragment ?? location.hash, language: document.documentElement.lang,
      signal: this.signal, lock: this.lock, kept: this.kept,
    });
    return this.link;
  }

  receive(worker, message) {
    if (worker !== this.worker) return;  // one that was given up
    if (this.signal) this.signal[0] = 0;  // it listens: it need not be interrupted
    this.waits = false;
    untrouble("wait");
    if (message.type === "kept") {
      this.kept = { facts: message.facts, data: message.data };
      document.dispatchEvent(new CustomEvent("vmlab-copy", { detail: this.kept }));
    }
    else if (message.type === "starting") this.watchLock(worker);
    else if (message.type === "dead") this.died(message.details);
    else if (message.type === "stopped") {
      const { position } = message;
      trouble("Stopped", () => position === null ? t("Python was busy.")
        : t("Python was busy. The machine is back at {at}.", { at: at(position) }), "", "note", "");
    } else if (message.type === "trouble") {
      this.errors.push({ title: message.title, text: message.text, details: message.details });
      trouble(message.title, message.text, message.details, "error", message.fatal ? "reload" : "restart");
    }
  }

  /** The worker holds a lock as long as it lives. Whoever gets it next knows that it is dead. */
  watchLock(worker) {
    navigator.locks?.request(this.lock, () => { if (worker === this.worker) this.died(""); });
  }

  ping() {
    if (!this.worker || !this.link.document || document.hidden) return;
    if (!this.waits) {
      this.waits = true;
      this.asked = performance.now();
      this.worker.postMessage({ type: "ping" });
    } else if (performance.now() - this.asked >= this.slowMs) this.slow();
  }

  /** Say that Python is busy, and offer to stop it. */
  slow() {
    const seconds = Math.round((performance.now() - this.asked) / 1000);
    trouble("The machine does not answer",
      () => t("Python has been busy for {n} seconds. Wait, or stop it.", { n: seconds }), "", "wait", "stop");
  }

  /** Ask Python to stop what it does, if it does something for long. False if that cannot be. */
  interrupt() {
    if (!this.signal) {
      this.hurry();
      return false;
    }
    const { worker, signal } = this;
    if (!this.waits) {
      this.waits = true;
      this.asked = performance.now();
      worker.postMessage({ type: "ping" });
    }
    const since = performance.now();
    const press = () => {
      if (worker !== this.worker || !this.waits) return;
      if (performance.now() - since > STUBBORN_MS) this.slow();
      else {
        signal[0] = SIGINT;
        setTimeout(press, AGAIN_MS);
      }
    };
    press();
    return true;
  }

  /** Nobody can interrupt it here: say sooner that it can be ended. */
  hurry() {
    const { worker } = this;
    if (!this.waits) {
      this.waits = true;
      this.asked = performance.now();
      worker.postMessage({ type: "ping" });
    }
    setTimeout(() => { if (worker === this.worker && this.waits) this.slow(); }, STUBBORN_MS / 2);
  }

  /** The user wants it stopped now: by an interrupt, else by ending the worker. */
  stop() {
    untrouble("wait");
    if (!this.signal || performance.now() - this.asked > this.slowMs + STUBBORN_MS) {
      this.replace("Stopped", () => t("Python was busy and had to be ended."));
      return;
    }
    const { worker } = this;
    this.interrupt();
    setTimeout(() => {
      if (worker === this.worker && this.waits) this.replace("Stopped", () => t("Python was busy and had to be ended."));
    }, STUBBORN_MS);
  }

  /** The worker is gone. Another goes on, unless this one died as soon as it began. */
  died(details) {
    this.errors.push({ title: "The machine stopped", text: "", details });
    if (!this.link.document) {
      this.end();
      trouble("Python could not start", () => t("Python could not go on in this tab."), details, "error",
        this.lives > 1 ? "reset" : "reload");
      this.link.onFailure(null);
    } else if (this.lives > 1 && this.kept === this.resumed && performance.now() - this.born < SHORT_LIFE_MS) {
      this.end();
      trouble("The machine stopped again", () => t("It stops at once where it was restarted. Keep a report, then reset."),
        details, "error", "reset");
    } else this.replace("The machine stopped", null, details, "error");
  }

  end() {
    this.worker?.terminate();
    this.worker = null;
    document.dispatchEvent(new CustomEvent("vmlab:worker", { detail: "gone" }));
    this.place.setAttribute("aria-busy", "true");
    this.place.inert = true;
  }

  restart() {
    if (this.link.document) this.replace("Stopped", null);
    else location.reload();
  }

  /** End this worker and start another where the copy of the run was made. The old picture stands,
   *  grey, until the new one can be drawn in its place. */
  async replace(title, why, details = "", kind = "note") {
    this.end();
    const older = this.link;
    older.close();
    const kept = this.kept;
    const where = kept && { at: at(JSON.parse(kept.facts).position) };
    const two = (first, then) => first ? t("{first} {then}", { first, then }) : then;
    const said = (sentence) => () => two(why?.(), two(kept && t("Your work is safe."), sentence()));
    const anew = this.options.fragment ? [() => t("Restarting."), () => t("Restarted.")]  // a lesson begins anew
      : [() => t("Restarting from the page's address."), () => t("Restarted from the page's address.")];
    trouble(title, said(() => where ? t("Restarting at {at}.", where) : anew[0]()), details, kind, "");
    const link = this.begin();
    const { worker } = this;
    try {
      for (const buffer of await this.archives()) worker.postMessage({ type: "archive", buffer }, [buffer]);
      await link.draw(this.place, older);
    } catch (error) {
      if (error) trouble("The page could not start", error.message, error.stack, "error", "reset");
      return;
    }
    this.place.inert = false;
    this.born = performance.now();
    trouble(title, said(() => where ? t("Restarted at {at}.", where) : anew[1]()), details, kind, "");
  }
}

const at = (position) => `#${position.toLocaleString("en")}`;
