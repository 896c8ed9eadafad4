// Which guest: one of the catalogue, a file chosen, or a file dropped anywhere on the page; and
// its run saved as a file.

import { h, icon, patchList, setAttr, setText } from "./dom.js";

const KEPT_MS = 60_000;  // the browser reads a saved file within this time

export function guests(ctx) {
  const select = h("select", { class: "btn", "aria-label": ctx.t.choose });
  const file = h("input", { type: "file", hidden: true });
  const open = h("button", { class: "btn", type: "button", title: ctx.t.open_hint, onclick: () => file.click() },
    icon("open"), h("span", {}, ctx.t.open));
  const save = h("button", {
    class: "btn save", type: "button", title: ctx.t.save_hint,
    onclick: () => { asked = true; ctx.send({ command: "save" }); },
  }, icon("save"), h("span", {}, ctx.t.save));
  let asked = false;  // here, and not in another view of the same run
  const over = h("div", { class: "drop", hidden: true }, h("p", {}, ctx.t.drop));
  const words = h("span");
  const close = h("button", {
    class: "mini", type: "button", onclick: () => ctx.send({ command: "dismiss" }),
  }, ctx.t.dismiss);
  const message = h("div", { class: "msg", role: "alert", hidden: true }, words, close);
  const question = h("span");
  const choice = (role, label) => h("button", {
    class: "btn", type: "button", "data-role": role, onclick: () => ctx.send({ command: "raw", role }),
  }, label);
  const ask = h("div", { class: "ask-file", role: "alert", hidden: true }, question,
    choice("bios", ctx.t.bios), choice("kernel", ctx.t.kernel), choice("cancel", ctx.t.cancel));
  ctx.host.append(select, open, file, save);
  ctx.root.append(over);
  ctx.messageHost.append(message, ask);

  // Firmware of others that the site brings along: the page's plan says where it lies.
  const plan = (ctx.page && JSON.parse(document.getElementById("plan")?.textContent ?? "null")) || {};
  const firmware = plan.firmware ?? [];
  const site = new URL(plan.root ?? "./", document.baseURI);
  const load = async (url) => {
    if (!url) return null;
    const answer = await fetch(new URL(url, site));
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.arrayBuffer();
  };
  async function start({ title, bios, kernel }) {
    try {
      const [first, second] = await Promise.all([load(bios), load(kernel)]);
      ctx.send({ command: "firmware", name: title, data: first, kernel: second });
    } catch {
      ctx.send({ command: "unreachable", name: title });
    }
  }
  select.addEventListener("change", () => {
    const offered = firmware.find(({ title }) => title === select.value);
    if (offered) start(offered);
    else ctx.send({ command: "guest", name: select.value });
  });
  file.addEventListener("change", () => { take(file.files[0]); file.value = ""; });

  async function take(chosen) {
    if (!chosen) return;
    // Nothing that large is a guest: say so before reading it into memory.
    if (chosen.size > ctx.t.limit_bytes) ctx.send({ command: "too_large", name: chosen.name, size: chosen.size });
    else {
      const data = await chosen.arrayBuffer();
      ctx.onfile?.(chosen.name, data);
      ctx.send({ command: "file", name: chosen.name, data });
    }
  }

  function keep([number, name, base64]) {
    if (!asked) return;
    asked = false;
    ctx.send({ command: "saved", number });
    const data = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([data], { type: "application/octet-stream" }));
    h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
  }

  const target = ctx.page ? document : ctx.root;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  const show = (on) => { over.hidden = !on; };
  const handlers = {
    dragenter: (event) => { if (carries(event)) { depth += 1; show(true); event.preventDefault(); } },
    dragover: (event) => { if (carries(event)) event.preventDefault(); },
    dragleave: (event) => { if (carries(event)) { depth = Math.max(0, depth - 1); show(depth > 0); } },
    drop: (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      depth = 0;
      show(false);
      take(event.dataTransfer.files[0]);
    },
  };
  for (const [name, handler] of Object.entries(handlers)) target.addEventListener(name, handler);

  return {
    draw(data) {
      const offered = firmware.map(({ title }) => [title, title]).filter(([title]) => title !== data.guest);
      patchList(select, [...data.guests, ...offered], () => h("option"), (option, [name, title]) => {
        setText(option, title);
        setAttr(option, "value", name);
      });
      select.value = data.guest;
      if (data.saved) keep(data.saved);
      setText(words, data.message);
      message.hidden = data.message === "";
      setText(question, data.ask);
      ask.hidden = data.ask === "";
      setAttr(select, "title", data.about);
    },
    remove() {
      for (const [name, handler] of Object.entries(handlers)) target.removeEventListener(name, handler);
    },
  };
}
