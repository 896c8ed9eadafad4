"""What the shell's tests run inside the page, and what a hostile guest would print
(without a q, which ends the guest that echoes it)."""

from __future__ import annotations

# Alarms for what no output of a guest may do; a layout that was kept; and no dialog for printing.
BEFORE = """
window.alarms = [];
window.open = (...given) => { window.alarms.push("open"); return null; };
window.confirm = () => { window.alarms.push("confirm"); return false; };
window.print = () => { window.printed = (window.printed ?? 0) + 1; };
const copy = () => { window.alarms.push("clipboard"); };
if (navigator.clipboard) navigator.clipboard.writeText = copy;
if (!localStorage.getItem("vmlab.layout.wide")) {
  const places = {
    left: [{ kinds: ["registers"], front: "registers", size: 0.5 }], middle: [["code"]],
    right: [["csrs"], ["traps", "<b>"]], bottom: [["console"], ["walk", "devices", "memory"]],
  };
  const kept = { v: 1, view: null, closed: ["map"], sizes: {}, places };
  localStorage.setItem("vmlab.layout.wide", JSON.stringify(kept));
  const hostile = '{"v":1,"places":{"left":"<img src=x onerror=alert(1)>"}}';
  localStorage.setItem("vmlab.layout.narrow", hostile);
}
"""
PASTE = """(text) => {
  const area = [...document.querySelectorAll("*")]
    .map((node) => node.shadowRoot?.querySelector(".xterm-helper-textarea")).find((node) => node);
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const init = { clipboardData, bubbles: true, cancelable: true };
  area.dispatchEvent(new ClipboardEvent("paste", init));
}"""
MOVING = """() => {
  const found = [];
  const visit = (node) => {
    for (const child of node.querySelectorAll("*")) {
      if (child.shadowRoot) visit(child.shadowRoot);
      for (const name of [null, "::before", "::after"]) {
        const style = getComputedStyle(child, name);
        const still = style.animationName === "none";
        const runs = [style.transitionDuration, still ? "0s" : style.animationDuration];
        const moves = runs.some((time) => time.split(", ").some((one) => parseFloat(one)));
        if (moves) found.push(child.className);
      }
    }
  };
  visit(document);
  return found;
}"""
FOCUS = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  const style = getComputedStyle(node);
  const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const around = node.closest(".p-console:focus-within");
  return [node.closest("[data-kind]")?.dataset.kind ?? node.getAttribute("role") ?? node.className,
    ringed || Boolean(around && getComputedStyle(around).outlineStyle !== "none")];
}"""
ESC = "\x1b"
HOSTILE = (
    f"{ESC}]0;pwned\x07{ESC}]2;pwned\x07{ESC}]52;c;cHduZWQ=\x07"
    f"{ESC}]8;;https://example.org\x07link{ESC}]8;;\x07"
    f"{ESC}[c{ESC}[>c{ESC}[5n{ESC}[6n{ESC}[18t{ESC}[?1$p{ESC}]10;?\x07{ESC}]4;1;?\x07"
    f"{ESC}[?1003h{ESC}[?1004h{ESC}[2147483647S{ESC}[2147483647L{ESC}[2147483647b"
    "<img src=x onerror=alarms.push(1)>"
)
