// Chooses light or dark, and the language, before the first paint, so that nothing flashes. A
// classic script: the page waits for it, and it is over before anything else starts.

(() => {
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  root.dataset.theme = kept("vmlab-theme")
    ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  // Pages of text have one language. The others speak what the address asks for, then what was
  // chosen here before, then what they were served in, then what the browser asks for.
  if (!("languages" in root.dataset)) return;
  const known = (tag) => root.dataset.languages.split(" ")
    .find((one) => tag && one.split("-")[0] === tag.toLowerCase().split("-")[0]);
  const asked = new URLSearchParams(location.hash.slice(1)).get("lang");
  const served = root.lang === "en" ? null : root.lang;
  const wanted = [asked, kept("vmlab-language"), served, ...navigator.languages];
  root.lang = wanted.map(known).find((tag) => tag) ?? "en";
})();
