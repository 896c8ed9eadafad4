"""What is asked of a screen's layout, as sentences about what is wrong; shadow roots included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

# A click leaves its place behind as where Tab goes on from, and blur() does not change that.
FROM_THE_START = """() => {
  scrollTo(0, 0);
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
}"""
LEAST_PX = 24
"""The smallest hit (WCAG 2.2, target size); a link within a sentence is as high as its line."""

FAULTS = (Path(__file__).parent / "layout.js").read_text("utf-8")

FOCUSED = (Path(__file__).parent / "focused.js").read_text("utf-8")


def faults(page: Page) -> list[str]:
    """What is wrong with the layout of the page as it is now."""
    found: list[str] = page.evaluate(FAULTS, LEAST_PX)
    return found


@dataclass(frozen=True, slots=True)
class Stop:
    """Where Tab led."""

    id: int
    name: str
    ringed: bool
    inside: bool
    """True if it is within the window."""
    left: float
    part: bool
    """True for a link of the header."""


def tabbed(page: Page, steps: int) -> list[Stop]:
    """Where Tab leads from the start of the page, until it leaves or comes to a place again."""
    page.evaluate(FROM_THE_START)
    found: list[Stop] = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now is None or any(now["id"] == one.id for one in found):
            break
        found.append(Stop(**now))
    return found
