// Runs compile.py inside Pyodide, under node: only the Python that will run the byte code may
// make it.   node compile.mjs PYODIDE_FOLDER WHERE_IT_WILL_LIE SOURCES.zip OUTPUT.zip

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, prefix, source, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${folder}/` });

python.FS.writeFile("/source.zip", readFileSync(source));
python.runPython(readFileSync(new URL("compile.py", import.meta.url), "utf8"));
python.globals.get("compile_archive")("/source.zip", "/target.zip", prefix);
writeFileSync(target, python.FS.readFile("/target.zip"));
