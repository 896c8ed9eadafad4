// Lines between this process and the one that started it, without waiting for events: Python is
// called, and calls back, in one go.

const NEWLINE = 10;
const decoder = new TextDecoder();
const encoder = new TextEncoder();
const stdin = Deno.stdin, stdout = Deno.stdout, stderr = Deno.stderr;
let held = new Uint8Array(1 << 16);
let from = 0; // what was read and not yet handed out: held[from..to)
let to = 0;

/** The next line without its end; "" when there will be no more. */
export function read() {
  for (let looked = from; ; ) {
    const end = held.subarray(0, to).indexOf(NEWLINE, looked);
    if (end >= 0) {
      const line = decoder.decode(held.subarray(from, end));
      from = end + 1;
      return line;
    }
    held.copyWithin(0, from, to);
    to -= from;
    from = 0;
    looked = to;
    if (to === held.length) {
      const larger = new Uint8Array(2 * to);
      larger.set(held);
      held = larger;
    }
    const count = stdin.readSync(held.subarray(to));
    if (count === null) return "";
    to += count;
  }
}

function put(file, text) {
  for (let left = encoder.encode(text); left.length; ) left = left.subarray(file.writeSync(left));
}

/** Send a line. */
export function write(text) {
  put(stdout, `${text}\n`);
}

/** Take text to where it is no part of the conversation. */
export function show(text) {
  put(stderr, text);
}
