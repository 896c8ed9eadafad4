"""The README's pictures, taken of the page as it is: `python -m tests.browser.screenshots`.

Each shows the tour at its store page fault, the moment with something in every panel.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, chromium, open_ready, served
from tests.browser.walking import opened
from vmlab.cli.sitebuilder.site import build
from vmlab.course.lesson import find_lesson
from vmlab.course.text import cells

FOLDER = Path(__file__).parents[2] / "web" / "docs" / "screenshots"
SHOTS = {
    "workbench": ("light", 1440, 900, None),
    "workbench-dark": ("dark", 1440, 900, None),
    "projector": ("light", 1024, 768, None),
    "phone-walk": ("dark", 390, 844, "walk"),
}
TRAPS_TO_THE_FAULT = 2
LESSON, SEEN_CELL = "trap-and-emulate", 8
"""A lesson, run up to this cell; then the starter is checked."""


def main() -> None:
    """Take every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        site = Path(scratch)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with served(site, build(site)) as running:
            for name, (scheme, width, height, tab) in SHOTS.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,  # type: ignore[arg-type]
                )
                page = context.new_page()
                page.set_default_timeout(60_000)
                open_ready(page, running.url)
                for _ in range(TRAPS_TO_THE_FAULT):
                    before = page.locator(".cnt b").first.text_content() or ""
                    page.keyboard.press("t")
                    expect(page.locator(".cnt b").first).not_to_have_text(before)
                if tab:
                    page.locator(f"[data-for=tab][data-value={tab}]").click()
                page.wait_for_timeout(500)
                page.screenshot(path=FOLDER / f"{name}.png")
                context.close()
            context = browser.new_context(viewport={"width": 1440, "height": 1060})
            lesson(context.new_page(), running.url)
            context.close()
        browser.close()


def lesson(page: Page, url: str) -> None:
    """A lesson whose prediction has been answered, beside its exercise and a hint."""
    page.set_default_timeout(60_000)
    walk = opened(page, url, find_lesson(LESSON), "en")
    for one in cells(walk.lesson.path()):
        if one.number > SEEN_CELL:
            break
        if one.predicts:
            walk.predict(walk.lesson.by_id[one.predicts])
        else:
            walk.run(one)
    walk.starter()
    asked = next(one.predicts for one in cells(walk.lesson.path()) if one.predicts)
    page.locator(f"[data-question={asked}]").evaluate(
        "(one) => scrollTo(0, one.getBoundingClientRect().top + scrollY - 190)"
    )
    page.wait_for_timeout(500)
    page.screenshot(path=FOLDER / "lesson.png")


if __name__ == "__main__":
    main()
