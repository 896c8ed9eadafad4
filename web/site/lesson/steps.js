// The steps of a lesson: which one is read, which are done; and the presentation, which shows one at a
// time, goes on by arrow keys, and has the step's address as a QR code.

const root = document.documentElement;
const staged = () => root.dataset.stage === "on";
const KEYS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
const OWN_KEYS = "input, textarea, select, summary, [contenteditable], #app, [role=tab]";
const READ_PX = 160;  // a step is read when its heading is this far down, or above

export class Steps {
  constructor(lay) {
    Object.assign(this, { lay, at: 0, shown: null });
    this.steps = [...lay.querySelectorAll(".step")];
    this.entries = [...lay.querySelectorAll(".stp li")];
    this.foot = lay.querySelector("[data-stage-foot]");
    this.code = lay.querySelector("[data-qr-code]");
    this.at = Math.max(0, this.steps.findIndex(({ id }) => `#${id}` === location.hash));
    addEventListener("scroll", () => this.follow(), { passive: true });
    addEventListener("hashchange", () => {
      const at = this.steps.findIndex(({ id }) => `#${id}` === location.hash);
      if (at >= 0 && staged()) this.go(at);
    });
    addEventListener("keydown", (event) => this.key(event));
    new MutationObserver(() => this.draw()).observe(root, { attributeFilter: ["data-stage"] });
    this.foot.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-go]");
      if (button) this.go(this.at + Number(button.dataset.go));
    });
    this.code.addEventListener("click", () => this.code.setAttribute("aria-pressed", String(this.code.getAttribute("aria-pressed") !== "true")));
    this.draw();
  }

  key(event) {
    if (event.key === "Escape") this.code.setAttribute("aria-pressed", "false");
    const by = KEYS[event.key];
    if (!staged() || !by || event.ctrlKey || event.altKey || event.metaKey || event.target.closest(OWN_KEYS)) return;
    event.preventDefault();
    this.go(this.at + by);
  }

  /** Show another step of the presentation, and say so in the address. */
  go(at) {
    const to = Math.min(Math.max(at, 0), this.steps.length - 1);
    if (to !== this.at) {
      this.at = to;
      history.replaceState(history.state, "", `#${this.steps[to].id}`);
    }
    this.draw();
    scrollTo(0, 0);
  }

  /** The step that is read is the last one whose heading has come up. */
  follow() {
    if (staged() || !this.steps.length) return;
    const above = this.steps.filter((step) => step.getBoundingClientRect().top < READ_PX);
    const end = innerHeight + scrollY >= root.scrollHeight - 2;
    const at = end ? this.steps.length - 1 : Math.max(0, above.length - 1);
    if (at !== this.at) {
      this.at = at;
      this.mark();
    }
  }

  mark() {
    this.entries.forEach((entry, at) => {
      entry.classList.toggle("cur", at === this.at);
      if (at === this.at) entry.firstElementChild.setAttribute("aria-current", "step");
      else entry.firstElementChild.removeAttribute("aria-current");
    });
  }

  /** Mark the steps all of whose cells have run. */
  done(cells) {
    this.steps.forEach((step, at) => {
      const own = step.dataset.cells.split(" ").filter(Boolean).map(Number);
      this.entries[at].classList.toggle("done", own.length > 0 && own.every((cell) => cells.includes(cell)));
    });
  }

  draw() {
    const on = staged();
    this.steps.forEach((step, at) => step.classList.toggle("cur", at === this.at));
    this.foot.hidden = !on;
    this.mark();
    if (on) this.drawCode();
    else this.follow();
  }

  /** The address of this step, for who reads along: without the presentation. */
  get address() {
    const address = new URL(location.href);
    for (const name of ["present", "theme"]) address.searchParams.delete(name);
    address.hash = this.steps[this.at]?.id ?? "";
    return address.href;
  }

  async drawCode() {
    const { address } = this;
    if (this.shown === address) return;
    this.shown = address;
    this.lay.querySelector("[data-address]").textContent = address;
    const { generate } = await import(new URL(this.lay.dataset.qr, document.baseURI));
    if (this.shown === address) this.code.replaceChildren(svg(generate(address)));
  }
}

/** A QR code as a picture, with the quiet border that readers want. */
function svg(code) {
  const NAMESPACE = "http://www.w3.org/2000/svg", border = 4, size = code.size + 2 * border;
  let d = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) d += `M${x + border} ${y + border}h1v1h-1z`;
  }
  const make = (name, values) => {
    const made = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    return made;
  };
  const picture = make("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true", "shape-rendering": "crispEdges" });
  picture.append(make("rect", { width: size, height: size, fill: "#fff" }), make("path", { d, fill: "#000" }));
  return picture;
}
