// A button with a menu, by the WAI-ARIA pattern: Enter or arrow down opens it, arrows go along, a
// letter jumps, Esc and Tab close. Its items are asked for anew each time.

import { h, icon, setAttr } from "./dom.js";

const MENU_GAP_PX = 4;

/** `items()` gives {text, act, name} with kind "radio" or "checkbox" and `on`, or {heading}. */
export function menuButton({ root, label, text, name, items, sign, class: look }) {
  const button = h("button", {
    class: look, type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "data-menu": name,
    "aria-label": label, title: label,
  }, sign && icon(sign), h("span", {}, text));
  let menu = null;

  function close(back = true) {
    if (!menu) return;
    menu.remove();
    menu = null;
    setAttr(button, "aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (back) button.focus({ preventScroll: true });
  }
  function outside(event) {
    const path = event.composedPath();
    if (!path.includes(menu) && !path.includes(button)) close(false);
  }
  function open() {
    menu = h("div", { class: "pm panel", role: "menu", "aria-label": label }, ...items().map((item) => {
      if ("heading" in item) return item.heading ? h("div", { class: "pm-head", role: "presentation" }, item.heading) : h("hr", { role: "presentation" });
      return h("button", {
        type: "button", role: item.kind ? `menuitem${item.kind}` : "menuitem", tabindex: "-1", "data-item": item.name,
        "aria-checked": item.kind ? String(Boolean(item.on)) : null,
        onclick: () => { close(); item.act(); },
      }, item.text);
    }));
    root.append(menu);
    const at = button.getBoundingClientRect(), all = root.getBoundingClientRect();
    const left = Math.max(MENU_GAP_PX, Math.min(at.left - all.left, all.width - menu.offsetWidth - MENU_GAP_PX));
    const below = at.bottom - all.top + MENU_GAP_PX, above = at.top - all.top - menu.offsetHeight - MENU_GAP_PX;
    const top = below + menu.offsetHeight > all.height && above > 0 ? above : below;
    menu.style.setProperty("left", `${left}px`);
    menu.style.setProperty("top", `${top}px`);
    menu.style.setProperty("max-height", `${Math.max(120, all.height - Math.max(top, 0) - MENU_GAP_PX)}px`);
    setAttr(button, "aria-expanded", "true");
    menu.addEventListener("keydown", onKey);
    menu.addEventListener("focusout", (event) => { if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) close(false); });
    document.addEventListener("pointerdown", outside, true);
    menu.querySelector("button").focus({ preventScroll: true });
  }
  function onKey(event) {
    event.stopPropagation();  // no letter is a command here
    const all = [...menu.querySelectorAll("button")], at = all.indexOf(menu.getRootNode().activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (to !== undefined) all.at(to % all.length).focus();
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
      const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      rest.find((one) => one.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    } else return;
    event.preventDefault();
  }
  button.addEventListener("click", () => (menu ? close() : open()));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || menu) return;
    event.preventDefault();
    event.stopPropagation();
    open();
  });
  return { button, remove: () => close(false) };
}
