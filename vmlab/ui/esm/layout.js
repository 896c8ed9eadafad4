// The arrangement of the panels as data, and nothing else: what is asked for is checked, what is
// remembered is checked again, and every panel there is has exactly one place or is closed.
//
//   { places: { left: [ { kinds: ["code"], front: "code", size: 1 } ], ... },
//     sizes: { left: 0.32, middle: 0.46, bottom: 0.4 }, closed: ["map"] }

const LAYOUT_STORE = "vmlab.layout.";
const MOST_STORED = 4096;
const LEAST_SHARE = 0.1, MOST_SHARE = 0.9;
const USUAL = {
  wide: { left: 0.32, middle: 0.46, bottom: 0.45 },
  narrow: { left: 0.46, middle: 0.5, bottom: 0.4 },
};
const UPPER_RIGHT = 0.64;  // CSRs are many and wrap; the trap log's last lines are the ones that matter

export function shareOf(number, usual) {
  return typeof number === "number" && Number.isFinite(number)
    ? Math.min(MOST_SHARE, Math.max(LEAST_SHARE, number)) : usual;
}

/** A layout of the panels in `words` out of what somebody asks for; null if it makes no sense. */
export function layoutFrom(words, width, asked) {
  const open = new Set(words.panels);
  const places = Object.fromEntries(words.places.map((name) => [name, []]));
  if (typeof asked?.places !== "object" || !asked.places) return null;
  for (const name of words.places) {
    const slots = asked.places[name] ?? [];
    if (!Array.isArray(slots)) return null;
    for (const slot of slots) {
      const named = Array.isArray(slot) ? slot : slot?.kinds;
      if (!Array.isArray(named)) return null;
      const kinds = named.filter((kind) => open.delete(kind));  // each once, and only what there is
      if (!kinds.length) continue;
      places[name].push({ kinds, front: kinds.includes(slot.front) ? slot.front : kinds[0], size: shareOf(slot.size, 0.5) });
    }
  }
  const closed = (Array.isArray(asked.closed) ? asked.closed : []).filter((kind) => open.delete(kind));
  const made = { places, closed, sizes: {} };
  for (const [name, usual] of Object.entries(USUAL[width])) made.sizes[name] = shareOf(asked.sizes?.[name], usual);
  if (words.places.every((name) => !places[name].length)) return null;
  for (const kind of open) putHome(words, width, made, kind);
  return made;
}

/** The layout without any wish. */
export function usualLayout(words, width) {
  const made = layoutFrom(words, width, { places: words.defaults[width] });
  if (width === "wide") {
    made.places.left.forEach((slot, at) => { slot.size = at ? made.sizes.bottom : 1 - made.sizes.bottom; });
    made.places.right.forEach((slot, at) => { slot.size = at ? 1 - UPPER_RIGHT : UPPER_RIGHT; });
  }
  return made;
}

/** A preset as this width shows it: as it is, or the usual one with its panels in front. */
export function presetLayout(words, width, name) {
  const preset = words.presets.find((one) => one.name === name);
  if (!preset) return usualLayout(words, width);
  if (width === "wide") return layoutFrom(words, width, preset);
  const made = usualLayout(words, width);
  preset.front.forEach((kind) => bringForward(made, kind));
  return made;
}

/** [place, number of the slot] of a panel, or null where it is closed. */
export function whereIs(layout, kind) {
  for (const [name, slots] of Object.entries(layout.places)) {
    const at = slots.findIndex((slot) => slot.kinds.includes(kind));
    if (at >= 0) return [name, at];
  }
  return null;
}

export function bringForward(layout, kind) {
  const found = whereIs(layout, kind);
  if (found) layout.places[found[0]][found[1]].front = kind;
  return Boolean(found);
}

function takeOut(layout, kind) {
  layout.closed = layout.closed.filter((one) => one !== kind);
  const found = whereIs(layout, kind);
  if (!found) return;
  const slots = layout.places[found[0]], slot = slots[found[1]];
  slot.kinds = slot.kinds.filter((one) => one !== kind);
  if (slot.front === kind) [slot.front] = slot.kinds;
  if (!slot.kinds.length) slots.splice(found[1], 1);
}

function putHome(words, width, layout, kind) {
  const slots = layout.places[words.home[width]];
  if (slots.length) slots.at(-1).kinds.push(kind);
  else slots.push({ kinds: [kind], front: kind, size: 0.5 });
}

/** Close a panel: the last one stays. */
export function closePanel(layout, kind) {
  if (!whereIs(layout, kind) || Object.values(layout.places).flat().flatMap((slot) => slot.kinds).length < 2) return;
  takeOut(layout, kind);
  layout.closed.push(kind);
}

export function openPanel(words, width, layout, kind) {
  if (whereIs(layout, kind)) return;
  takeOut(layout, kind);
  putHome(words, width, layout, kind);
  bringForward(layout, kind);
}

/** Into a slot as a tab ("in"), or into a new one "before" or "after" it. A place that is empty gets
 *  its first slot. */
export function movePanel(layout, kind, place, target, how) {
  const slots = layout.places[place];
  const beside = slots[target];
  if (beside?.kinds.length === 1 && beside.kinds[0] === kind) return;
  takeOut(layout, kind);
  const at = slots.indexOf(beside);
  if (at >= 0 && how === "in") {
    beside.kinds.push(kind);
    beside.front = kind;
    return;
  }
  const size = beside ? beside.size / 2 : 0.5;
  if (beside) beside.size = size;
  slots.splice(at < 0 ? slots.length : at + (how === "after" ? 1 : 0), 0, { kinds: [kind], front: kind, size });
}

/** What was remembered for this width, or null: a text from somewhere else is only a text. */
export function storedLayout(words, width) {
  try {
    const text = localStorage.getItem(LAYOUT_STORE + width);
    if (!text || text.length > MOST_STORED) return null;
    const kept = JSON.parse(text);
    const layout = kept?.v === 1 ? layoutFrom(words, width, kept) : null;
    const named = words.presets.some((one) => one.name === kept?.view) ? kept.view : "";
    return layout && { layout, view: kept.view === null ? null : named };
  } catch { return null; }
}

export function storeLayout(width, layout, view) {
  try {
    if (layout) localStorage.setItem(LAYOUT_STORE + width, JSON.stringify({ v: 1, view, ...layout }));
    else localStorage.removeItem(LAYOUT_STORE + width);
  } catch { /* private window: not kept */ }
}
