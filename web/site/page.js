// The page's own program: download with honest progress, start the worker, draw what it made.
// Presentation only; the machine is Python in the worker.

import { isolate } from "./isolate.js";
import { Loader } from "./loader.js";
import { t } from "./language.js";
import { Life } from "./life.js";
import { onReport, trouble } from "./trouble.js";

const plan = JSON.parse(document.getElementById("plan").textContent);
const site = new URL(plan.root, document.baseURI).href;

// A file that misses the workbench's own drop zone must not replace the page.
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => event.preventDefault());
}

// Panel asks for this shim of import maps, which none of our widgets has: the plain import will do.
window.importShim = (url) => import(url);
window.importShim.addImportMap = () => {};

function script(url) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = url;
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${url} did not run`));
    document.head.append(element);
  });
}

const archives = plan.steps.filter((step) => step.kind === "archive").flatMap((step) => step.files);
const life = new Life(
  { site, runtime: new URL(plan.runtime, site).href, scripts: new URL(plan.scripts, site).href, app: plan.app,
    archives: archives.length, sources: new URL(plan.sources, site).href,
    ...plan.lesson ? { fragment: `#lesson=${plan.lesson}` } : {} },  // there the address says which step is read
  // Again, for a worker after the first: from the browser's cache.
  () => Promise.all(archives.map(({ url }) => fetch(new URL(url, site)).then((answer) => answer.arrayBuffer()))),
  document.getElementById("app"),
);
onReport((error) => import(new URL(plan.later.report, site)).then(({ report }) => report(plan, life, error)));

/** Keep the whole site on this device, now that all of it has been downloaded for this page. */
async function keepSite() {
  const { keeper } = await import(new URL(plan.later.keeper, site));
  const files = [...plan.steps.flatMap((step) => step.files.map(({ url }) => url)), ...Object.values(plan.later), ...plan.own ?? []];
  const keep = await keeper(site, files.map((path) => new URL(path, site).href), (message) => {
    if (message.type === "current" && !message.same) {
      trouble("A new version is ready", () => t("Save the run if you want to keep it, then reload."), "", "note", "reload");
    }
  });
  keep?.(true);
}

async function start() {
  await isolate(site);
  const loader = new Loader(plan.steps, site);
  const [runtime, ...rest] = plan.steps.map((step) => loader.fetchStep(step));
  await runtime;  // now in the browser's cache, where Pyodide will find it
  const link = life.begin();
  const { worker } = life;

  plan.steps.slice(1).forEach(async (step, index) => {
    const buffers = await rest[index];
    if (step.kind !== "archive") return;
    for (const buffer of buffers) worker.postMessage({ type: "archive", buffer }, [buffer]);
  });
  const drawing = Promise.all(rest).then(async () => {
    // In order: each of Bokeh's scripts, and Panel's, extends the one before.
    const scripts = plan.steps.filter((step) => step.kind === "script").flatMap((step) => step.files);
    for (const file of scripts) await script(new URL(file.url, site).href);
  });
  loader.starting(link.started);
  await drawing;
  await link.draw(document.getElementById("app"));
  loader.done();
  (globalThis.requestIdleCallback ?? setTimeout)(keepSite);
}

const stop = new URLSearchParams(location.hash.slice(1)).get("stop");
if (stop) import("./guide.js").then(({ guide }) => guide(stop, plan, site));

start().catch((error) => {
  if (error) trouble("The page could not start", error.message, error.stack);
});
