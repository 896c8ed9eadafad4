// Keeps the memory of a Pyodide in which all is imported that a program may use: a start from it
// takes a fifth of the time. Run once, when the distribution is made.

export const HOME = "/home/student";
const SITE_PACKAGES = "/lib/python3.14/site-packages";

if (import.meta.main) {
  const { loadPyodide } = await import("./pyodide.mjs");
  // A fixed seed: a program that depends on the order of a set does the same for everybody.
  const env = { HOME, PYTHONHASHSEED: "0" };
  const python = await loadPyodide({ indexURL: "./", _makeSnapshot: true, env });
  python.unpackArchive(Deno.readFileSync("vmlab.zip"), "zip", { extractDir: SITE_PACKAGES });
  for (const name of Deno.args) python.runPython(`import ${name}`);
  python.runPython(Deno.readTextFileSync("inside.py"));
  Deno.writeFileSync("snapshot.bin", python.makeMemorySnapshot());
}
