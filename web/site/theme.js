// Chooses the theme, the presentation and the language before the first paint, so that nothing
// flashes. A classic script: the page waits for it, and it is over before anything else starts.

(() => {
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (store, name, value) => {
    try {
      if (value === null) store().removeItem(name);
      else store().setItem(name, value);
    } catch { /* private window: not kept */ }
  };
  const hash = new URLSearchParams(location.hash.slice(1)), search = new URLSearchParams(location.search);
  const paper = matchMedia("print"), dark = matchMedia("(prefers-color-scheme: dark)"), contrast = matchMedia("(prefers-contrast: more)");
  const known = (theme) => ["light", "dark", "contrast"].includes(theme) ? theme : null;
  let chosen = known(hash.get("theme")) ?? known(search.get("theme")) ?? known(kept("vmlab-theme"));

  function paint() {
    const wanted = chosen ?? (contrast.matches ? "contrast" : dark.matches ? "dark" : "light");
    root.dataset.theme = paper.matches && wanted === "dark" ? "light" : wanted;
    dispatchEvent(new Event("vmlab-theme"));
  }
  for (const query of [paper, dark, contrast]) query.addEventListener("change", paint);
  paint();

  // A presentation lasts as long as its tab, from page to page.
  function present(on) {
    if (on) root.dataset.stage = "on";
    else delete root.dataset.stage;
    keep(() => sessionStorage, "vmlab-stage", on ? "on" : null);
  }
  const asksStage = search.get("present") ?? hash.get("present");
  let staged = asksStage === "1";
  if (asksStage === null) { try { staged = sessionStorage.getItem("vmlab-stage") === "on"; } catch { /* not kept */ } }
  present(staged);

  globalThis.vmlabLooks = {
    theme: () => chosen,
    choose(theme) {
      chosen = known(theme);
      keep(() => localStorage, "vmlab-theme", chosen);
      paint();
    },
    present,
  };
  root.dataset.scripts = "";

  // Pages of text have one language. The others speak what the address asks for, then what was
  // chosen here before, then what they were served in, then what the browser asks for.
  if (!("languages" in root.dataset)) return;
  const spoken = (tag) => root.dataset.languages.split(" ")
    .find((one) => tag && one.split("-")[0] === tag.toLowerCase().split("-")[0]);
  const asked = hash.get("lang");
  const served = root.lang === "en" ? null : root.lang;
  const wanted = [asked, kept("vmlab-language"), served, ...navigator.languages];
  root.lang = wanted.map(spoken).find((tag) => tag) ?? "en";
})();
