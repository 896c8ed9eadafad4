// Runs one program of a stranger. Started by sandbox/deno.py in the folder of the distribution,
// with no right but to read it, which is given back before the first message is read.

import { read, show, write } from "./lines.mjs";
import { loadPyodide } from "./pyodide.mjs";
import { HOME } from "./snapshot.mjs";

// Before Python goes it tells where it stood. (What a program prints comes another way.)
let stood;
const note = (text) => { stood ??= /File "[^"\/]+", line (\d+)/.exec(text)?.[1]; };
const python = await loadPyodide({
  indexURL: "./",
  _loadSnapshot: Deno.readFileSync("snapshot.bin"),
  env: { HOME },
  stdin: () => null,
  stdout: note,
  stderr: note,
});
const begin = python.globals.get("begin");

const right = { name: "read" };
await Deno.permissions.revoke({ name: "read", path: "." });
await Deno.permissions.revoke(right);
if ((await Deno.permissions.query(right)).state === "granted") throw new Error("still may read");

const { exit } = Deno;
// What JavaScript itself brings, and Pyodide uses, stays.
const STAYS = new Set(
  ("Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol " +
    "Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError " +
    "TypeError URIError SuppressedError globalThis JSON Math Intl ArrayBuffer Atomics Uint8Array " +
    "Int8Array Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array " +
    "Uint8ClampedArray Float16Array Float32Array Float64Array DataView Map BigInt Set WeakMap " +
    "WeakSet WeakRef Proxy Reflect FinalizationRegistry decodeURI decodeURIComponent encodeURI " +
    "encodeURIComponent escape unescape eval isFinite isNaN Iterator WebAssembly " +
    "TextDecoder TextEncoder performance setTimeout clearTimeout queueMicrotask").split(" "),
);
for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (!STAYS.has(name)) delete globalThis[name];
}

// Pyodide writes there where it stands when it can go on no more: files of this machine, which are
// no matter of a program's.
globalThis.console = { error() {}, warn() {}, log() {}, info() {}, debug() {} };

write('{"say":"ready"}');
try {
  begin(read, write, show);
} catch (error) {
  // Python is gone with all that it held. C code that recurses uses the stack of this engine.
  if (!(error instanceof RangeError)) exit(1);
  const text = "values nested too deeply for Python";
  write(JSON.stringify({ say: "error", kind: "RecursionError", text, line: Number(stood) || null }));
}
