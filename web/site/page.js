// The page's own program: download with honest progress, start the worker, draw what it made.
// Presentation only; the machine is Python in the worker.

import { Loader } from "./loader.js";
import { DocumentLink } from "./document_link.js";
import { t } from "./language.js";
import { trouble } from "./trouble.js";

const plan = JSON.parse(document.getElementById("plan").textContent);
const site = new URL(plan.root, document.baseURI).href;

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("vmlab-theme", root.dataset.theme);
});

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

function startWorker() {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    trouble("The worker stopped", () => t("Python could not go on in this tab."), event.message);
  });
  worker.postMessage({
    type: "start",
    site,
    runtime: new URL(plan.runtime, site).href,
    scripts: new URL(plan.scripts, site).href,
    sources: new URL(plan.sources, site).href,
    app: plan.app,
    fragment: location.hash,
    language: document.documentElement.lang,
  });
  return worker;
}

async function start() {
  const loader = new Loader(plan.steps, site);
  const [runtime, ...rest] = plan.steps.map((step) => loader.fetchStep(step));
  await runtime;  // now in the browser's cache, where Pyodide will find it
  const worker = startWorker();
  const link = new DocumentLink(worker);

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
}

start().catch((error) => {
  if (error) trouble("The page could not start", error.message, error.stack);
});
