"""Firefox plays a recording and steps the machine: the one that people have, not a test's own."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import Site, lab
from tests.browser.firefox import firefox, tab
from tests.loops import drive

FIND = """((selector) => {
  const find = (root) => root.querySelector(selector) ?? [...root.querySelectorAll("*")]
    .filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot)).find((e) => e);
  return find(document);
})"""
"""In whatever shadow root it stands."""


def test_firefox_plays_a_recording_and_steps_the_machine(site: Site, tmp_path: Path) -> None:
    binary = firefox()

    async def visit() -> tuple[list[str], list[str]]:
        async with tab(binary, tmp_path / "profile") as page:
            await page.open(site.url + "museum/cp40/")
            await page.does("document.querySelector('[data-do=play]').click()")
            await page.holds("document.querySelector('[data-seek]').value > 0")
            await page.holds("!document.querySelector('[data-now]').hidden")
            await page.open(lab(site.url))
            await page.holds("!document.getElementById('app').hasAttribute('aria-busy')")
            assert await page.does("crossOriginIsolated")
            count = f"{FIND}('.cnt b').textContent"
            assert await page.does(count) == "#0"
            await page.does(f"{FIND}('[data-command=step]').click()")
            await page.holds(f"{count} === '#1'")
            await page.does(f"{FIND}('[data-command=back]').click()")
            await page.holds(f"{count} === '#0'")
            return page.console, page.requests

    console, requests = drive(visit())
    assert console == []
    assert len(requests) > 15
    assert [url for url in requests if not url.startswith((site.url, "blob:", "data:"))] == []
