// The worker: one Python, in a thread of its own, so that the page stays alive whatever it does.
// It unpacks the archives that the page hands over, runs the app, and passes patches both ways;
// what Python does with them is in vmlab/ui/browser/boot.py.
//
//   page -> worker   start, archive (one each, in order), drawn, patch, ping
//   worker -> page   starting, document, patch, idle, pong, trouble, interrupted, stopped
//                    (Python has cleaned up), kept (a copy of the run, for another worker), dead (Python is)

// The page's policy, which is this worker's too, lets nobody evaluate text. Panel asks for one
// function in that way, when it is imported: this is it.
const withoutUndefined = (entries) =>
  Object.fromEntries(entries.map(([name, value]) => [name, value === undefined ? null : value]));

function importBoot(python) {
  const evaluate = self.eval;
  self.eval = () => withoutUndefined;
  try {
    return python.pyimport("vmlab.ui.browser.boot");
  } finally {
    self.eval = evaluate;
  }
}

const archives = [];
let expected;  // how many archives the page will hand over: the packages, vmlab, and what it needs besides
let allArrived;
const arrived = new Promise((resolve) => { allArrived = resolve; });
let boot;  // the Python module, once it is imported

function report(title, error, fatal) {
  // A Python error's message is its traceback; the last line says what happened.
  const details = String(error?.message ?? error);
  const text = details.trim().split("\n").at(-1);
  postMessage({ type: "trouble", title, text, details, fatal });
}

/** Hold a lock for as long as this worker lives: the page waits for it, and so hears of the end. */
function hold(lock) {
  return new Promise((held) => {
    if (!navigator.locks) held();
    else navigator.locks.request(lock, () => { held(); return new Promise(() => {}); }).catch(held);
  });
}

/** Call Python. It turns its own errors into messages: what comes out here is the end of it. */
function call(what) {
  try {
    what();
  } catch (error) {
    postMessage({ type: "dead", details: String(error?.message ?? error) });
  }
}

async function start({ runtime, scripts, sources, app, fragment, language, signal, lock, kept }) {
  await hold(lock);
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

  boot = importBoot(python);
  const keep = (facts, file) => {
    const data = file.toJs();
    file.destroy();
    postMessage({ type: "kept", facts, data }, [data.buffer]);
  };
  const found = kept && python.toPy([kept.facts, kept.data]);
  await boot.start(app, fragment, (message) => postMessage(JSON.parse(message)), language, keep, found);
  if (signal) python.setInterruptBuffer(signal);
}

self.onmessage = ({ data }) => {
  if (data.type === "start") {
    expected = data.archives;
    start(data).catch((error) => report("Python could not start", error, true));
  } else if (data.type === "archive") {
    archives.push(data.buffer);
    if (archives.length === expected) allArrived();
  } else if (data.type === "drawn") {
    call(() => boot.drawn());
  } else if (data.type === "patch") {
    call(() => boot.receive(data.patch));
    postMessage({ type: "idle" });
  } else if (data.type === "ping") {
    postMessage({ type: "pong" });
  }
};
