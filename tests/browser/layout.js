// What is wrong with the layout of a screen, as sentences; shadow roots included.
(least) => {
  const all = [];
  const visit = (node) => {
    for (const child of node.children) {
      all.push(child);
      if (child.shadowRoot) visit(child.shadowRoot);
      visit(child);
    }
  };
  visit(document.body);
  const parent = (node) => node.parentElement ?? node.getRootNode().host;
  const named = (node) => {
    const name = node.getAttribute("aria-label") || node.textContent.trim().replace(/\s+/g, " ");
    const kind = String(node.getAttribute("class") ?? "").split(" ").filter((one) => one).join(".");
    return `${node.localName}${kind && "." + kind} "${name.slice(0, 40)}"`;
  };
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true,
    contentVisibilityAuto: true }) && !node.closest("[aria-hidden=true]");
  const styles = new Map();
  const style = (node) => {
    if (!styles.has(node)) styles.set(node, getComputedStyle(node));
    return styles.get(node);
  };

  /** What of a box is left by everything around it that clips. */
  function rest(node, box) {
    let { left, right, top, bottom } = box;
    for (let up = parent(node); up && up !== document.body; up = parent(up)) {
      if (style(up).overflowX === "visible" && style(up).overflowY === "visible") continue;
      const around = up.getBoundingClientRect();
      left = Math.max(left, around.left); right = Math.min(right, around.right);
      top = Math.max(top, around.top); bottom = Math.min(bottom, around.bottom);
    }
    return { node, left, right, top, bottom, width: right - left, height: bottom - top };
  }

  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    const wide = all.filter((node) => seen(node) && node.getBoundingClientRect().right > innerWidth + 1
      && rest(node, node.getBoundingClientRect()).right > innerWidth + 1);
    const who = wide.slice(0, 3).map(named).join(", ");
    found.push(`the page is ${root.scrollWidth - innerWidth} px wider than the window: ${who}`);
  }

  const says = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  for (const node of all) {
    if (!says(node) || !node.clientWidth || node instanceof SVGElement || !seen(node)) continue;
    const { overflowX, textOverflow, position, clip, clipPath } = style(node);
    const drawn = node.matches(".xterm *, .ace_editor *, option, select, textarea");
    const hidden = position === "absolute" && (clip !== "auto" || clipPath !== "none" || node.clientWidth <= 1);
    if (drawn || hidden || textOverflow === "ellipsis" || ["auto", "scroll"].includes(overflowX)) continue;
    const over = node.scrollWidth - node.clientWidth;
    if (over > 1) found.push(`${named(node)} has ${over} px of text more than it is wide`);
  }

  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const controls = all.filter((node) => node.matches(wanted) && seen(node));
  // A mark in a picture is as long as what it shows (WCAG 2.5.8, essential; its row in the text twin
  // is the equivalent), and marks of one moment lie together.
  const mark = (node) => node.matches(".seg, .rb-cause, .rb-col, .tb-mark, .wkm");
  const inline = (node) => node.localName === "a" && style(node).display === "inline";
  for (const node of controls) {
    const target = node.matches("[type=checkbox], [type=radio]") ? node.closest("label") ?? node : node;
    const { width, height } = target.getBoundingClientRect();
    if (inline(node) || mark(node) || width <= 1 || height <= 1) continue;
    if (Math.min(width, height) < least - 0.5) {
      found.push(`${named(node)} is a hit of ${Math.round(width)} x ${Math.round(height)} px`);
    }
  }

  const boxes = controls.filter((node) => !mark(node)).flatMap((node) => [...node.getClientRects()].map((box) => rest(node, box)))
    .filter((box) => box.width > 1 && box.height > 1);
  const within = (a, b) => a === b || a.contains(b) || b.contains(a);
  const over = (node) => { // a sheet that is open lies over the page: that is its purpose
    for (let up = node; up; up = parent(up)) if (["absolute", "fixed", "sticky"].includes(style(up).position)) return true;
    return false;
  };
  const floats = new Map(controls.map((node) => [node, over(node)]));
  for (const [at, a] of boxes.entries()) {
    for (const b of boxes.slice(at + 1)) {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x <= 2 || y <= 2 || within(a.node, b.node)) continue;
      if (inline(a.node) && inline(b.node) && y <= 8) continue; // lines of one paragraph
      if (floats.get(a.node) !== floats.get(b.node)) continue;
      found.push(`${named(a.node)} and ${named(b.node)} overlap by ${Math.round(x)} x ${Math.round(y)} px`);
    }
  }
  return [...new Set(found)];
}
