// The Now line: who runs, the next instruction, and what will happen.

import { h, owner, setAttr, setClass, setOwner, setText } from "./dom.js";

export function now(ctx) {
  const mark = owner();
  const name = h("strong");
  const mode = h("b");
  const modeName = h("span", { class: "two" });
  const next = h("code");
  const verdict = h("strong", { class: "verdict" });
  const why = h("span");
  const nextPart = h("span", { class: "nx" }, ctx.t.next, " ", next);
  const sentence = h("span", { class: "why" }, verdict, " ", why);
  ctx.host.append(
    h("span", { class: "mode" }, mark, name, mode, modeName),
    h("span", { class: "sep" }), nextPart, h("span", { class: "sep" }), sentence,
  );
  setAttr(ctx.host, "aria-label", ctx.t.title);
  return {
    draw(data) {
      // Silent while running: a screen reader must not read ten lines a second.
      setAttr(ctx.host, "aria-live", data.quiet ? "off" : "polite");
      setAttr(ctx.host, "data-mode", data.mode);
      setOwner(mark, data.short, data.owner);
      setText(name, data.owner);
      setText(mode, data.short);
      setText(modeName, data.mode_name);
      setText(next, data.instruction);
      nextPart.hidden = !data.instruction;
      setText(verdict, data.verdict);
      setText(why, data.sentence);
      setClass(ctx.host, "traps", data.traps);
    },
  };
}
