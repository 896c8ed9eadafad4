// Plays a recording over the ribbon that is in the page: a playhead, what is printed, what has
// been counted. The picture is the page's; the data is JSON (vmlab/play/1) and only ever text.
//
// Time is the guest's instructions. A monitor in Python retires none, so the playhead waits a
// moment at each of its bands: that wait is a model, and the page says so.

const PLAY_MS = 9_000;  // a window takes about so long
const WAIT_MS = 260;  // at most, at a band without a length
const STEP_MS = 450;  // a band, for who asked for less motion
const ASKED = "vmlab-play";
const still = matchMedia("(prefers-reduced-motion: reduce)");

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const put = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

class Player {
  constructor(place, words) {
    this.place = place;
    this.words = words;
    this.find = (what) => place.querySelector(what);
    this.controls = this.find("[data-controls]");
    this.seek = this.find("[data-seek]");
    this.now = this.find("[data-now]");
    this.view = this.find('[data-view="close"]');
    this.playing = null;
    this.controls.hidden = false;
    this.controls.addEventListener("click", (event) => this.clicked(event.target.closest("button")));
    this.seek.addEventListener("input", () => this.use(() => this.show(Number(this.seek.value), 1)));
  }

  /** The recording, fetched once: then its bands have a beginning. */
  async load() {
    const answer = await fetch(this.place.dataset.recording);
    if (!answer.ok) throw new Error(String(answer.status));
    const data = await answer.json();
    if (data.schema !== "vmlab/play/1") throw new Error(data.schema);
    let first = 0;
    this.bands = data.bands.insns.map((insns, at) => {
      const [owner, believed, real] = data.modes[data.bands.mode[at]];
      const band = { owner, believed, real, first, insns, why: data.whys[data.bands.why[at]],
        reason: data.reasons[data.bands.reason[at]] ?? "" };
      first += insns;
      return band;
    });
    this.data = data;
  }

  async use(act) {
    this.pause();
    try {
      if (!this.data) await (this.loading ??= this.load());
    } catch (error) {
      this.now.hidden = false;
      this.now.textContent = put(this.words.failed, { why: error.message });
      this.loading = null;
      return;
    }
    act();
  }

  clicked(button) {
    if (!button) return;
    const { do: act, show } = button.dataset;
    if (show) this.use(() => this.choose(show));
    else if (act === "play" && this.playing) this.pause();
    else if (act === "play") this.use(() => this.play());
    else if (act === "back") this.use(() => this.show(this.at - 1, 1));
    else if (act === "on") this.use(() => this.show(this.at === undefined ? this.first : this.at + 1, 1));
  }

  get first() { return Number(this.view.dataset.first); }
  get last() { return Number(this.view.dataset.last) - 1; }

  choose(name) {
    this.view = this.find(`[data-view="${name}"]`);
    for (const one of this.place.querySelectorAll("[data-view]")) one.hidden = one !== this.view;
    for (const one of this.place.querySelectorAll("[data-show]")) {
      one.setAttribute("aria-pressed", one.dataset.show === name);
    }
    this.seek.min = this.first;
    this.seek.max = this.last;
    this.show(this.first, 0);
  }

  play() {
    if (this.at === undefined || this.done) this.show(this.first, 0);
    this.said("pause");
    const insns = Number(this.view.dataset.insns);
    const waits = this.bands.slice(this.first, this.last + 1).filter((band) => !this.length(band));
    const wait = Math.min(WAIT_MS, PLAY_MS / 2 / Math.max(waits.length, 1));
    const rate = insns / (PLAY_MS - wait * waits.length);
    let before = performance.now();
    let part = this.part;
    const tick = (time) => {
      if (!this.playing) return;
      let left = time - before;
      before = time;
      let at = this.at;
      // Whole bands that are over by now, then a part of the one that is not.
      while (left > 0) {
        const band = this.bands[at];
        const length = this.length(band);
        const ms = still.matches ? STEP_MS : length ? length / rate : wait;
        const needed = ms * (1 - part);
        if (needed > left) {
          part += left / ms;
          left = 0;
        } else if (at === this.last) {
          this.show(at, 1);
          this.over();
          return;
        } else {
          left -= needed;
          at += 1;
          part = 0;
        }
      }
      this.show(at, still.matches ? 0 : part, part);
      this.playing = requestAnimationFrame(tick);
    };
    this.playing = requestAnimationFrame(tick);
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.now.setAttribute("aria-live", "polite");
    this.said("play");
  }

  over() {
    this.pause();
    this.done = true;
    this.said("again");
  }

  /** What the button offers. */
  said(word) {
    const button = this.find('[data-do="play"]');
    button.querySelector("span").textContent = this.words[word];
    button.classList.toggle("playing", word === "pause");
    if (word === "pause") this.now.setAttribute("aria-live", "off");  // not each frame read aloud
  }

  /** The length that is drawn: what a monitor carried out is a sliver, however little it was. */
  length(band) { return band.owner === "V" ? 0 : band.insns; }

  /** Stand in band `at`, `part` of it gone. */
  show(at, part, kept = part) {
    at = Math.min(Math.max(at, this.first), this.last);
    const fresh = at !== this.at;
    Object.assign(this, { at, part: kept, done: at === this.last && part === 1 });
    const band = this.bands[at];
    const position = band.first + band.insns * (band.owner === "V" ? 1 : part);
    const { start, insns } = this.view.dataset;
    const percent = `${(100 * (position - start)) / Math.max(insns, 1)}%`;
    const [head, veil] = [this.view.querySelector("[data-head]"), this.view.querySelector("[data-veil]")];
    head.hidden = veil.hidden = false;
    head.style.left = veil.style.left = percent;
    this.seek.value = at;
    this.print(position);
    if (!fresh) return;
    if (this.playing === null) this.said("play");
    this.tell(band);
    this.count(at);
  }

  tell(band) {
    const { words } = this;
    const name = words[`owner.${band.owner}`];
    const mode = band.owner === "V" || band.believed === band.real
      ? put(words.is, { owner: name, real: band.real })
      : put(words.thinks, { owner: name, believed: band.believed, real: band.real });
    const length = band.owner === "V"
      ? words.modelled : put(words.runs, { insns: band.insns.toLocaleString("en") });
    const why = this.reasons[band.reason] ?? band.reason;
    const cause = this.whys[band.why] ?? band.why;
    const parts = [put(words.at, { position: band.first.toLocaleString("en") }), mode, length,
      why ? put(words.because, { reason: why, cause }) : cause];
    this.now.hidden = false;
    this.now.dataset.owner = band.owner;
    this.now.textContent = parts.join(" · ");
    this.seek.setAttribute("aria-valuetext", this.now.textContent);
  }

  count(at) {
    const counts = new Map();
    for (const band of this.bands.slice(0, at + 1)) {
      if (band.reason) counts.set(band.reason, (counts.get(band.reason) ?? 0) + 1);
    }
    for (const cell of this.place.querySelectorAll("[data-sofar]")) {
      cell.hidden = false;
      cell.textContent = String(counts.get(cell.dataset.sofar) ?? 0);
    }
    const head = this.find("[data-sofar-head]");
    if (head) head.hidden = false;
  }

  print(position) {
    const said = this.data.console.filter(([at]) => at <= position).map(([, text]) => text).join("");
    const place = this.find("[data-console]");
    if (place.textContent === said) return;
    place.textContent = said;
    place.scrollTop = place.scrollHeight;
  }
}

/** A link of another page that says "play" was followed: only then may this one begin by itself. */
function asked() {
  try {
    const path = sessionStorage.getItem(ASKED);
    sessionStorage.removeItem(ASKED);
    return path === location.pathname;
  } catch {
    return false;  // private window
  }
}

export function ask(link) {
  try { sessionStorage.setItem(ASKED, new URL(link.href).pathname); } catch { /* a click more */ }
}

/** Make every recording of this page playable; a link to one plays it. */
export function players() {
  const places = [...document.querySelectorAll("[data-recording]")];
  if (!places.length) return;
  const words = read("words");
  const made = places.map((place) => Object.assign(new Player(place, words),
    { reasons: read("reasons"), whys: read("whys") }));
  const start = () => {
    made[0].use(() => made[0].play());
    places[0].querySelector('[data-do="play"]').focus({ preventScroll: true });
  };
  document.querySelector("[data-play]")?.addEventListener("click", start);
  if (asked()) start();
}
