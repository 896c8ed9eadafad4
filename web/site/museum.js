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
