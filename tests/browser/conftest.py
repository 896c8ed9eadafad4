"""Real-browser fixtures: a served site, and a page that watches itself.

`page` fails its test when the page asked another host for anything, or wrote an error to its
console: both are promises of the site, so every browser test checks them.
VMLAB_CHROMIUM names the browser (`make test` sets it), else one on PATH is used.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.once import made_once
from vmlab.cli.serve import site_server
from vmlab.cli.sitebuilder.pieces import Piece
from vmlab.cli.sitebuilder.site import build

# A window of Chromium keeps the pages of its address bar ready, in a renderer of their own: a sixth
# of what a start costs. Of two lists the last one counts, so the others are Playwright's.
OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "AvoidCorsURLLoaderRestartOnRedirect", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying",
    "OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning",
    "AimEnabled",
)  # fmt: skip
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(OFF)}",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
expect.set_options(timeout=30_000)  # a drawing comes when it comes: tests share a machine
START_MS = 60_000  # a page is ready within 8 s on a quiet machine; tests share theirs
DEMO = Path(__file__).parent / "platform_demo"
LESSONS = Path(__file__).parent / "lesson_demo"


@dataclass
class Site:
    """A built site that is being served."""

    url: str
    folder: Path
    pieces: list[Piece]


@contextmanager
def served(folder: Path, pieces: list[Piece]) -> Iterator[Site]:
    """Serve a built site on a free port while the block runs."""
    with site_server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Site(f"http://127.0.0.1:{server.server_port}/", folder, pieces)
        finally:
            server.shutdown()
            thread.join()


def built(factory: pytest.TempPathFactory, name: str, **parts: Any) -> tuple[Path, list[Piece]]:
    """A site that one worker builds for all: nobody writes to it."""
    return made_once(factory, name, lambda folder: (folder, build(folder, **parts)))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as `vmlab site build` makes it."""
    with served(*built(tmp_path_factory, "site")) as running:
        yield running


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same pages and Python around a small app and lessons of the tests' own."""
    app = {"app": "platform_demo.app:browser_main", "packages": [DEMO], "lessons": LESSONS}
    with served(*built(tmp_path_factory, "demo-site", **app)) as running:
        yield running


@pytest.fixture(scope="session")
def lab_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same around an app that does what a test asks for (`tests.browser.lab`)."""
    app = {"app": "platform_demo.lab:browser_main", "packages": [DEMO]}
    with served(*built(tmp_path_factory, "lab-site", **app)) as running:
        yield running


def chromium() -> str:
    """The browser to use."""
    named = os.environ.get("VMLAB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if named is None:
        pytest.fail(
            "expected a Chromium on PATH or in VMLAB_CHROMIUM, found none; `make test` gets one"
        )
    return named


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the whole session."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


@dataclass
class Watch:
    """What a page asked for and complained about."""

    requests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        """Listen to everything from now on; the worker's requests and console are included."""
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", lambda request: self._failed(request.failure, request.url))
        page.on("pageerror", lambda error: self.failures.append(f"page error: {error}"))
        page.on("response", lambda answer: self._answered(answer.status, answer.url))
        page.on("console", lambda message: self._said(message.type, message.text))

    def _failed(self, why: str | None, url: str) -> None:
        if why != "net::ERR_ABORTED":  # given up by a page that was left
            self.failures.append(f"failed: {url}: {why}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.failures.append(f"{status}: {url}")

    def _said(self, kind: str, text: str) -> None:
        self.console.append(f"{kind}: {text}")
        if kind == "error":
            self.failures.append(f"console: {text}")

    def foreign(self, own: tuple[str, ...]) -> list[str]:
        """Requests to anything but the site itself; data: and blob: never leave the page."""
        return [url for url in self.requests if not url.startswith((*own, "data:", "blob:"))]


@pytest.fixture
def watch() -> Watch:
    """What this test's page asked for; a test that provokes errors empties `failures`."""
    return Watch()


@contextmanager
def watched_page(browser: Browser, watch: Watch, **options: Any) -> Iterator[Page]:
    """A new page of 1440 x 900, watched; nothing foreign and no error may be left at the end. A
    test may answer its requests, so no service worker stands between. It would keep the whole site,
    too, which takes half as long as Python's start: `test_offline`, `test_keeping` and
    `test_workbench` are enough of that.
    """
    usual = {"viewport": {"width": 1440, "height": 900}, "service_workers": "block"}
    context = browser.new_context(**usual | options)
    made = context.new_page()
    made.set_default_timeout(START_MS)
    watch.attach(made)
    yield made
    context.close()
    assert not watch.foreign(("http://127.0.0.1:",))
    assert not watch.failures


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A new, watched page for one test."""
    with watched_page(browser, watch) as made:
        yield made


def lab(url: str) -> str:
    """The workbench of the site at `url`; a fragment after it is the workbench's."""
    root, mark, fragment = url.partition("#")
    return f"{root}lab/{mark}{fragment}"


def open_ready(page: Page, url: str) -> Page:
    """Open the workbench of the site at `url` and wait until the app is drawn and listens, or say
    what the page says."""
    page.goto(lab(url))
    over = "#app:not([aria-busy]), #trouble:not([hidden])"
    page.wait_for_selector(over, state="attached")
    if page.locator("#trouble").is_visible():
        pytest.fail(f"the page says: {page.locator('#trouble').text_content()}")
    return page
