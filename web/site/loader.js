// Downloads, with the loader strip above the page: step k of n, its name, bytes of the total.
// Every number is counted from what arrived. Sizes are unpacked sizes, because that is what a
// browser hands out, however the server packed it.

import { onLanguage, t } from "./language.js";

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const TYPICAL = "vmlab-start-ms";  // how long the last start took on this device

export class Loader {
  constructor(steps, site) {
    this.site = site;
    this.steps = steps;
    this.total = new Map(steps.map((step) => [step, step.files.reduce((n, f) => n + f.bytes, 0)]));
    this.had = new Map(steps.map((step) => [step, 0]));
    this.all = [...this.total.values()].reduce((a, b) => a + b, 0);
    this.bar = document.getElementById("load-bar");
    this.bar.setAttribute("aria-valuemax", this.all);
    // Widths follow bytes; the last segment, starting, has none and gets a token width.
    this.bar.replaceChildren(...[...this.total.values(), this.all / 12].map((weight) => {
      const segment = document.createElement("i");
      segment.style.setProperty("--w", weight);
      return segment;
    }));
    this.draw();
    onLanguage(() => { this.draw(); this.said?.(); });
  }

  /** Fetch a step's files, in order; resolves to their ArrayBuffers. */
  async fetchStep(step) {
    return Promise.all(step.files.map((file) => this.fetchFile(step, file)));
  }

  async fetchFile(step, file) {
    const failed = (why) => new Error(
      t("{url} could not be loaded: {why}. Check the connection, then restart.", { url: file.url, why }));
    const response = await fetch(new URL(file.url, this.site)).catch((e) => { throw failed(e.message); });
    if (!response.ok) throw failed(t("the server answered {status}", { status: response.status }));
    const chunks = [];
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.push(part.value);
      this.had.set(step, this.had.get(step) + part.value.length);
      this.draw();
    }
    return new Blob(chunks).arrayBuffer();
  }

  draw() {
    const had = [...this.had.values()].reduce((a, b) => a + b, 0);
    this.steps.forEach((step, index) => {
      const share = 100 * this.had.get(step) / this.total.get(step);
      this.bar.children[index].style.setProperty("--p", `${share}%`);
    });
    const current = this.steps.findIndex((step) => this.had.get(step) < this.total.get(step));
    if (current >= 0) this.say(current, this.steps[current].name);
    this.bar.setAttribute("aria-valuenow", had);
    const size = { had: megabytes(had), all: megabytes(this.all) };
    this.bar.setAttribute("aria-valuetext", t("{had} of {all} megabytes", size));
    const bytes = document.createElement("b");
    bytes.textContent = t("{had} of {all} MB", size);
    document.getElementById("load-bytes").replaceChildren(bytes, " ", t("unpacked, then kept on this device"));
  }

  say(index, name) {
    this.said = () => this.say(index, name);
    const text = t("step {k} of {n}, {name}", { k: index + 1, n: this.steps.length + 1, name: name ? t(name) : this.startingWords() });
    const place = document.getElementById("load-step");
    if (place.textContent !== text) place.textContent = text;  // only news is read aloud
  }

  startingWords() {
    return this.starts
      ? t("starting, took {seconds} s last time on this device", { seconds: this.starts })
      : t("starting");
  }

  /** Everything is here; the worker starts Python. No bytes to count, so: how long it took last. */
  async starting(until) {
    await until;
    const typical = localStorage.getItem(TYPICAL);
    this.starts = typical && (typical / 1000).toFixed(1);
    this.say(this.steps.length, "");
    this.since = performance.now();
  }

  done() {
    if (this.since) localStorage.setItem(TYPICAL, Math.round(performance.now() - this.since));
    document.getElementById("loader").hidden = true;
  }
}
