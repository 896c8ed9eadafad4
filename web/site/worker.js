// The worker: one Python, in a thread of its own, so that the page stays alive whatever it does.
// It unpacks the archives that the page hands over, runs the app, and passes patches both ways;
// what Python does with them is in vmlab/ui/browser/boot.py.
//
//   page -> worker   start, archive (one each, in order), drawn, patch
//   worker -> page   starting, document, patch, idle, trouble

const ARCHIVES = 2;  // the packages, and vmlab

const archives = [];
let allArrived;
const arrived = new Promise((resolve) => { allArrived = resolve; });
let boot;  // the Python module, once it is imported

function report(title, error, fatal) {
  // A Python error's message is its traceback; the last line says what happened.
  const details = String(error?.message ?? error);
  const text = details.trim().split("\n").at(-1);
  postMessage({ type: "trouble", title, text, details, fatal });
}

async function start({ site, runtime, scripts, sources, app, fragment, language }) {
  const { loadPyodide } = await import(new URL("pyodide.mjs", runtime));
  const python = await loadPyodide({
    indexURL: runtime,
    lockFileURL: new URL("pyodide-lock.json", runtime).href,
    convertNullToNone: true,
    env: {
      // Where Panel and Bokeh look for what they would take from a content network.
      PANEL_CDN_ROOT: new URL("panel/", scripts).href,
      PANEL_NPM_CDN: scripts,
      VMLAB_BOKEH_ROOT: scripts,
      VMLAB_SOURCES: sources,  // fetched when somebody looks at sources (vmlab/ui/browser/sources.py)
    },
    stdout: (line) => console.info(line),
    stderr: (line) => console.warn(line),
  });
  await arrived;
  postMessage({ type: "starting" });
  const packages = python.runPython("import site; site.getsitepackages()[0]");
  for (const buffer of archives) python.unpackArchive(buffer, "zip", { extractDir: packages });
  archives.length = 0;
  python.runPython("import importlib; importlib.invalidate_caches()");

  boot = python.pyimport("vmlab.ui.browser.boot");
  await boot.start(app, fragment, (message) => postMessage(JSON.parse(message)), language);
}

self.onmessage = ({ data }) => {
  if (data.type === "start") {
    start(data).catch((error) => report("Python could not start", error, true));
  } else if (data.type === "archive") {
    archives.push(data.buffer);
    if (archives.length === ARCHIVES) allArrived();
  } else if (data.type === "drawn") {
    boot.drawn();
  } else if (data.type === "patch") {
    boot.receive(data.patch);
    postMessage({ type: "idle" });
  }
};
