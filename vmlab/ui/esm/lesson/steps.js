// Between Python and the page that the lesson's text stands in.
//
//   Python -> page   the event vmlab:lesson of the document: what has changed of
//                    { ready, busy, cells, observed, verdict, refused, source }
//   page -> Python   the event vmlab:lesson-do: { command, ... }: run, again, restart, check, stop, restore

import { h, icon, setAttr, setText } from "../dom.js";

/** Tell the page. */
export function tellPage(detail) {
  document.dispatchEvent(new CustomEvent("vmlab:lesson", { detail }));
}

/** Where the workbench stands, as this page leads there. */
function workbench(root, fragment) {
  const plan = JSON.parse(document.getElementById("plan")?.textContent ?? "null");
  if (!plan || !fragment) return null;
  const place = `${root.lang.startsWith("zh") ? "zh/" : ""}lab/`;
  return new URL(place, new URL(plan.root, document.baseURI)).href + fragment;
}

export function lessonSteps(ctx) {
  const t = ctx.t;
  const empty = h("p", { class: "ls-empty note" }, t.empty);
  const link = h("a", { class: "btn quiet", hidden: true, title: t.open_hint, target: "_blank", rel: "noopener" }, icon("open"), t.open);
  const message = h("div", { class: "msg", role: "alert", hidden: true }, h("span"),
    h("button", { class: "btn", type: "button", onclick: () => ctx.send({ command: "dismiss" }) }, t.dismiss));
  ctx.host.append(empty);
  ctx.messageHost.append(message);
  ctx.link = link;
  let told = ctx.before ?? null;

  function asked({ detail }) {
    const { command, cell, source, answers } = detail ?? {};
    if (command === "check") ctx.check?.(source);
    else if (command === "stop") stop();
    else if (command === "restore") {
      if (typeof source === "string") ctx.fill?.(source);
      if (answers) ctx.send({ command: "restore", answers });
    } else if (command) ctx.send({ command, cell });
  }
  function stop() {
    document.dispatchEvent(new Event("vmlab-pause"));  // our page can stop a Python that hears nothing
    ctx.send({ command: "stop" });
  }
  ctx.stop = stop;
  document.addEventListener("vmlab:lesson-do", asked);

  /** What differs from what the page knows, key by key and cell by cell. */
  function news(now) {
    const found = {};
    if (!told) found.ready = true;
    for (const [name, value] of Object.entries(now)) {
      const text = JSON.stringify(value);
      if (told?.[name] === text) continue;
      if (name !== "cells") found[name] = value;
      else {
        const before = JSON.parse(told?.cells ?? "{}");
        found.cells = Object.fromEntries(Object.entries(value)
          .filter(([number, cell]) => JSON.stringify(before[number]) !== JSON.stringify(cell)));
      }
      told = { ...told, [name]: text };
    }
    return found;
  }
  ctx.tell = (now) => {
    const found = news(now);
    if (Object.keys(found).length) tellPage(found);
  };

  return {
    draw(data) {
      const { busy, cells, observed } = data;
      ctx.tell({ busy, observed, ...cells ? { cells } : {} });
      empty.hidden = data.shows;
      const place = workbench(ctx.root, data.link);
      link.hidden = !data.shows || !place;
      setAttr(link, "href", place);
      message.hidden = !data.message;
      setText(message.firstElementChild, data.message);
    },
    merge: (first, then) => ({ ...first, ...then }),
    told: () => told,
    remove() {
      document.removeEventListener("vmlab:lesson-do", asked);
      message.remove();
    },
  };
}
