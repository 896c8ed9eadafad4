// What a check came to: the properties and how each stands, the hint, what was counted.

import { h, patchList, setAttr, setText } from "../dom.js";
import { setMarked } from "./inline.js";

const LOOK = { open: "todo", passed: "pass", failed: "fail" };
const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** A term of the glossary: a link on our site, which has the glossary's page. */
function term(root, concept) {
  const plan = JSON.parse(document.getElementById("plan")?.textContent ?? "null");
  if (!plan) return h("strong", {}, concept);
  const language = root.lang.startsWith("zh") ? "zh" : "en";
  const anchor = plan.terms?.[language]?.[concept] ?? "";
  const place = `${language === "zh" ? "zh/" : ""}docs/glossary.html${anchor && `#${anchor}`}`;
  return h("a", { href: new URL(place, new URL(plan.root, document.baseURI)).href, target: "_blank", rel: "noopener" }, concept);
}

/** The checks, the parts below them, and `draw`, which takes rows, a verdict or null, and whether it is on its way. */
export function verdictParts(root, t) {
  const rows = h("ul", { class: "ls-checks", "aria-label": t.checks });
  const number = h("b"), sentence = h("p"), about = h("p", { hidden: true }), facts = h("dl", { hidden: true });
  const next = h("button", { class: "btn", type: "button", onclick: () => { level += 1; unfold(); } }, t.next);
  const hint = h("div", { class: "ls-hint", role: "status", hidden: true },
    number, h("div", { class: "ls-hint-body" }, sentence, about, facts), next);
  const counted = h("table", { class: "ls-counted twin", hidden: true }, h("caption", {}, t.counters), h("tbody"));
  let level = 1, said = null, levels = 1;

  /** A hint comes in up to three parts: what to think of, which concept it is, what was found. */
  function unfold() {
    setText(number, fill(t.hint, { k: Math.min(level, levels), n: levels }));
    number.hidden = levels === 1;
    about.hidden = level < 2 || !said?.concept;
    facts.hidden = level < (said?.concept ? 3 : 2);
    const had = next === next.getRootNode().activeElement;
    next.hidden = level >= levels;
    if (had && next.hidden) { setAttr(hint, "tabindex", "-1"); hint.focus(); }
  }

  function drawHint(verdict) {
    const found = verdict?.hint ?? null;
    const same = JSON.stringify(found) === JSON.stringify(said);
    said = found;
    hint.hidden = !found;
    if (!found || same) return;
    const known = ["expected", "found", "where"].filter((name) => found[name]);
    levels = 1 + Boolean(found.concept) + (known.length > 0);
    level = 1;
    setMarked(sentence, found.sentence);
    const [before, after] = t.about.split("{concept}");
    about.replaceChildren(before, found.concept ? term(root, found.concept) : "", after ?? "");
    patchList(facts, known, () => h("div", {}, h("dt"), h("dd", { translate: "no" })), (item, name) => {
      setText(item.firstElementChild, t[name].split("{")[0].trim());
      setText(item.lastElementChild, found[name]);
    });
    facts.append(h("div", {}, h("dt", {}, t.seed.split("{")[0].trim()), h("dd", {}, String(verdict.seed))));
    unfold();
  }

  function drawCounters(verdict) {
    const counters = verdict?.counters ?? [];
    counted.hidden = !counters.length;
    patchList(counted.tBodies[0], counters, () => h("tr", {}, h("th", { scope: "row" }), h("td", { class: "num" }), h("td")),
      (row, { name, found, budget }) => {
        const over = budget !== null && found > budget;
        setText(row.cells[0], name);
        setText(row.cells[1], found.toLocaleString("en"));
        setText(row.cells[2], budget === null ? "" : fill(t.budget, { budget: budget.toLocaleString("en") }) + (over ? ` (${t.over})` : ""));
        setAttr(row, "class", over ? "over" : null);
      });
  }

  return {
    rows,
    parts: [hint, counted],
    draw(list, verdict, checking) {
      patchList(rows, list, () => h("li", {}, h("span"), h("small", { class: "vh" }), h("small", { class: "ls-law" })), (item, row) => {
        const [says, state, law] = item.children;
        setAttr(item, "class", LOOK[row.state]);
        setMarked(says, row.says);
        setText(state, checking && row.state === "open" ? t.running : t.states[row.state]);
        setText(law, t.laws[row.law]);
      });
      drawHint(verdict);
      drawCounters(verdict);
    },
  };
}
