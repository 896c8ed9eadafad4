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


NO_COMPILER = """
const Compiled = WebAssembly.Module;
WebAssembly.Module = new Proxy(Compiled, { construct(target, [bytes]) {
  // Python's own parts (numpy's, say) still have to load: only our modules are refused, and the
  // empty one that asks.
  const ours = bytes.length === 8 || new TextDecoder().decode(bytes).includes("device_load");
  if (ours) throw new WebAssembly.CompileError("refused by this test");
  return new target(bytes);
} });
"""


def without_compiler(route: Route) -> None:
    """The worker's script, in a browser that compiles nothing after the start."""
    answer = route.fetch()
    route.fulfill(response=answer, body=NO_COMPILER + answer.text())


def ask(page: Page, does: str, **given: Any) -> dict[str, Any]:
    """What that function of the lab returned."""
    answer = page.evaluate(ASK, {"does": does, "given": given})
    if "failure" in answer:
        pytest.fail(f"in the worker:\n{answer['failure']}")
    return dict(answer["value"])
