"""The workbench in headless Chromium: a fast run, its ribbon, scrubbing, and steps at its end.

The page's own clock measures: how long its main thread was held while the guest ran at full speed,
how many pictures a second the ribbon drew, how many positions a second a drag along the time-travel
bar of a long run showed, and how long a step takes until it is painted there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from tests.bench.site import STEP_TO_PICTURE
from tests.browser.conftest import FLAGS, START_MS, chromium, open_ready, served
from vmlab.cli.sitebuilder.site import build

GUESTS: Final = ("nano",)
LONG: Final = 50_000_000
RUN_MS: Final = 5_000
DRAGS: Final = 400
STEPS: Final = 15

# Deep in shadow roots.
FIND: Final = """(selector) => {
  const find = (root) => root.querySelector(selector) ?? [...root.querySelectorAll("*")]
    .filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot)).find((e) => e);
  return find(document);
}"""
WATCH: Final = f"""() => {{
  const find = {FIND}, seen = window.seen = {{ tasks: [], ribbon: 0, places: 0 }};
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => e.duration)))
    .observe({{ type: "longtask" }});
  const bar = find(".tb");
  new MutationObserver(() => seen.places++).observe(bar, {{ attributeFilter: ["aria-valuenow"] }});
  let last = "";
  const look = () => {{
    const now = find(".rb-area")?.innerHTML.length + find(".tb").getAttribute("aria-valuemax");
    if (now !== last) seen.ribbon++;
    last = now;
    requestAnimationFrame(look);
  }};
  look();
}}"""
RECORDED: Final = f"() => Number(({FIND})('.tb').getAttribute('aria-valuemax'))"
BOX: Final = f"""() => {{
  const box = ({FIND})('.tb').getBoundingClientRect();
  return [box.x, box.y + box.height / 2, box.width];
}}"""


def figures() -> Iterator[str]:
    """For each guest: the run, the drag, the steps."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "site"
        with served(folder, build(folder)) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for guest in GUESTS:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.set_default_timeout(START_MS)
                open_ready(page, f"{site.url}#g={guest}")
                page.evaluate(WATCH)
                yield f"{guest:<11} {_ran(page)}"
                yield f"{guest:<11} {_dragged(page)}"
                yield f"{guest:<11} {_stepped(page)}"
                page.close()
            browser.close()


def _ran(page: Page) -> str:
    page.evaluate("seen.tasks.length = 0; seen.ribbon = 0")
    page.keyboard.press("r")
    page.wait_for_timeout(RUN_MS)
    tasks, drawn = page.evaluate("[seen.tasks, seen.ribbon]")
    page.wait_for_function(f"({RECORDED})() >= {LONG} || !({FIND})('.tr .pause')")
    page.keyboard.press("r")
    page.wait_for_timeout(500)
    longest = max(tasks, default=0)
    return (
        f"at full speed: {drawn / RUN_MS * 1000:.1f} pictures of the ribbon a second, "
        f"{len(tasks)} tasks of the page over 50 ms, the longest {longest:.0f} ms"
    )


def _dragged(page: Page) -> str:
    recorded = page.evaluate(RECORDED)
    x, y, width = page.evaluate(BOX)
    page.evaluate("seen.places = 0; seen.began = performance.now(); seen.tasks.length = 0")
    page.mouse.move(x + width * 0.9, y)
    page.mouse.down()
    for at in range(DRAGS):
        # To and fro, a little further each time: neighbours as well as far places.
        page.mouse.move(x + width * (0.5 + 0.4 * (1 - abs(at % 80 - 40) / 20)), y)
        page.wait_for_timeout(10)
    page.mouse.up()
    places, took, tasks = page.evaluate("[seen.places, performance.now() - seen.began, seen.tasks]")
    return (
        f"dragging along {recorded:,} instructions: {places / took * 1000:.1f} positions a "
        f"second, longest task {max(tasks, default=0):.0f} ms"
    )


def _stepped(page: Page) -> str:
    took = sorted(float(page.evaluate(STEP_TO_PICTURE)) for _ in range(STEPS))
    return f"a step to its picture there: {took[STEPS // 2]:.0f} ms (at most {took[-1]:.0f})"
