"""Asks Python in the site's own worker to do something: the test's end of `platform_demo.lab`.

And what makes a browser refuse more WebAssembly than Python itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route

ASK = """(question) => new Promise((resolve) => {
  document.addEventListener("lab-answer", (answer) => resolve(answer.detail), { once: true });
  document.dispatchEvent(new CustomEvent("lab", { detail: question }));
})"""


_REFUSE = """
const Compiled = WebAssembly.Module;
WebAssembly.Module = new Proxy(Compiled, { construct(target, [bytes]) {
  // Python's own parts (numpy's, say) still have to load: only our modules are refused.
  const text = () => new TextDecoder().decode(bytes);
  if (%s) throw new %s("refused by this test");
  return new target(bytes);
} });
"""
_OURS = "/hook_device_load|platform_demo/.test(text())"
_EMPTY = "bytes.length === 8"  # what the host asks with


def without_compiler(route: Route) -> None:
    """The worker's script, in a browser that compiles nothing after the start."""
    _refusing(route, f"{_EMPTY} || {_OURS}", "WebAssembly.CompileError")


def without_sync_compiler(route: Route) -> None:
    """The same in a browser that compiles large modules only while nobody waits."""
    _refusing(route, _OURS, "RangeError")


def _refusing(route: Route, when: str, error: str) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=_REFUSE % (when, error) + answer.text())


def ask(page: Page, does: str, **given: Any) -> dict[str, Any]:
    """What that function of the lab returned."""
    answer = page.evaluate(ASK, {"does": does, "given": given})
    if "failure" in answer:
        pytest.fail(f"in the worker:\n{answer['failure']}")
    return dict(answer["value"])
