"""The page in headless Chromium: first paint, time until it answers, a step, a visit's size.

The first visit has an empty browser cache, the second one what the first left there. Both are over
the loopback, so a first visit is download-free in time, not in bytes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser.conftest import FLAGS, START_MS, chromium, open_ready, served
from vmlab.cli.sitebuilder.report import first_visit_bytes
from vmlab.cli.sitebuilder.site import build

FIRST_PAINT = """
    performance.getEntriesByType("paint").find((e) => e.name === "first-contentful-paint").startTime
"""
# The count stands in a shadow root: find it, press the key, wait until it changes and is drawn.
STEP_TO_PICTURE = """() => new Promise((resolve) => {
  const find = (root) => root.querySelector(".cnt b") ?? [...root.querySelectorAll("*")]
    .filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot)).find((e) => e);
  const before = find(document).textContent;
  const begin = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "s", bubbles: true }));
  const look = () => find(document).textContent === before ? requestAnimationFrame(look)
    : requestAnimationFrame(() => resolve(performance.now() - begin));
  look();
})"""
STEPS = 15
ROUNDS = 3


def figures() -> Iterator[str]:
    """First paint and time to ready, cold and warm, and the size of a first visit."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "site"
        begin = time.perf_counter()
        pieces = build(folder)
        yield f"build with a filled cache      {time.perf_counter() - begin:8.2f} s"
        yield f"first visit, compressed        {first_visit_bytes(pieces, folder) / 1e6:8.2f} MB"
        with served(folder, pieces) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for _ in range(ROUNDS):
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                yield _visit(context, site.url, "first visit")
                yield _visit(context, site.url, "second visit")
                context.close()
            browser.close()


def _visit(context: BrowserContext, url: str, name: str) -> str:
    page = context.new_page()
    page.set_default_timeout(START_MS)
    begin = time.perf_counter()
    open_ready(page, url)
    ready = time.perf_counter() - begin
    paint = page.evaluate(FIRST_PAINT)
    steps = sorted(_step_ms(page) for _ in range(STEPS))
    page.close()
    return (
        f"{name:<14} first paint {paint:6.0f} ms, first step possible {ready:6.2f} s, "
        f"step to picture {steps[STEPS // 2]:4.0f} ms (at most {steps[-1]:.0f})"
    )


def _step_ms(page: Page) -> float:
    """From the key to the frame after the new count was written, measured inside the page."""
    return float(page.evaluate(STEP_TO_PICTURE))
