// Starts JupyterLite. Its own pages look for settings in a dozen places and register a service worker
// that removes all others of the host; ours has its settings in itself, and the site's service worker.

const plan = JSON.parse(document.getElementById("plan").textContent);
const config = document.getElementById("jupyter-config-data");
const site = new URL(plan.root, document.baseURI);
const lite = new URL("jupyter/", site);

const app = new URL(plan.app, site);
const bundle = new URL(plan.bundle, app).href;

const absolute = (place) => new URL(place, site).href;

/** The theme that was chosen on the site's pages, else the system's. */
function theme() {
  let chosen = null;
  try { chosen = localStorage.getItem("vmlab-theme"); } catch { /* a private window */ }
  if (!chosen) return { "adaptive-theme": true };
  return { theme: chosen === "dark" ? "JupyterLab Dark" : "JupyterLab Light" };
}

/** On a phone the list of files would leave a notebook a strip. JupyterLab opens it at a time of its own
 *  while it starts: it is folded until the reader does something. A touch on its tab brings it back. */
function makeRoom() {
  if (!matchMedia("(max-width: 640px)").matches) return;
  const folding = setInterval(() => {
    const shell = self.jupyterapp?.shell;
    if (shell && !shell.leftCollapsed && document.querySelector(".jp-Notebook")) shell.collapseLeft();
  }, 100);
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => clearInterval(folding), { capture: true, once: true });
}

/** JupyterLite wants paths from the host's root: the build cannot know them. */
function settings() {
  const said = JSON.parse(config.textContent);
  for (const name of plan.paths) said[name] = new URL(said[name], app).pathname;
  for (const name of plan.joined) said[name] = app.href.slice(lite.href.length) + said[name];
  said.baseUrl = lite.pathname;
  said.settingsOverrides = { "@jupyterlab/apputils-extension:themes": theme() };
  Object.assign(said.litePluginSettings[plan.kernel_id], {
    pyodideUrl: absolute(plan.kernel),
    loadPyodideOptions: {
      packages: plan.packages,
      vmlab: {
        runtime: absolute(plan.runtime), scripts: absolute(plan.scripts), sources: absolute(plan.sources),
        archives: plan.archives.map(absolute),
      },
    },
  });
  config.textContent = JSON.stringify(said);
}

/** A worker that is started from an address has only the policy that the server sends with it, and a
 *  plain host sends none; one from a blob has this page's. So a cell asks no other host either. */
function keepInside(ready) {
  const Native = Worker;
  self.Worker = class extends Native {
    constructor(url, options) {
      const start = `import ${JSON.stringify(new URL(url, document.baseURI).href)};`;
      const blob = URL.createObjectURL(new Blob([start], { type: "text/javascript" }));
      super(blob, { ...options, type: "module" });
      this.addEventListener("message", ({ data }) => { if (data?.vmlab === "ready") ready(); });
    }
  };
}

/** The kernel's messages wait for answers in shared memory, and their program forgets that an answer may be
 *  there before it waits: its promise would never come, and the kernel would stay busy for ever. */
function promiseEachWait() {
  const native = Atomics.waitAsync;
  if (!native) return;
  Atomics.waitAsync = (...where) => {
    const { value } = native(...where);
    return { async: true, value: Promise.resolve(value) };
  };
}

/** Keep all of this on the device, now that a notebook runs. */
async function keepSite() {
  const { keeper } = await import(absolute(plan.keeper));
  const files = [bundle, ...[plan.kernel, ...plan.archives].map(absolute)];
  const keep = await keeper(site.href, files, () => {});
  keep?.(true, true);
}

async function start() {
  const { isolate } = await import(absolute(plan.isolate));
  await isolate(site.href);
  settings();
  keepInside(keepSite);
  promiseEachWait();
  // Panel asks for this shim of import maps, which none of our widgets has: the plain import will do.
  window.importShim = (url) => import(url);
  window.importShim.addImportMap = () => {};
  const script = document.createElement("script");
  script.src = bundle;
  makeRoom();
  document.head.append(script);
}

start();
