// Chooses light or dark before the first paint, so that nothing flashes. A classic script: the
// page waits for it, and it is over before anything else starts.

document.documentElement.dataset.theme = localStorage.getItem("vmlab-theme")
  ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
