"""Opens a lesson of the tests' own: with a machine that the test plays, so that no test of reading,
predicting and keeping waits for Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Frame, Locator, Page, Route, expect

PLAYED = Path(__file__).parent / "played.js"
SHOWS: dict[int, dict[str, Any]] = {
    3: {"text": "after 3 steps: 3\n"},
    4: {"text": "You said: 1. The machine showed: 3.\n", "observed": {"steps": "three"}},
    6: {"observed": {"mode": "m"}},
    7: {"error": "ZeroDivisionError: integer division or modulo by zero", "line": 2},
}
"""What the cells of the lesson `counting` come to."""


def played(page: Page | BrowserContext) -> None:
    """Its pages get a machine that the test plays."""

    def answer(route: Route) -> None:
        route.fulfill(body=PLAYED.read_text("utf-8"), content_type="text/javascript")

    page.route("**/assets/*/page.js", answer)


def kept(page: Page) -> None:
    """Wait until what was done is kept: who leaves before that may lose it."""
    expect(page.locator("[data-keeping]")).to_have_count(0)


def opened(page: Page, root: str, slug: str = "counting", *, ready: bool = True) -> Page:
    """A lesson whose machine the test plays."""
    kept(page)
    page.goto(f"{root}lessons/{slug}/")
    page.wait_for_function("() => globalThis.machine && document.querySelector('.stp .cur')")
    page.evaluate("(cells) => { machine.cells = cells; }", SHOWS)
    if ready:
        page.evaluate("machine.ready()")
    return page


def cell(page: Page | Frame, number: int) -> Locator:
    return page.locator(f"#cell-{number}")


def state(page: Page | Frame, number: int) -> str | None:
    return cell(page, number).get_attribute("data-state")


def run(page: Page | Frame, number: int) -> None:
    cell(page, number).locator("[data-do=run]").click()


def question(page: Page | Frame, name: str) -> Locator:
    return page.locator(f"#question-{name}")


def lock(page: Page | Frame, name: str, option: str) -> None:
    """Answer a question."""
    question(page, name).locator(f"input[value='{option}']").check()
    question(page, name).locator("[data-do=lock]").click()


def orders(page: Page, command: str) -> list[dict[str, Any]]:
    """What the page told the machine to do."""
    found: list[dict[str, Any]] = page.evaluate(
        "(command) => machine.orders.filter((one) => one.command === command)", command
    )
    return found
