// The compare screen: what is compared, the lanes, the papers, the shapes, one below the other.

import { h } from "../dom.js";
import { frames, show, watchLanguage, watchTheme } from "../follow.js";
import { lanes } from "./lanes.js";
import { papers, shapes } from "./papers.js";
import { race } from "./race.js";

const WIDGETS = { race, lanes, papers, shapes };
const PANES = ["lanes", "papers", "shapes"];

export function render(context) {
  show(context, build);
}

function build(model, el) {
  const setup = JSON.parse(model.setup);
  const root = h("div", { class: `vm ${model.layout}`, lang: setup.language });
  const theme = watchTheme(root), language = watchLanguage(model, setup.language);
  const messageHost = h("div", { class: "msgs" });
  const pictures = {}, hosts = [];
  for (const kind of model.kinds) {
    const pane = PANES.includes(kind);
    const host = h(pane ? "section" : "div", { class: pane ? `panel p-${kind}` : `w-${kind}`, "data-kind": kind, tabindex: pane ? "-1" : null });
    const ctx = { kind, host, root, page: true, messageHost, t: setup[kind], send: (message) => model.send_msg({ ...message, to: kind }) };
    pictures[kind] = WIDGETS[kind](ctx);
    hosts.push(host);
  }
  const t = setup.screen;
  root.append(
    h("div", { class: "cb-top" }, h("h1", { class: "cb-h1" }, t.title), h("span", { class: "grow" }),
      h("span", { class: "tag meas" }, t.measured), h("span", { class: "tag model" }, t.modelled), h("span", { class: "tag cb-theirs" }, t.recorded)),
    messageHost, ...hosts);
  el.append(root);
  const { take, draw } = frames(model, root, pictures);
  return {
    take,
    draw,
    place: () => null,
    remove() {
      theme.remove();
      language.disconnect();
      root.remove();
    },
  };
}
