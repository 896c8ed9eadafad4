// Tries layout.js outside a browser: what it makes of what it is given goes to stdout as JSON.

import { readFileSync } from "node:fs";
globalThis.localStorage = {
  kept: {}, getItem(name) { return this.kept[name] ?? null; }, setItem(name, text) { this.kept[name] = text; },
  removeItem(name) { delete this.kept[name]; },
};
const l = await import(process.argv[2]);
const { words, stored } = JSON.parse(readFileSync(0, "utf-8"));
const kinds = (layout) => layout && [...Object.values(layout.places).flat().flatMap((slot) => slot.kinds), ...layout.closed].sort();
const answers = { usual: {}, presets: {}, stored: [], moves: null };
for (const width of ["wide", "narrow"]) answers.usual[width] = kinds(l.usualLayout(words, width));
for (const { name, front } of words.presets) {
  answers.presets[name] = ["wide", "narrow"].map((width) => kinds(l.presetLayout(words, width, name)));
  const layout = l.presetLayout(words, "narrow", name);
  answers.presets[name].push(front.every((kind) => { const [place, at] = l.whereIs(layout, kind); return layout.places[place][at].front === kind; }));
}
for (const text of stored) {
  localStorage.kept["vmlab.layout.wide"] = text;
  const found = l.storedLayout(words, "wide");
  answers.stored.push(found && { kinds: kinds(found.layout), sizes: found.layout.sizes, view: found.view });
}
// A long random walk keeps every panel exactly once.
const layout = l.usualLayout(words, "wide");
let seed = 7;
const pick = (list) => list[(seed = (seed * 1103515245 + 12345) % 2147483648) % list.length];
const all = JSON.stringify(kinds(layout));
answers.moves = Array.from({ length: 2000 }, () => {
  const kind = pick(words.panels), place = pick(words.places);
  pick([
    () => l.movePanel(layout, kind, place, pick([0, 1, 2]), pick(["in", "before", "after"])),
    () => l.closePanel(layout, kind),
    () => l.openPanel(words, "wide", layout, kind),
  ])();
  const fronts = Object.values(layout.places).flat().every((slot) => slot.kinds.includes(slot.front) && slot.size > 0);
  return fronts && JSON.stringify(kinds(layout)) === all && JSON.stringify(kinds(l.layoutFrom(words, "wide", layout))) === all;
}).every(Boolean);
console.log(JSON.stringify(answers));
