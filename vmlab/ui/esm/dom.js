// Small helpers to build and patch elements. Nothing here, and nothing in these files, parses
// HTML: text from a guest, a file or a symbol table goes in as text.

/** Make an element. Attributes that are null or false are left out; `on...` adds a listener. */
export function h(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** Write only what differs: an untouched node costs no layout and is not announced again. */
export function setText(node, text) {
  if (node.vmText === text) return;
  node.vmText = text;
  node.textContent = text;
}

export function setAttr(node, name, value) {
  if (value == null || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

export function setClass(node, name, on) {
  if (node.classList.contains(name) !== on) node.classList.toggle(name, on);
}

/** Make `parent` hold one child for each item, keeping the nodes that are there. */
export function patchList(parent, items, make, patch) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  items.forEach((item, index) => {
    const node = parent.children[index] ?? parent.appendChild(make(item));
    patch(node, item, index);
  });
}

/** Scroll `body` so that `row` shows, if it does not; the page itself never scrolls. */
export function reveal(body, row, below = 8) {
  const top = row.offsetTop, end = top + row.offsetHeight + below;
  if (top < body.scrollTop + 24 || end > body.scrollTop + body.clientHeight) {
    body.scrollTop = Math.max(0, top - body.clientHeight / 3);
  }
}

/** Make the buttons in `list` one tab stop: arrows go from one to the next, `start` gives the
 *  one that Tab arrives at. Call the result after each change of the rows. */
export function rove(list, selector, start) {
  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...list.querySelectorAll(selector)];
    const at = buttons.indexOf(event.target);
    if (!by || at < 0) return;
    event.preventDefault();
    const next = buttons[at + by];
    if (!next) return;
    next.focus();
    mark(next);
  });
  function mark(chosen) {
    for (const button of list.querySelectorAll(selector)) {
      setAttr(button, "tabindex", button === chosen ? "0" : "-1");
    }
  }
  return () => {
    const focused = list.getRootNode().activeElement;
    mark(list.contains(focused) && focused.matches(selector) ? focused : start() ?? list.querySelector(selector));
  };
}

/** Hexadecimal in groups of four; leading zero groups step back. Gaps are margins, so that a
 *  copied number is clean. */
export function setHex(node, digits) {
  if (node.vmHex === digits) return;
  node.vmHex = digits;
  const groups = [];
  for (let end = digits.length; end > 0; end -= 4) groups.unshift(digits.slice(Math.max(0, end - 4), end));
  const first = groups.findIndex((group) => Number.parseInt(group, 16) !== 0);
  const significant = first < 0 ? groups.length - 1 : first;
  patchList(node, groups, () => document.createElement("b"), (group, text, index) => {
    setText(group, text);
    setClass(group, "z", index < significant);
  });
  setAttr(node, "title", "0x" + digits.replace(/^0+(?=.)/, ""));
}

export function hex(digits = "0") {
  const node = h("span", { class: "hx" });
  setHex(node, digits);
  return node;
}

// With V = 1 the same kind of program runs, a guest's: same colour, its letter after a g.
const OWNER_CLASS = { U: "u", S: "k", M: "hw", VU: "u", VS: "k", V: "v", HW: "hw" };
const OWNER_LETTER = { U: "U", S: "K", M: "M", VU: "gU", VS: "gK", V: "V", HW: "HW" };

/** The class that gives an owner its colours. */
export function ownerClass(mode) {
  return OWNER_CLASS[mode];
}

/** The mark of whoever runs in `mode`: letter, shape and colour say it three times. */
export function setOwner(node, mode, label) {
  const wanted = "own " + OWNER_CLASS[mode];
  if (node.className !== wanted) node.className = wanted;
  setText(node, OWNER_LETTER[mode]);
  setAttr(node, "aria-label", label);
}

export function owner() {
  return h("span", { class: "own", role: "img" });
}

const ICONS = {
  reset: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3",
  back: "M11.5 3.5 5 8l6.5 4.5zM3.5 3.5v9",
  step: "M4.5 3.5 11 8l-6.5 4.5zM12.5 3.5v9",
  trap: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
  run: "M4 3l9 5-9 5z",
  pause: "M5 3v10M11 3v10",
  open: "M2.5 13V3.5h4l1.5 2h5.5V13z",
  save: "M8 2v7.5M4.5 6.5 8 10l3.5-3.5M2.5 10.5v3h11v-3",
  layout: "M2.5 3h11v10h-11zM6.5 3v10M6.5 8.5h7",
  pen: "M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3zM9 4.7 11.3 7",
  share: "M4.5 8a1.7 1.7 0 1 0 0 .1M11.5 3.8a1.7 1.7 0 1 0 0 .1M11.5 12.2a1.7 1.7 0 1 0 0 .1M6 7.3l4-2.6M6 8.8l4 2.6",
  theme: "M12.5 10A5.5 5.5 0 0 1 6 3.5a5.5 5.5 0 1 0 6.5 6.5z",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "ic");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg, name) {
  setAttr(svg.firstElementChild, "d", ICONS[name]);
  setClass(svg, "solid", name === "run");
}
