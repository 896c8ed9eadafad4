// Runs one program of a stranger. Started by sandbox/deno.py in the folder of the distribution,
// with no right but to read it, which is given back before the first message is read.

import { read, show, write } from "./lines.mjs";
import { loadPyodide } from "./pyodide.mjs";
import { HOME } from "./snapshot.mjs";

const python = await loadPyodide({
  indexURL: "./",
  _loadSnapshot: Deno.readFileSync("snapshot.bin"),
  env: { HOME },
  stdin: () => null,
  stdout: show,
  stderr: show,
});
const begin = python.globals.get("begin");

const right = { name: "read" };
await Deno.permissions.revoke({ name: "read", path: "." });
await Deno.permissions.revoke(right);
if ((await Deno.permissions.query(right)).state === "granted") throw new Error("still may read");

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

write('{"say":"ready"}');
begin(read, write, show);
