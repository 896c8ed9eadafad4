// What JupyterLite's kernel takes for Pyodide: the site's own, with the site's packages in it. The
// kernel imports this module in its worker and asks it for `loadPyodide`, as it would ask Pyodide's;
// the options that the page wrote into the kernel's settings arrive here.
//
// So a notebook and the workbench run one Python, from the same files: what is here besides is what
// makes it a kernel (kernel.zip).

async function buffer(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} could not be loaded: the server answered ${answer.status}`);
  return answer.arrayBuffer();
}

/** A running Python in which vmlab can be imported. `vmlab`: addresses, all absolute. `packages`
 *  tells the kernel what it need not install; there is nothing to load for them. */
export async function loadPyodide({ vmlab, packages, ...options }) {
  const archives = [...vmlab.archives, new URL("kernel.zip", import.meta.url).href].map(buffer);
  const pyodide = await import(new URL("pyodide.mjs", vmlab.runtime));
  const python = await pyodide.loadPyodide({
    ...options,
    indexURL: vmlab.runtime,
    lockFileURL: new URL("pyodide-lock.json", vmlab.runtime).href,
    convertNullToNone: true,
    env: {
      HOME: "/home/pyodide",
      // Where Panel and Bokeh look for what they would take from a content network.
      PANEL_CDN_ROOT: new URL("panel/", vmlab.scripts).href,
      PANEL_NPM_CDN: vmlab.scripts,
      VMLAB_BOKEH_ROOT: vmlab.scripts,
      VMLAB_SOURCES: vmlab.sources,
    },
  });
  const folder = python.runPython("import site; site.getsitepackages()[0]");
  for (const archive of archives) python.unpackArchive(await archive, "zip", { extractDir: folder });
  python.runPython("import importlib; importlib.invalidate_caches()");
  postMessage({ vmlab: "ready" });
  return python;
}
