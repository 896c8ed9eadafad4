// The call stack: a frame is a button that shows its code.

import { emptyNote, makePanel, scrollable } from "./panel.js";
import { h, hex, owner, patchList, setAttr, setHex, setOwner, setText } from "./dom.js";

export function stack(ctx) {
  const panel = makePanel(ctx);
  const list = h("ol", { class: "st" });
  const end = emptyNote();
  panel.body.append(list, end);
  scrollable(panel, ctx.t.title);

  function make() {
    const row = h("li", {}, owner(),
      h("button", { class: "mini", type: "button", title: ctx.t.look }), h("span", { class: "at" }),
      h("span", { class: "by" }), h("span", { class: "regs" }, "pc ", hex(), " sp ", hex()));
    row.children[1].addEventListener("click", () => ctx.send({ command: "look", number: [...list.children].indexOf(row) }));
    return row;
  }

  return {
    draw(data) {
      panel.drawTwin(data.twin);
      patchList(list, data.frames, make, (row, [name, where, pc, sp, mode, who, by], index) => {
        const [mark, button, at, how, regs] = row.children;
        setOwner(mark, mode, who);
        setText(button, name);
        setText(at, where);
        setText(how, by);
        const [first, second] = regs.querySelectorAll(".hx");
        setHex(first, pc);
        setHex(second, sp);
        setAttr(row, "aria-current", index ? null : "true");
      });
      setText(end, data.end);
    },
  };
}
