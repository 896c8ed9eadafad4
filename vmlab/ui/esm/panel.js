// The frame that every picture shares: a heading, a short line beside it, and the text twin.

import { h, patchList, setAttr, setClass, setText } from "./dom.js";

/** Say where an element stands, as numbers that the style sheet makes places of: `x` and `w` as parts
 *  of the whole become percentages, others stay as they are. */
export function setSpot(node, spot) {
  node.vmSpot ??= {};
  for (const [name, value] of Object.entries(spot)) {
    if (node.vmSpot[name] === value) continue;
    node.vmSpot[name] = value;
    node.style.setProperty(`--${name}`, name === "x" || name === "w" || name === "r" ? `${100 * value}%` : String(value));
  }
}

/** Scrolling needs a tab stop where nothing inside takes the focus. */
export function scrollable(panel, label) {
  setAttr(panel.body, "tabindex", "0");
  setAttr(panel.body, "role", "group");
  setAttr(panel.body, "aria-label", label);
}

/** A link to the document that explains a picture, in a tab of its own: the machine goes on here.
 *  Outside the site, in a notebook, the documents are not at hand, and there is none. */
export function aboutLink({ t, root }) {
  const plan = document.getElementById("plan")?.textContent;
  if (!plan || !t.doc) return null;
  const [name, section] = t.doc.split("#");
  const site = new URL(JSON.parse(plan).root, document.baseURI);
  const place = `${root.lang.startsWith("zh") ? "zh/" : ""}docs/${name}.html${section ? `#${section}` : ""}`;
  return h("a", {
    class: "mini about", href: new URL(place, site).href, target: "_blank", rel: "noopener",
    title: t.doc_hint, "aria-label": `${t.doc_hint}: ${t.title}`,
  }, "?");
}

/** The text twin of `parts`: its button, its place, and what draws it in place of them. */
export function textTwin(ctx, parts) {
  const toggle = h("button", {
    class: "mini", type: "button", "aria-pressed": "false", title: ctx.t.twin_hint,
    onclick: () => ctx.toggleTwin(),
  }, ctx.t.twin);
  const place = h("div", { class: "body twinbox", tabindex: "0", hidden: true });
  let on = false;
  ctx.toggleTwin = () => ctx.send({ command: "twin", on: !on });
  return {
    toggle,
    place,
    draw(table) {
      on = table != null;
      setAttr(toggle, "aria-pressed", on ? "true" : "false");
      for (const part of parts) part.hidden = on;
      place.hidden = !on;
      if (on) drawTable(place, table, ctx.t.title);
    },
  };
}

/** Fill `ctx.host` with a heading, a body and a hidden twin. Returns the parts to draw into. */
export function makePanel(ctx, ...tools) {
  const id = `vm-${ctx.kind}-title`;
  const sub = h("span", { class: "sub" });
  const body = h("div", { class: "body" });
  const twin = textTwin(ctx, [body]);
  setAttr(ctx.host, "aria-labelledby", id);
  ctx.host.append(
    h("header", {},
      h("h2", { id }, ctx.t.title), sub, h("span", { class: "grow" }),
      h("span", { class: "tag stale" }, ctx.t.stale), ...tools, twin.toggle, aboutLink(ctx)),
    body, twin.place,
  );
  return { sub, body, drawTwin: twin.draw };
}

/** The text twin as a plain table with a caption. */
export function drawTable(host, table, title) {
  if (!host.firstElementChild) {
    host.append(h("table", { class: "twin" }, h("caption"), h("thead", {}, h("tr")), h("tbody")),
      h("p", { class: "note empty" }));
  }
  const [grid, empty] = host.children;
  setText(grid.caption, table.title);
  setClass(grid.caption, "vh", table.title === title);
  patchList(grid.tHead.rows[0], table.columns, () => h("th", { scope: "col" }), setText);
  patchList(grid.tBodies[0], table.rows, () => h("tr"), (row, cells) => {
    patchList(row, cells, () => h("td"), (td, text) => {
      setText(td, text);
      setClass(td, "nw", text.length <= 24);
    });
  });
  setText(empty, table.rows.length ? "" : table.empty);
  const current = grid.tBodies[0].rows[table.current];
  for (const row of grid.tBodies[0].rows) setAttr(row, "aria-current", row === current ? "true" : null);
  // Only when it is out of sight: a reader who scrolls is not pulled back by every step.
  if (!current || host.vmCurrent === table.current) return;
  host.vmCurrent = table.current;
  const top = current.offsetTop, height = host.clientHeight;
  if (top < host.scrollTop + 24 || top > host.scrollTop + height - 60) host.scrollTop = Math.max(0, top - height / 3);
}

/** The message that stands in an empty picture: what would be here, and the key that fills it. */
export function emptyNote() {
  return h("p", { class: "note empty" });
}
