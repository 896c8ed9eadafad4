// The steps of a stop of the museum, above the workbench that its "Run live" has opened.
// Asked for by `stop=museum/SLUG` or `stop=concepts/SLUG` in the address, and loaded only then.
//
// The steps are read from the stop's own page, so that they are written once. Nothing of it is
// taken as HTML: its text goes into elements of a few known names.

import { onLanguage, t } from "./language.js";

const PLACE = /^(museum|concepts)\/[a-z0-9-]{1,40}$/;
const KEPT = ["B", "CODE", "EM", "KBD", "P", "STRONG"];
const root = document.documentElement;

function node(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** The text of `from`, with the few elements that mean something. */
function copied(from) {
  return [...from.childNodes].map((child) => {
    if (child.nodeType !== Node.ELEMENT_NODE) return child.textContent;
    return node(KEPT.includes(child.tagName) ? child.tagName : "span", child.matches(".got") ? "got" : "", ...copied(child));
  });
}

class Guide {
  constructor(place, plan, site) {
    Object.assign(this, { place, plan, site, at: 0, steps: [] });
    this.link = node("a");
    this.count = node("span", "note mono");
    this.text = node("div", "guide-text");
    this.text.setAttribute("aria-live", "polite");
    this.text.tabIndex = 0;  // on a phone it scrolls
    this.text.setAttribute("role", "region");
    this.back = this.button("‹", () => this.show(this.at - 1));
    this.on = this.button("›", () => this.show(this.at + 1));
    this.close = this.button("✕", () => this.end());
    this.bar = node("div", "guide", node("span", "guide-head", this.link, this.count, this.back, this.on), this.text, this.close);
    this.app = document.getElementById("app");
    this.height = getComputedStyle(this.app).getPropertyValue("--vm-height");
    this.watch = new ResizeObserver(() => this.fit());
  }

  button(sign, act) {
    const made = node("button", "btn quiet", sign);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  /** The stop's page in the language that is spoken; false if it has no steps. */
  async read() {
    const url = new URL(`${this.plan.parts[root.lang].parts[0]}${this.place}/`, this.site);
    const answer = await fetch(url);
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.steps = [...page.querySelectorAll(".steps li")];
    this.link.href = url.href;
    this.link.textContent = page.querySelector("h1")?.textContent ?? "";
    return this.steps.length > 0;
  }

  show(at) {
    this.at = Math.min(Math.max(at, 0), this.steps.length - 1);
    const step = this.steps[this.at];
    const [what, see] = [step.querySelector(".do"), step.querySelector(".see")];
    this.text.replaceChildren(node("p", "do", ...copied(what)), node("div", "see", ...copied(see)));
    this.count.textContent = `${this.at + 1}/${this.steps.length}`;
    this.back.disabled = this.at === 0;
    this.on.disabled = this.at === this.steps.length - 1;
    this.text.setAttribute("aria-label", t("Steps of the stop"));
    const names = [[this.back, t("The step before")], [this.on, t("The next step")], [this.close, t("Close the steps")]];
    for (const [button, name] of names) {
      button.setAttribute("aria-label", name);
      button.title = name;
    }
  }

  /** The workbench fills what the strip leaves of the window. */
  fit() {
    this.app.style.setProperty("--vm-height", `calc(${this.height} - ${this.bar.offsetHeight}px)`);
  }

  async begin() {
    if (!await this.read()) return;
    this.app.before(this.bar);
    this.watch.observe(this.bar);
    this.show(0);
    onLanguage(async () => { if (await this.read()) this.show(this.at); });
  }

  end() {
    this.watch.disconnect();
    this.bar.remove();
    this.app.style.removeProperty("--vm-height");
  }
}

/** Show the steps of this stop; nothing, if there is none of that name. */
export function guide(place, plan, site) {
  if (!PLACE.test(place)) return;
  const sheet = node("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL("./guide.css", import.meta.url).href;
  document.head.append(sheet);
  new Guide(place, plan, site).begin().catch(() => { /* without the stop's page the workbench works as well */ });
}
