// What the devices hold: a card each, in as many columns as there is room for.

import { h, patchList, setText } from "./dom.js";
import { emptyNote, makePanel } from "./panel.js";

export function devices(ctx) {
  const panel = makePanel(ctx);
  const cards = h("div", { class: "dv" });
  const empty = emptyNote();
  panel.body.append(cards, empty);
  panel.body.tabIndex = 0;

  const makeCard = () => h("section", { class: "dc" },
    h("h3", {}, h("b"), " ", h("span", { class: "dim" })), h("dl"));
  const makeFact = () => h("div", {}, h("dt"), h("dd"));

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      setText(empty, data.cards.length ? "" : data.empty);
      patchList(cards, data.cards, makeCard, (card, [name, base, facts]) => {
        const [heading, list] = card.children;
        card.dataset.device = name;
        setText(heading.children[0], name);
        setText(heading.children[1], `${ctx.t.at} ${base}`);
        patchList(list, facts, makeFact, (row, [label, value]) => {
          setText(row.children[0], label);
          setText(row.children[1], value);
        });
      });
    },
  };
}
