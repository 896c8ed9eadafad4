// Printing: every text twin, and no control. The twins are Python's, so they are asked for first: by
// Ctrl+P and by the header's button. The browser's own menu prints the pictures as they are.

import { h, setAttr } from "./dom.js";
import { drawTable } from "./panel.js";

/** `ask` sends for the twins; `draw` gets them and prints. */
export function printing(root, ask) {
  const sheet = h("div", { class: "printed" });
  root.append(sheet);
  const asked = (event) => {
    event.preventDefault();
    ask();
  };
  const key = (event) => {
    if (event.key.toLowerCase() === "p" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) asked(event);
  };
  const over = () => {
    setAttr(root, "data-printed", null);
    sheet.replaceChildren();
  };
  document.addEventListener("vmlab-print", asked);
  document.addEventListener("keydown", key);
  addEventListener("afterprint", over);
  return {
    draw(tables) {
      sheet.replaceChildren(...tables.map((table) => {
        const part = h("section", {});
        drawTable(part, table, "");
        return part;
      }));
      setAttr(root, "data-printed", "");
      print();
    },
    remove() {
      document.removeEventListener("vmlab-print", asked);
      document.removeEventListener("keydown", key);
      removeEventListener("afterprint", over);
    },
  };
}
