// The console. It takes keys while it has the focus; Esc leaves it. In the page it is a terminal, as
// soon as there is something to show; where there is none (a notebook, a site without its files) it is
// plain text, laid out by Python.

import { h, setAttr, setText } from "./dom.js";
import { makePanel } from "./panel.js";
import { openTerminal, terminalFolder } from "./terminal.js";

// What a terminal sends for keys that are not characters.
const KEYS = {
  Enter: "\r", Backspace: "\x7f", Delete: "\x1b[3~", ArrowUp: "\x1b[A", ArrowDown: "\x1b[B",
  ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D", Home: "\x1b[H", End: "\x1b[F",
};
const READER_STORE = "vmlab.reader";

export function terminal(ctx) {
  const t = ctx.t;
  let reads = false;
  try { reads = localStorage.getItem(READER_STORE) === "on"; } catch { /* private window */ }
  const reader = h("button", {
    class: "mini", type: "button", title: t.reader_hint, hidden: true, "aria-pressed": String(reads),
    onclick() {
      reads = !reads;
      setAttr(reader, "aria-pressed", String(reads));
      try { localStorage.setItem(READER_STORE, reads ? "on" : "off"); } catch { /* not kept */ }
      real?.read(reads);
    },
  }, t.reader);
  const panel = makePanel(ctx, reader);
  const output = h("span");
  const screen = h("div", { class: "out", role: "log", "aria-label": t.output }, output, h("span", { class: "caret" }));
  // A text area takes what a keyboard, a phone's keyboard and a paste all give.
  const input = h("textarea", {
    class: "keys", rows: "1", "aria-label": t.input, autocomplete: "off",
    autocapitalize: "off", spellcheck: "false",
  });
  const term = h("div", { class: "term" }, screen, input, h("span", { class: "hint" }, t.hint));
  panel.body.classList.add("dark");
  panel.body.append(term);
  const send = (text) => text && ctx.send({ command: "type", text });
  // Behind the terminal, so that Tab then goes on to what follows it.
  const behind = h("span", { class: "vh", tabindex: "-1" });
  panel.body.append(behind);
  const leave = () => behind.focus({ preventScroll: true });

  term.addEventListener("mouseup", () => {
    // Leave a selection alone: it is there to be copied.
    if (!real && !String(term.getRootNode().getSelection?.() ?? getSelection())) input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      leave();
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

  // The terminal ----------------------------------------------------------------------------

  const folder = terminalFolder();
  let real = null;  // the terminal, once it is there
  let loading = false;
  let gone = false;
  let kept = "";  // all bytes since it began anew, until the terminal has them
  let end = 0;

  function plain() {
    ctx.send({ command: "plain" });
    panel.body.title = t.plain;
  }

  function load() {
    if (loading || !folder || !(kept || ctx.host.contains(ctx.host.getRootNode().activeElement)) || !ctx.host.checkVisibility()) return;
    loading = true;
    const place = h("div", { class: "out xt" });
    term.append(place);
    openTerminal(folder, place, { words: t, typed: send, left: leave, reader: reads }).then((made) => {
      if (gone) { made.remove(); return; }
      real = made;
      reader.hidden = false;
      const typing = input === input.getRootNode().activeElement;
      screen.remove();
      input.remove();
      term.classList.add("real");
      real.write(kept, true);
      kept = "";
      if (typing) real.focus();
    }).catch(() => {
      place.remove();
      plain();
    });
  }
  if (!folder) plain();
  const seen = new IntersectionObserver(load);
  seen.observe(ctx.host);
  input.addEventListener("focus", load);
  ctx.focus = () => (real ? real.focus() : input.focus());

  return {
    /** Two pictures that wait for one drawing: the bytes of both. */
    merge(old, next) {
      if (next.whole !== false || next.from !== old.end) return next;
      return { ...next, whole: old.whole, from: old.from, bytes: old.bytes + next.bytes };
    },
    draw(data) {
      setText(panel.sub, data.text !== undefined && !folder ? `${data.sub}, ${t.plain}` : data.sub);
      panel.drawTwin(data.twin);
      if (data.text !== undefined) {
        const body = panel.body;
        const atEnd = body.scrollTop + body.clientHeight > body.scrollHeight - 24;
        setText(output, data.text);
        if (atEnd) body.scrollTop = body.scrollHeight;
        return;
      }
      if (!data.whole && data.from !== end) {  // a frame got lost on its way
        ctx.send({ command: "again" });
        return;
      }
      end = data.end;
      if (real) real.write(data.bytes, data.whole);
      else {
        kept = data.whole ? data.bytes : kept + data.bytes;
        load();
      }
    },
    remove() {
      gone = true;
      seen.disconnect();
      real?.remove();
    },
  };
}
