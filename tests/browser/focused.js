// Where the focus is, and whether it is seen there.
() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  if (!node || node === document.body) return null;
  const { left, top, width, height } = node.getBoundingClientRect();
  let ringed = false;
  for (let up = node; up && !ringed; up = up.parentElement) {
    const { outlineStyle, outlineWidth } = getComputedStyle(up);
    ringed = up.matches(":focus-visible, :focus-within") && outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  }
  const name = node.getAttribute("aria-label") || node.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
  const inside = left + width > 0 && left < innerWidth && top + height > 0 && top < innerHeight;
  window.focusIds ??= new Map();
  if (!focusIds.has(node)) focusIds.set(node, focusIds.size);
  const part = Boolean(node.closest(".app .nav"));
  return { id: focusIds.get(node), name: `${node.localName} "${name}"`, ringed, inside, left, part };
}
