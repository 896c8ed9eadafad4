// The position and what the session is doing: a mark with its own shape, and a sentence.

import { h, setAttr, setText } from "./dom.js";

const MARKS = { paused: "\u25cf", running: "\u25b6", waiting: "\u29d6", passed: "\u2713", failed: "\u2715" };

export function status(ctx) {
  const at = h("b", { class: "mono" });
  const of = h("span", { class: "dim" });
  const mark = h("span", { "aria-hidden": "true" });
  const said = h("span", { class: "said", role: "status" });
  const tag = h("span", { class: "tag state" }, mark, said);
  const engine = h("span", { class: "tag engine mono" });
  ctx.host.append(h("span", { class: "cnt" }, at, " ", of), engine, tag);
  return {
    draw(data) {
      setText(at, data.position);
      setText(of, data.of);
      setText(engine, data.engine);
      setAttr(engine, "title", data.engine_hint);
      setAttr(engine, "aria-label", `${ctx.t.engine} ${data.engine}`);
      setText(mark, MARKS[data.look]);
      setText(said, data.sentence);
      setAttr(tag, "data-look", data.look);
      setAttr(tag, "title", data.sentence);
    },
  };
}
