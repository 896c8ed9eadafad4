// A line of Markdown as nodes: code, strong and emphasis, and nothing else.

import { h } from "../dom.js";

const SPAN = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*/g;

/** The nodes of `text`; what is no mark of these three stays as it is written. */
export function marked(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(SPAN)) {
    if (found.index > at) nodes.push(text.slice(at, found.index));
    const [all, code, strong, em] = found;
    nodes.push(code !== undefined ? h("code", {}, code) : strong !== undefined ? h("strong", {}, strong) : h("em", {}, em));
    at = found.index + all.length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

/** Make a node hold that line; nothing is touched if it does already. */
export function setMarked(node, text) {
  if (node.vmMarked === text) return;
  node.vmMarked = text;
  node.replaceChildren(...marked(text));
}
