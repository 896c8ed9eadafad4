// The papers beside ours, a small plot an operation; and the shapes as a list of verdicts.

import { h, patchList, setAttr, setText } from "../dom.js";
import { makePanel } from "../panel.js";
import { hatch, svg } from "./lanes.js";

const LINE = 19, LEFT = 122, RIGHT = 62, ROOM = 176, WIDE = LEFT + ROOM + RIGHT;

/** Theirs is an outlined square, ours a hatched disc; where nothing was counted stands a word. */
function plot(operation, t) {
  // Where nothing of ours was counted, one word says so, and not a line for each lane.
  const counted = operation.dots.some(([, ours, part]) => ours && part >= 0);
  const dots = operation.dots.filter(([, ours, part]) => !ours || part >= 0);
  const high = (dots.length + !counted) * LINE + 18;
  const [defs, fill] = hatch();
  const nodes = [defs];
  const at = (part) => LEFT + ROOM * part;
  for (const [part, words] of t.ticks) {
    nodes.push(svg("path", { class: "cb-tick", d: `M${at(part)} 0V${high - 16}` }));
    nodes.push(svg("text", { class: "cb-axis", x: at(part), y: high - 4, "text-anchor": "middle" }, words));
  }
  if (!counted) nodes.push(svg("text", { class: "cb-axis", x: LEFT + 4, y: dots.length * LINE + 14 }, operation.ours ? t.missing : t.none));
  dots.forEach(([name, ours, part, text, ratio], row) => {
    const y = row * LINE + 10;
    nodes.push(svg("text", { class: "cb-label", x: LEFT - 8, y: y + 4, "text-anchor": "end" }, name));
    nodes.push(svg("path", { class: "cb-stem", d: `M${LEFT} ${y}H${at(part)}` }));
    nodes.push(ours ? svg("circle", { class: "cb-ours", cx: at(part), cy: y, r: 5, fill }) : svg("rect", { class: "cb-paper", x: at(part) - 4.5, y: y - 4.5, width: 9, height: 9 }));
    nodes.push(svg("text", { class: "cb-number", x: at(part) + 9, y: y + 4 }, ours ? `≈ ${ratio}` : text));
  });
  return svg("svg", { class: "cb-plot", viewBox: `0 0 ${WIDE} ${high}`, "aria-hidden": "true", focusable: "false" }, ...nodes);
}

export function papers(ctx) {
  const t = ctx.t;
  const survey = h("button", { class: "mini cb-edge", type: "button", title: t.survey_hint, onclick: () => ctx.send({ command: "survey" }) }, t.survey);
  const panel = makePanel(ctx, survey);
  const key = h("p", { class: "cb-legend note" }, h("span", { class: "tag cb-theirs" }, t.theirs), h("span", { class: "tag model" }, t.ours), h("span", {}, t.axis));
  const list = h("div", { class: "cb-papers" });
  panel.body.append(key, list);
  return {
    draw(data) {
      setText(panel.sub, data.sub);
      patchList(list, data.papers, () => h("section", {}, h("h3", { translate: "no", lang: "en" }), h("p", { class: "note" }, h("span", { translate: "no", lang: "en" }), " ", h("span")), h("div", { class: "cb-plots" })), (section, paper) => {
        const [name, note, plots] = section.children;
        setText(name, paper.name);
        setText(note.firstElementChild, `${paper.source}.`);
        setText(note.lastElementChild, paper.unit);
        patchList(plots, paper.operations, () => h("figure", {}, h("figcaption", {}, h("b", { translate: "no", lang: "en" }), " ", h("span", { class: "mono note" }))), (figure, operation) => {
          setText(figure.firstElementChild.firstElementChild, operation.name);
          setText(figure.firstElementChild.lastElementChild, operation.ours);
          const said = JSON.stringify(operation);
          if (figure.vmSaid === said) return;
          figure.vmSaid = said;
          figure.querySelector("svg")?.remove();
          figure.append(plot(operation, t));
        });
      });
      panel.drawTwin(data.twin);
    },
  };
}

export function shapes(ctx) {
  const panel = makePanel(ctx);
  const asked = h("ul", { class: "cb-shapes" }), left = h("ul", { class: "cb-shapes" });
  const summary = h("summary");
  const rest = h("details", { class: "cb-rest" }, summary, left);
  panel.body.append(asked, rest);
  const make = () => h("li", {}, h("b"), h("span", { class: "cb-says" }), h("span", { class: "note" }), h("small", { translate: "no", lang: "en" }));
  const patch = (item, [mark, word, says, reason, source]) => {
    const [verdict, statement, why, from] = item.children;
    setText(verdict, word);
    setAttr(verdict, "class", { pass: "pass", fail: "fail", open: "todo" }[mark]);
    setText(statement, says);
    setText(why, reason);
    setText(from, source);
  };
  return {
    draw(data) {
      setText(panel.sub, data.sub);
      patchList(asked, data.shapes.filter(([mark]) => mark !== "open"), make, patch);
      patchList(left, data.shapes.filter(([mark]) => mark === "open"), make, patch);
      setText(summary, data.rest);
      rest.hidden = !left.children.length;
      panel.drawTwin(data.twin);
    },
  };
}
