// The board's head: guest, point, techniques as chips, the buttons, and one sentence.

import { h, icon, patchList, setAttr, setIcon, setText } from "../dom.js";

export function race(ctx) {
  const t = ctx.t;
  const select = (command, label) => {
    const list = h("select", { class: "btn" });
    list.addEventListener("change", () => ctx.send({ command, value: list.value }));
    return [list, h("label", { class: "cb-pick" }, h("span", {}, label), list)];
  };
  const [guest, guestLabel] = select("guest", t.guest);
  const [point, pointLabel] = select("point", t.point);
  const insns = h("input", { class: "btn cb-insns", type: "number", min: "1", max: "20000000", step: "1", "aria-label": t.insns });
  insns.addEventListener("change", () => ctx.send({ command: "insns", value: Math.trunc(Number(insns.value)) }));
  const chips = h("div", { class: "cb-chips", role: "group", "aria-label": t.techniques });
  const runIcon = icon("run"), runWord = h("span");
  let running = false;
  const run = h("button", { class: "btn pri", type: "button", onclick: () => ctx.send({ command: running ? "pause" : "run" }) }, runIcon, runWord);
  const step = h("button", { class: "btn", type: "button", title: t.step_hint, onclick: () => ctx.send({ command: "step" }) }, icon("trap"), t.step);
  const reset = h("button", { class: "btn", type: "button", title: t.reset_hint, onclick: () => ctx.send({ command: "reset" }) }, icon("reset"), t.reset);
  const said = h("p", { class: "cb-said", role: "status" });
  const message = h("div", { class: "msg", role: "alert", hidden: true }, h("span"),
    h("button", { class: "btn", type: "button", onclick: () => ctx.send({ command: "dismiss" }) }, t.dismiss));
  ctx.messageHost.append(message);
  ctx.host.append(
    h("div", { class: "cb-what" }, guestLabel, pointLabel, insns),
    chips,
    h("div", { class: "cb-go" }, run, step, reset, said),
  );

  const options = (list, values, chosen) => {
    patchList(list, values, () => h("option"), (option, [value, words]) => {
      setText(option, words);
      setAttr(option, "value", value);
    });
    list.value = chosen;
  };
  function chip([name]) {
    const box = h("input", { type: "checkbox", "data-technique": name });
    box.addEventListener("change", () => ctx.send({ command: "technique", value: box.dataset.technique, on: box.checked }));
    return h("label", { class: "cb-chip" }, box, h("span"));
  }
  return {
    draw(data) {
      options(guest, data.guests, data.guest);
      options(point, data.points, data.point);
      insns.hidden = data.point !== "insns";
      if (ctx.host.getRootNode().activeElement !== insns) insns.value = data.insns || "";
      patchList(chips, data.techniques, chip, (label, [name, title, hint, on, fixed]) => {
        const [box, word] = label.children;
        box.dataset.technique = name;
        box.checked = Boolean(on);
        box.disabled = Boolean(fixed);
        setText(word, title);
        setAttr(label, "title", hint);
      });
      running = data.running;
      setIcon(runIcon, running ? "pause" : "run");
      setText(runWord, running ? t.pause : t.run);
      run.disabled = step.disabled = data.over;
      setAttr(run, "title", data.over ? t.over : null);
      setAttr(step, "title", data.over ? t.over : t.step_hint);
      setText(said, data.said);
      message.hidden = !data.message;
      setText(message.firstElementChild, data.message);
    },
  };
}
