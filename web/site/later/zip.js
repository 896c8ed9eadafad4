// A zip of what is kept, written and read in the page: exporting has to work when Python does not.
// Written: stored, with names in UTF-8. Read: stored or deflated, every size checked before and while
// it unpacks, every checksum checked after.

export const MOST_MEMBERS = 2_000;
export const MOST_BYTES = 512 * 1024 * 1024;

/** `code` is a key of the page's words for what was found. */
export class ZipError extends Error {
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

const CRC = new Uint32Array(256).map((_, n) => {
  for (let k = 0; k < 8; k += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const UTF8 = 0x800, DATE = 0x21;  // the first day that a zip can say

function header(signature, size, fields) {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, signature, true);
  for (const [at, value, bytes] of fields) view[bytes === 4 ? "setUint32" : "setUint16"](at, value, true);
  return new Uint8Array(view.buffer);
}

/** A zip of [name, bytes] pairs, as a Blob. */
export function write(files) {
  const parts = [], directory = [];
  let offset = 0, length = 0;
  for (const [name, data] of files) {
    const called = new TextEncoder().encode(name);
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
    const crc = crc32(bytes);
    const shared = (at) => [[at, 20, 2], [at + 2, UTF8, 2], [at + 8, DATE, 2], [at + 10, crc, 4],
      [at + 14, bytes.length, 4], [at + 18, bytes.length, 4], [at + 22, called.length, 2]];
    const local = header(LOCAL, 30, shared(4));
    directory.push(header(CENTRAL, 46, [[4, 20, 2], ...shared(6), [42, offset, 4]]), called);
    parts.push(local, called, bytes);
    offset += 30 + called.length + bytes.length;
    length += 46 + called.length;
  }
  const count = files.length;
  const end = header(END, 22, [[8, count, 2], [10, count, 2], [12, length, 4], [16, offset, 4]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** The members of a zip by name. `most` is how many bytes and members there may be; `allow(name, size)`
 *  throws for one that may not be there, before any of it is unpacked. */
export async function read(buffer, most = { members: MOST_MEMBERS, bytes: MOST_BYTES }, allow = () => {}) {
  const bytes = new Uint8Array(buffer), view = new DataView(buffer);
  let end = bytes.length - 22;
  while (end >= Math.max(0, bytes.length - 22 - 65_535) && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0 || view.getUint32(end, true) !== END) throw new ZipError("no_zip");
  const count = view.getUint16(end + 10, true);
  if (count > most.members) throw new ZipError("many", { limit: most.members });
  try {
    return await members(bytes, view, view.getUint32(end + 16, true), count, most, allow);
  } catch (error) {
    if (error instanceof ZipError) throw error;
    throw new ZipError("cut");  // an offset outside, a name that is no UTF-8, a broken stream
  }
}

async function members(bytes, view, start, count, most, allow) {
  const found = new Map();
  let at = start, total = 0;
  for (let n = 0; n < count; n += 1) {
    if (view.getUint32(at, true) !== CENTRAL) throw new ZipError("cut");
    const [method, crc, packed, size] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true),
      view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const named = view.getUint16(at + 28, true), local = view.getUint32(at + 42, true);
    const name = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(at + 46, at + 46 + named));
    total += size;
    if (total > most.bytes) throw new ZipError("large", { limit: most.bytes / 1024 / 1024 });
    allow(name, size);
    if (view.getUint32(local, true) !== LOCAL || found.has(name)) throw new ZipError("cut");
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (from + packed > bytes.length) throw new ZipError("cut");
    const data = await unpacked(bytes.subarray(from, from + packed), method, size);
    if (crc32(data) !== crc) throw new ZipError("sum");
    found.set(name, data);
    at += 46 + named + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return found;
}

async function unpacked(data, method, size) {
  if (method === 0) {
    if (data.length !== size) throw new ZipError("cut");
    return data;
  }
  if (method !== 8) throw new ZipError("method");
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const made = new Uint8Array(size);
  let had = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (had + part.value.length > size) { await reader.cancel(); throw new ZipError("cut"); }
    made.set(part.value, had);
    had += part.value.length;
  }
  if (had !== size) throw new ZipError("cut");
  return made;
}
