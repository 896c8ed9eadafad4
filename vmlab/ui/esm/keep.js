// Share and keep: the button. What it opens, and the store, are files of the site that are loaded
// once the workbench stands (web/site/later/keep.js).

import { h, icon, patchList, setAttr, setText } from "./dom.js";

export function keep(ctx) {
  const plan = JSON.parse(document.getElementById("plan")?.textContent ?? "null");
  const url = plan?.later?.keep && new URL(plan.later.keep, new URL(plan.root, document.baseURI)).href;
  const dialog = h("div", { class: "kp panel", role: "dialog", "aria-label": ctx.t.title, tabindex: "-1", hidden: true });
  const button = h("button", {
    class: "btn", type: "button", title: ctx.t.hint, "aria-label": ctx.t.button, "aria-haspopup": "dialog", "aria-expanded": "false", hidden: !url,
    onclick: () => show(dialog.hidden),
  }, icon("share"), h("span", {}, ctx.t.button));
  ctx.host.append(button);
  ctx.dialog = dialog;
  let keeper = null, last = null, removed = false;

  function show(on) {
    dialog.hidden = !on;
    setAttr(button, "aria-expanded", on ? "true" : "false");
    (on ? dialog : button).focus();
    if (on) ctx.root.dispatchEvent(new CustomEvent("vm-opens", { detail: ctx.kind }));
    if (on) keeper?.opened();
  }
  ctx.root.addEventListener("vm-opens", ({ detail }) => {
    if (detail === ctx.kind || dialog.hidden) return;
    dialog.hidden = true;
    setAttr(button, "aria-expanded", "false");
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(false);
    event.stopPropagation();
  });

  // A link that is followed in a page which stands already is a change of its address.
  const follow = () => ctx.send({ command: "follow", fragment: location.hash });
  // The header says a theme that was chosen in the address, which is no change that it is told of.
  const follows = ["hashchange", "vmlab-address"];
  if (url) for (const type of follows) window.addEventListener(type, follow);

  async function start() {
    try {
      const { keeping } = await import(url);
      if (removed) return;
      keeper = await keeping({ ctx, dialog, close: () => show(false), dom: { h, patchList, setAttr, setText } });
      if (last) keeper.draw(last);
      if (!dialog.hidden) keeper.opened();
      setAttr(ctx.root, "data-keeps", "");
    } catch (error) {
      console.warn(error);
      dialog.append(h("p", { class: "note" }, ctx.t.errors.loading));
    }
  }
  return {
    draw(data) {
      if (!last && url) start();
      last = data;
      keeper?.draw(data);
    },
    remove() {
      removed = true;
      for (const type of follows) window.removeEventListener(type, follow);
      keeper?.remove();
    },
  };
}
