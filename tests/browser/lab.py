"""Asks Python in the site's own worker to do something: the test's end of `platform_demo.lab`."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

ASK = """(question) => new Promise((resolve) => {
  document.addEventListener("lab-answer", (answer) => resolve(answer.detail), { once: true });
  document.dispatchEvent(new CustomEvent("lab", { detail: question }));
})"""


def ask(page: Page, does: str, **given: Any) -> dict[str, Any]:
    """What that function of the lab returned."""
    answer = page.evaluate(ASK, {"does": does, "given": given})
    if "failure" in answer:
        pytest.fail(f"in the worker:\n{answer['failure']}")
    return dict(answer["value"])
