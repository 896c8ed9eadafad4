// The museum's own program: which stops were seen, and players where there are any.
// Nothing here is needed to read a page.

import { ask, players } from "./player.js";

const SEEN = "vmlab-seen";

function kept(key) {
  try { return localStorage.getItem(key); } catch { return null; }  // private window
}

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch { /* not kept */ }
}

// A link of the workbench from before it moved to lab/.
if (/^#u=\d/.test(location.hash) && document.querySelector(".tlm")) {
  location.replace(`${document.querySelector('.nav a[href$="lab/"]').href}${location.hash}`);
}

const seen = new Set((kept(SEEN) ?? "").split(",").filter(Boolean));
const here = document.querySelector("article[data-kind=stops]")?.dataset.slug;
if (here && !seen.has(here)) keep(SEEN, [...seen.add(here)].join(","));

const line = document.querySelector(".tlm");
if (line) {
  const stops = [...line.querySelectorAll(".st")];
  const words = JSON.parse(document.getElementById("words").textContent);
  for (const stop of stops) {
    if (!seen.has(stop.dataset.slug)) continue;
    stop.classList.add("seen");
    stop.setAttribute("aria-label", `${stop.textContent.trim()}, ${words.visited}`);
  }
  const many = stops.filter((stop) => stop.classList.contains("seen")).length;
  const count = document.querySelector("[data-visited]");
  count.hidden = !many;
  count.textContent = words.visited_of.replace("{n}", many).replace("{all}", stops.length);
  // Left and right go along the line, wherever in it the focus is.
  line.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = stops.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
  });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href*="#player-"]:not([data-play])');
  if (link) ask(link);
});

players();

// What this device keeps, in the footer; begun when the page has nothing else to do.
async function keepSite() {
  const line = document.getElementById("kept");
  const [text, button] = line.children;
  const words = JSON.parse(document.getElementById("keep-words").textContent);
  const say = (key, values = {}) => {
    text.textContent = words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    line.hidden = false;
  };
  const offer = (key, act, values = {}) => {
    button.textContent = words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    button.onclick = act;
    button.hidden = false;
  };
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const { keeper } = await import(new URL(line.dataset.script, document.baseURI));
  let asked = false;
  const keep = await keeper(new URL(line.dataset.root, document.baseURI).href, [import.meta.url], (message) => {
    if (message.type === "keeping" && asked) say("keeping", message);
    else if (message.type === "full") say("not_kept");
    else if (message.type === "kept") {
      const { pages, large } = message.bytes;
      const sizes = { pages: megabytes(pages), large: megabytes(large), all: megabytes(pages + large) };
      say(message.large ? "kept_all" : "kept_pages", sizes);
      button.hidden = true;
      if (!message.large) offer("keep_all", () => { asked = true; button.hidden = true; keep(true); }, sizes);
    } else if (message.type === "current" && !message.same) {
      say("new_version");
      offer("reload", () => location.reload());
    }
  });
  keep?.(false);
}
const whenIdle = globalThis.requestIdleCallback ?? ((what) => setTimeout(what, 1000));
if (!navigator.connection?.saveData) {
  if (document.readyState === "complete") whenIdle(keepSite);
  else addEventListener("load", () => whenIdle(keepSite));
}
