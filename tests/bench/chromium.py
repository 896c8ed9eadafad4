"""The site's own worker in headless Chromium, for benches that run Python in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Worker, sync_playwright

from tests.bench.browser import with_a_handle
from tests.browser.conftest import FLAGS, START_MS, chromium, open_ready, served
from vmlab.cli.sitebuilder.site import build


@contextmanager
def site_worker() -> Iterator[Worker]:
    """A worker that `browser.RUN` gives Python to run: the site is built and served for it."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "site"
        pieces = build(folder)
        with served(folder, pieces) as site:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page()
            page.set_default_timeout(START_MS)
            page.route("**/worker.js", with_a_handle)
            open_ready(page, site.url)
            yield page.workers[0]
            browser.close()
