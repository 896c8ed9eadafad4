// The lanes: a column a technique, a row a count, a check or a law. Measured bars are solid,
// modelled ones hatched; a verdict is a button that opens its evidence.

import { h, owner, patchList, setAttr, setClass, setOwner, setText } from "../dom.js";
import { makePanel } from "../panel.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000, ROW = 12, HEIGHT = 3 * ROW;
const OWNERS = ["u", "k", "v"];
const KINDS = { measured: "meas", modelled: "model", checked: "" };

export function svg(name, attrs = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attrs)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** The workbench of this site, in the page's language. A notebook has none. */
function workbench() {
  const plan = JSON.parse(document.getElementById("plan")?.textContent ?? "null");
  const places = plan?.parts?.[document.documentElement.lang]?.parts ?? [];
  const place = places.find((one) => /(^|\/)lab\/$/.test(one));
  return place ? new URL(place, new URL(plan.root, document.baseURI)).href : "";
}

/** A picture of a text beside it. */
function picture(attrs, ...children) {
  return svg("svg", { "aria-hidden": "true", focusable: "false", ...attrs }, ...children);
}

/** The hatch of what is modelled: one in each picture, whose patterns are its own. */
let hatches = 0;
export function hatch() {
  const id = `cb-hatch-${hatches++}`;
  const pattern = svg("pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "cb-gap", width: 5, height: 5 }), svg("rect", { class: "cb-line", width: 2, height: 5 }));
  return [svg("defs", {}, pattern), `url(#${id})`];
}

function makeStrip() {
  const paths = OWNERS.map((name) => svg("path", { class: `cb-fill ${name}` }));
  const exits = svg("path", { class: "cb-exit v" });
  const drawn = picture({ class: "cb-strip", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" },
    ...[1, 2, 3].map((row) => svg("path", { class: "cb-track", d: `M0 ${row * ROW - 1.5}H${WIDTH}` })), ...paths, exits);
  const said = h("span", { class: "note mono" });
  const node = h("div", {}, drawn, said);
  node.vmDraw = (strip) => {
    const shapes = ["", "", ""];
    for (const [who, x, w, share] of strip.pieces) {
      const high = Math.max(1, (ROW - 3) * share);
      shapes[who] += `M${x} ${(who + 1) * ROW - 2 - high}h${w}v${high}h${-w}z`;
    }
    paths.forEach((path, who) => setAttr(path, "d", shapes[who] || "M0 0"));
    setAttr(exits, "d", strip.exits.map(([x, part]) => `M${x} ${HEIGHT - 2}v${-(3 + (ROW - 5) * part)}`).join("") || "M0 0");
    setText(said, strip.said);
  };
  return node;
}

function makeBar(kind) {
  const bar = svg("rect", { class: "cb-bar", height: 9, width: 0 });
  const parts = [svg("rect", { class: "cb-room", width: "100%", height: 9 }), bar];
  if (kind === "modelled") {
    const [defs, fill] = hatch();
    bar.setAttribute("fill", fill);
    bar.classList.add("cb-hatched");
    parts.unshift(defs);
  }
  const drawn = picture({ class: "cb-bars" }, ...parts);
  const text = h("b", { class: "mono" });
  const node = h("div", { class: "cb-count" }, text, drawn);
  node.vmDraw = ([said, part]) => {
    setText(text, said);
    drawn.style.visibility = part < 0 ? "hidden" : "";
    setAttr(bar, "width", `${Math.max(0, 100 * part)}%`);
  };
  return node;
}

export function lanes(ctx) {
  const t = ctx.t;
  const judgeAll = h("button", { class: "mini cb-edge", type: "button", title: t.judge_hint, onclick: () => ctx.send({ command: "judge_all" }) }, t.judge_all);
  const panel = makePanel(ctx, judgeAll);
  const mark = (mode, word) => {
    const badge = owner();
    setOwner(badge, mode, word);
    return h("span", { class: "cb-key" }, badge, word);
  };
  const corner = h("td", { class: "cb-keys" }, mark("U", t.user), mark("S", t.kernel), mark("V", t.monitor));
  const head = h("tr", {}, corner), body = h("tbody");
  const table = h("table", { class: "cb" }, h("caption", { class: "vh" }, t.table), h("thead", {}, head), body);
  const wrap = h("div", { class: "cb-wrap", tabindex: "0", role: "group", "aria-label": t.scroll }, table);
  const close = h("button", { class: "mini cb-edge", type: "button", onclick: () => show(null) }, t.close);
  const title = h("h3"), facts = h("dl");
  const evidence = h("section", { class: "cb-evidence", "aria-label": t.evidence, tabindex: "-1", hidden: true }, h("header", {}, title, close), facts);
  panel.body.append(wrap, evidence);

  let open = null;  // [row, column] of the verdict whose evidence is shown
  let data = null;
  const cellOf = ([row, column]) => row === "state" ? data.state[column] : data.laws[row]?.cells[column];
  const buttonOf = ([row, column]) => body.querySelector(`[data-row="${row}"][data-column="${column}"]`);

  function show(which) {
    const before = open;
    open = which;
    draw();
    if (open) evidence.focus({ preventScroll: false });
    else if (before) buttonOf(before)?.focus();
  }
  evidence.addEventListener("keydown", (event) => { if (event.key === "Escape") show(null); });

  function drawEvidence() {
    const cell = open && data.lanes[open[1]] && cellOf(open);
    evidence.hidden = !cell || !cell[3].length;
    for (const button of body.querySelectorAll("button.cb-verdict")) {
      const mine = !evidence.hidden && button.dataset.row === String(open[0]) && button.dataset.column === String(open[1]);
      setAttr(button, "aria-expanded", mine ? "true" : "false");
    }
    if (evidence.hidden) return;
    const name = open[0] === "state" ? t.state : data.laws[open[0]].name;
    setText(title, `${name}: ${data.lanes[open[1]].title}`);
    patchList(facts, cell[3], () => h("div", {}, h("dt"), h("dd")), (row, [term, said]) => {
      setText(row.firstElementChild, term);
      setText(row.lastElementChild, said);
      setAttr(row.lastElementChild, "translate", /[\n$]|^vmlab |^[0-9a-f]{64}$/.test(said) ? "no" : null);
    });
  }

  // Rows: their heads are made once, their cells follow the lanes.
  function rowHead(name, what, kind, ...more) {
    return h("th", { scope: "row" }, h("span", { class: "cb-name" }, name), h("small", {}, what),
      kind && h("span", { class: `tag ${KINDS[kind]}` }, t[kind]), ...more);
  }
  function cells(row, values, make, patch) {
    while (row.children.length > values.length + 1) row.lastElementChild.remove();
    values.forEach((value, at) => {
      let cell = row.children[at + 1];
      if (!cell) {
        cell = h("td", {}, h("span", { class: "cb-lane", "aria-hidden": "true" }), make(at));
        row.append(cell);
      }
      setText(cell.firstElementChild, data.lanes[at].title);
      setClass(cell, "base", data.lanes[at].base);
      setClass(cell, "gone", data.lanes[at].standing === "absent");
      patch(cell.lastElementChild, value, at);
    });
  }
  const stripHint = h("small"), stripRow = h("tr", {}, h("th", { scope: "row" }, h("span", { class: "cb-name" }, t.strip), stripHint, h("span", { class: "tag meas" }, t.measured)));
  const stateRow = h("tr", {}, rowHead(t.state, t.state_hint, "checked"));
  const lawsHead = h("tr", { class: "cb-section" }, h("th", { scope: "rowgroup", colspan: "2" }, t.laws));
  const counts = new Map(), laws = [];

  function verdict(row) {
    return (at) => {
      const word = h("b"), line = h("small");
      const button = h("button", { class: "cb-verdict", type: "button", "data-row": row, "data-column": at, onclick: () => {
        const here = button.dataset;
        const again = open && String(open[0]) === here.row && String(open[1]) === here.column;
        show(again ? null : [here.row === "state" ? "state" : Number(here.row), Number(here.column)]);
      } }, word);
      const judge = row === "state" ? null : h("button", { class: "mini cb-edge", type: "button", title: t.judge_hint,
        onclick: () => ctx.send({ command: "judge", technique: data.lanes[at].id }) }, t.judge);
      const plain = h("span", { class: "cb-plain" });
      return h("div", { class: "cb-cell" }, button, plain, line, judge);
    };
  }
  function drawVerdict(node, [look, word, line, rows], at) {
    const [button, plain, small, judge] = node.children;
    const name = { pass: "pass", fail: "fail", open: "todo", todo: "todo" }[look];
    button.hidden = !rows.length;
    plain.hidden = Boolean(rows.length);
    setText(button.firstElementChild, word);
    setText(plain, word);
    for (const one of [button.firstElementChild, plain]) if (one.className !== name) one.className = `cb-plain ${name}`;
    setText(small, line);
    // One button judges all three laws: it stands in the first of their rows.
    if (judge) judge.hidden = data.lanes[at].judged || node.vmLaw > 0;
  }

  function draw() {
    const wanted = [corner, ...data.lanes];
    while (head.children.length > wanted.length) head.lastElementChild.remove();
    data.lanes.forEach((lane, at) => {
      let cell = head.children[at + 1];
      if (!cell) {
        cell = h("th", { scope: "col" }, h("span", { class: "cb-title" }), h("small"), h("span", { class: "cb-standing" }, h("b"), " ", h("span", { class: "mono" })),
          h("a", { class: "cb-link" }, t.open));
        head.append(cell);
      }
      const [name, real, standing, link] = cell.children;
      setText(name, lane.title);
      setText(real, lane.real);
      setText(standing.children[0], lane.said);
      setText(standing.children[1], lane.position);
      setAttr(standing, "data-standing", lane.standing);
      const lab = lane.link && workbench();
      link.hidden = !lab;
      setAttr(link, "href", lab ? lab + lane.link : null);
      setAttr(link, "aria-label", `${t.open}: ${lane.title}`);
      setClass(cell, "base", lane.base);
      setAttr(cell, "data-lane", lane.id);
    });
    setAttr(lawsHead.firstElementChild, "colspan", String(data.lanes.length + 1));
    setText(stripHint, data.strip_hint);
    cells(stripRow, data.strips, makeStrip, (node, strip) => node.vmDraw(strip));
    const rows = [stripRow];
    for (const row of data.rows) {
      if (!counts.has(row.id)) {
        const made = h("tr", { "data-count": row.id }, rowHead("", "", row.kind));
        counts.set(row.id, made);
      }
      const made = counts.get(row.id);
      setText(made.firstElementChild.children[0], row.name);
      setText(made.firstElementChild.children[1], row.what);
      cells(made, row.cells, () => makeBar(row.kind), (node, value) => node.vmDraw(value));
      rows.push(made);
    }
    cells(stateRow, data.state, verdict("state"), drawVerdict);
    rows.push(stateRow, lawsHead);
    data.laws.forEach((law, number) => {
      laws[number] ??= h("tr", { "data-law": number }, rowHead(law.name, law.text, null));
      cells(laws[number], law.cells, verdict(number), (node, cell, at) => { node.vmLaw = number; drawVerdict(node, cell, at); });
      rows.push(laws[number]);
    });
    if (rows.some((row, at) => body.children[at] !== row) || body.children.length !== rows.length) body.replaceChildren(...rows);
    drawEvidence();
    judgeAll.hidden = data.lanes.every((lane) => lane.judged);
  }
  return {
    draw(news) {
      data = news;
      setText(panel.sub, news.sub);
      draw();
      panel.drawTwin(news.twin);
    },
  };
}
