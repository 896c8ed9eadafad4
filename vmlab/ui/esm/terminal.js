// xterm.js as a guest's terminal. It lies in the site's own folder and is loaded when a console first
// has something to show. What a guest prints may draw, and nothing else: it sets no title and no
// clipboard, makes no links, changes none of our colours, and is never answered, since an answer
// would be input that nobody typed.

import { h, setAttr } from "./dom.js";

const MOST_REPEATS = 4096;  // of one sequence: xterm.js would go on for minutes
const REPEATED = ["@", "I", "L", "M", "P", "S", "T", "X", "Z", "b"];
const REPORTS = [
  { final: "c" }, { prefix: ">", final: "c" }, { prefix: "=", final: "c" }, { final: "n" }, { prefix: "?", final: "n" },
  { final: "t" }, { intermediates: "$", final: "p" }, { prefix: "?", intermediates: "$", final: "p" },
];
const OSC_IGNORED = [0, 1, 2, 4, 8, 10, 11, 12, 52, 104, 110, 111, 112];
// Reports of the mouse and of the focus: only keys and a paste are input.
const MODES_IGNORED = new Set([9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016]);
const ANSWER = /^\x1b(\[[?>=]?[\d;]*[cnRtIO]|\[\??[\d;]+\$y|[\]P])/;
const PALETTE = {
  black: "#4a545e", red: "#ff8f8f", green: "#7bd88f", yellow: "#e5c76b", blue: "#8ab8ff", magenta: "#d7a6ff", cyan: "#67d4dd", white: "#dfe6ec",
  brightBlack: "#98a4b0", brightRed: "#ffb0b0", brightGreen: "#a5e8b3", brightYellow: "#f5dd98", brightBlue: "#b3d1ff", brightMagenta: "#e6c9ff",
  brightCyan: "#9ce6ec", brightWhite: "#ffffff",
};

/** Where the page keeps the terminal's files, or null: a notebook has none. */
export function terminalFolder() {
  try {
    const plan = JSON.parse(document.getElementById("plan").textContent);
    const folder = new URL(plan.terminal, new URL(plan.root, document.baseURI));
    return plan.terminal && folder.origin === location.origin ? folder.href : null;
  } catch { return null; }
}

/** Load the terminal and draw it in `place`. `typed` gets what a user types, `left` the Esc key. */
export async function openTerminal(folder, place, { words, typed, left, reader }) {
  const [{ Terminal }, { FitAddon }] = await Promise.all(["xterm.mjs", "addon-fit.mjs"].map((name) => import(folder + name)));
  const sheet = h("link", { rel: "stylesheet", href: `${folder}xterm.css` });
  await new Promise((resolve, reject) => {
    sheet.onload = resolve;
    sheet.onerror = () => reject(new Error("no style sheet"));
    place.before(sheet);
  });
  const style = getComputedStyle(place);
  Terminal.strings.promptLabel = words.input;
  Terminal.strings.tooMuchOutput = words.too_much;
  const term = new Terminal({
    convertEol: true, scrollback: 5000, cursorBlink: false, screenReaderMode: reader, allowProposedApi: false,
    fontFamily: style.fontFamily, fontSize: Number.parseFloat(style.fontSize), lineHeight: 1.25, linkHandler: { activate() {} },
  });
  for (const id of REPORTS) term.parser.registerCsiHandler(id, () => true);
  for (const final of REPEATED) term.parser.registerCsiHandler({ final }, (params) => Number(params[0]) > MOST_REPEATS);
  for (const number of OSC_IGNORED) term.parser.registerOscHandler(number, () => true);
  for (const final of ["h", "l"]) {
    term.parser.registerCsiHandler({ prefix: "?", final }, (params) => params.flat().some((one) => MODES_IGNORED.has(one)));
  }
  term.parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => true);

  const fit = new FitAddon();
  term.loadAddon(fit);
  term.onData((text) => { if (!ANSWER.test(text)) typed(text); });
  term.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown" || event.isComposing) return true;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Escape" && plain) {
      event.preventDefault();
      event.stopPropagation();
      left();
      return false;
    }
    const letter = (event.ctrlKey || event.metaKey) && event.key.toLowerCase();
    // Copy takes a selection; without one Ctrl+C is the guest's. Paste is the browser's.
    return !(letter === "v" || (letter === "c" && (term.hasSelection() || event.shiftKey)) || (letter === "x" && term.hasSelection()));
  });
  term.open(place);
  const paint = () => {
    const now = getComputedStyle(place);
    const [background, foreground] = ["--term", "--term-ink"].map((name) => now.getPropertyValue(name).trim());
    term.options.theme = { ...PALETTE, background, foreground, cursor: foreground, cursorAccent: background, selectionBackground: "#5b6f88" };
    term.options.minimumContrastRatio = place.closest("[data-theme=contrast]") ? 7 : 4.5;
    term.options.fontSize = Number.parseFloat(now.fontSize);
  };
  paint();
  const sized = new ResizeObserver(() => {
    if (!place.clientHeight) return;
    paint();
    fit.fit();
  });
  sized.observe(place);
  const themed = new MutationObserver(paint);
  themed.observe(place.closest(".vm"), { attributeFilter: ["data-theme", "data-stage"] });
  return {
    term,
    /** Bytes, as a string of one character each; `anew` forgets what was there, in one drawing. */
    write(bytes, anew) {
      const text = (anew ? "\x18\x1bc" : "") + bytes;
      if (text) term.write(Uint8Array.from(text, (one) => one.charCodeAt(0)), () => setAttr(place, "data-written", bytes.length));
    },
    read(on) { term.options.screenReaderMode = on; },
    focus: () => term.focus(),
    remove() {
      sized.disconnect();
      themed.disconnect();
      term.dispose();
    },
  };
}
