// The time-travel bar: the whole run, who had how much of each part of it, the window and the
// playhead. It is a slider: a click, a drag or an arrow travels.

import { h, ownerClass, patchList, setAttr, setText } from "./dom.js";
import { setSpot } from "./panel.js";

const ANSWER_MS = 200;
const OWNER_COLOUR = { u: "var(--u)", k: "var(--k)", v: "var(--v)", hw: "var(--h)" };

export function timeBar(ctx) {
  const t = ctx.t;
  const columns = h("div", { class: "tb-cols", "aria-hidden": "true" });
  const ahead = h("i", { class: "tb-ahead" }), frame = h("i", { class: "tb-win" }), head = h("i", { class: "tb-head" });
  const host = h("div", {
    class: "tb", role: "slider", tabindex: "0", "aria-label": t.bar, "aria-valuemin": "0",
  }, columns, ahead, frame, head);
  const marks = h("div", { class: "tb-marks" });
  const whole = h("div", { class: "tb-all" }, host, marks);
  const kept = h("small");
  const name = h("div", { class: "tb-name" }, h("b", {}, t.bar), kept);
  let data = null;
  let dragged = false;
  let asked = null;  // the position that was sent and is not drawn yet
  let next = null;  // where the pointer is meanwhile
  let timer = 0;

  /** One position at a time is under way: the next one is sent when it has been drawn. */
  function travel(position) {
    next = Math.max(0, Math.min(data.recorded, Math.round(position)));
    if (asked === null) send();
  }

  function send() {
    clearTimeout(timer);
    if (next === null || next === data.position) { next = asked = null; return; }
    asked = next;
    next = null;
    ctx.send({ command: "go", position: asked });
    timer = setTimeout(answered, ANSWER_MS);
  }

  function answered() {
    asked = null;
    send();
  }

  function pointed(event) {
    const box = host.getBoundingClientRect();
    travel(((event.clientX - box.left) / box.width) * data.recorded);
  }

  host.addEventListener("pointerdown", (event) => {
    if (!data || event.button !== 0) return;
    dragged = true;
    host.setPointerCapture(event.pointerId);
    pointed(event);
  });
  host.addEventListener("pointermove", (event) => { if (dragged) pointed(event); });
  for (const end of ["pointerup", "pointercancel"]) host.addEventListener(end, () => { dragged = false; });
  host.addEventListener("keydown", (event) => {
    if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(1, data.recorded / 100);
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -10 * step, PageUp: 10 * step };
    const to = { Home: 0, End: data.recorded }[event.key] ?? (event.key in by ? data.position + by[event.key] : null);
    if (to === null) return;
    event.preventDefault();
    travel(to);
  });

  function makeMark() {
    const node = h("button", { class: "tb-mark", type: "button" });
    node.addEventListener("click", () => travel(node.vmPosition));
    return node;
  }

  /** One column: the owners' shares from the top, in the order of the lanes, to half a pixel: what
   *  cannot be seen changes no style. */
  function shares(parts) {
    let at = 0, sum = 0;
    const stops = parts.flatMap((part, lane) => {
      const from = at;
      sum += part;
      at = Math.round(sum / 20) * 2;
      if (at === from) return [];
      const colour = OWNER_COLOUR[ownerClass(data.lanes[lane][0])];
      return [`${colour} ${from}%`, `${colour} ${at}%`];
    });
    if (at < 99) stops.push(`transparent ${at}%`);
    return `linear-gradient(${stops.join(",")})`;
  }

  return {
    host: whole,
    name,
    draw(given) {
      const moved = !data || data.position !== given.position;
      data = given;
      patchList(columns, data.bar, () => h("i"), (node, [, , x, w, parts]) => {
        setSpot(node, { x: x / 10000, w: w / 10000 });
        const picture = parts.some(Boolean) ? shares(parts) : "none";
        if (node.vmPicture !== picture) node.style.backgroundImage = node.vmPicture = picture;
      });
      const [from, to] = data.bar_window;
      setSpot(frame, { x: from / 10000, w: (to - from) / 10000 });
      setSpot(head, { x: data.bar_playhead / 10000 });
      setSpot(ahead, { x: data.bar_playhead / 10000 });
      setAttr(host, "aria-valuemax", data.recorded);
      setAttr(host, "aria-valuenow", data.position);
      setAttr(host, "aria-valuetext", t.at.replace("{position}", data.position.toLocaleString("en"))
        .replace("{recorded}", data.recorded.toLocaleString("en")));
      // Buttons of their own: what stands inside a slider is no control for a screen reader.
      patchList(marks, data.marks, makeMark, (node, [position, x]) => {
        node.vmPosition = position;
        setSpot(node, { x: x / 10000 });
        const said = t.bookmark.replace("{position}", position.toLocaleString("en"));
        setAttr(node, "aria-label", said);
        setAttr(node, "title", said);
      });
      setText(kept, data.kept);
      setAttr(kept, "title", data.kept);
      if (moved && asked !== null) answered();
    },
  };
}
