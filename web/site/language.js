// The page's language: its words, and the switch. theme.js has chosen it before the first paint.
//
// The page's own texts are the keys: whatever stands in the document in English has its translation
// in the plan. Python's part of the page follows the `lang` of the document by itself.

const root = document.documentElement;
const plan = JSON.parse(document.getElementById("plan").textContent);
const words = plan.words ?? {};
const site = new URL(plan.root, document.baseURI);
const STORE = "vmlab-language";
const SHOWN = ["aria-label", "title", "alt", "placeholder", "content"];
const listeners = [];

/** A sentence in the page's language, its values filled in. */
export function t(template, values = {}) {
  const text = words[root.lang]?.[template] ?? template;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Call `listener` after each change of the language. */
export function onLanguage(listener) {
  listeners.push(listener);
}

// The page may have been served in any of its languages: back to English first.
const english = new Map(Object.values(words).flatMap((map) => Object.entries(map).map(([en, other]) => [other, en])));
const inEnglish = (text) => english.get(text) ?? text;

/** Put every text of the page that is known into the page's language. */
function translatePage() {
  const skip = (node) => node.closest("script, style, [translate=no], .root");
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const said = node.data.replace(/\s+/g, " ").trim();
    if (!said || skip(node.parentElement)) continue;
    const wanted = t(inEnglish(said));
    if (wanted !== said) node.data = node.data.replace(node.data.trim(), () => wanted);
  }
  for (const name of SHOWN) {
    for (const node of document.querySelectorAll(`[${name}]`)) {
      const said = node.getAttribute(name);
      if (!skip(node) && t(inEnglish(said)) !== said) node.setAttribute(name, t(inEnglish(said)));
    }
  }
}

const button = document.getElementById("language");
const other = () => root.lang === "en" ? ["zh-Hans", "中文"] : ["en", "EN"];

/** Let the header lead to the parts of the site in the page's language, and to this page in the other. */
function leadOn() {
  const { parts } = plan.parts[root.lang];
  const lead = (link, place) => { link.href = new URL(place, site).href; };
  document.querySelectorAll(".app .nav a").forEach((link, at) => lead(link, parts[at]));
  lead(document.querySelector(".app .brand"), parts[0]);
  lead(button, plan.parts[button.lang].page);
}

function show() {
  [button.lang, button.textContent] = other();
  button.hreflang = button.lang;
  leadOn();
  translatePage();
  listeners.forEach((listener) => listener());
}

// Without scripts it is a link to the page in the other language; so it is where the text of the page
// has one language, as a lesson's.
button.addEventListener("click", (event) => {
  if (!("languages" in root.dataset)) return;
  event.preventDefault();
  [root.lang] = other();
  try { localStorage.setItem(STORE, root.lang); } catch { /* private window: not kept */ }
  // An address that names a language goes on naming the one that is shown.
  const address = location.hash.replace(/([#&]lang=)[^&]*/, (_, key) => key + root.lang.split("-")[0]);
  if (address !== location.hash) history.replaceState(history.state, "", address);
  show();
});
show();
