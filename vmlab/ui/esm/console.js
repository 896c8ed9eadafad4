// The console. It takes keys while it has the focus; Esc leaves it.

import { h, setText } from "./dom.js";
import { makePanel } from "./panel.js";

// What a terminal sends for keys that are not characters.
const KEYS = {
  Enter: "\r", Backspace: "\x7f", Delete: "\x1b[3~", ArrowUp: "\x1b[A", ArrowDown: "\x1b[B",
  ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D", Home: "\x1b[H", End: "\x1b[F",
};

export function terminal(ctx) {
  const panel = makePanel(ctx);
  const output = h("span");
  const screen = h("div", { class: "out", role: "log", "aria-label": ctx.t.output }, output, h("span", { class: "caret" }));
  // A text area takes what a keyboard, a phone's keyboard and a paste all give.
  const input = h("textarea", {
    class: "keys", rows: "1", "aria-label": ctx.t.input, autocomplete: "off",
    autocapitalize: "off", spellcheck: "false",
  });
  const hint = h("span", { class: "hint" }, ctx.t.hint);
  const term = h("div", { class: "term" }, screen, input, hint);
  panel.body.classList.add("dark");
  panel.body.append(term);
  const send = (text) => text && ctx.send({ command: "type", text });

  term.addEventListener("mouseup", () => {
    // Leave a selection alone: it is there to be copied.
    if (!String(term.getRootNode().getSelection?.() ?? getSelection())) input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      input.blur();
      ctx.host.focus();
    } else if (KEYS[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      send(KEYS[event.key]);
    } else if (event.ctrlKey && !event.altKey && /^[a-z]$/.test(event.key) && !"vcx".includes(event.key)) {
      event.preventDefault();
      send(String.fromCharCode(event.key.charCodeAt(0) - 96));
    }
  });
  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    send(input.value.replace(/\r?\n/g, "\r"));
    input.value = "";
  });
  input.addEventListener("compositionend", () => {
    send(input.value);
    input.value = "";
  });
  ctx.focus = () => input.focus();

  return {
    draw(data) {
      setText(panel.sub, data.sub);
      panel.drawTwin(data.twin);
      const body = panel.body;
      const atEnd = body.scrollTop + body.clientHeight > body.scrollHeight - 24;
      setText(output, data.text);
      if (atEnd) body.scrollTop = body.scrollHeight;
    },
  };
}
