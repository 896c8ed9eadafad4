// The theme switch of a page that is only text.

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("vmlab-theme", root.dataset.theme); } catch { /* private window: not kept */ }
});
