"""A plain static host, in a folder, with no headers of its own: the service worker does the rest.

One visit, in order: read the museum, use the workbench, lose the network, get a new version.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import START_MS, Site, Watch
from tests.browser.test_life import steps, strip, worker

FOLDER = "/courses/os/"
ALL_KEPT = "The whole site, workbench included, is kept"
KEPT_ALL = "(urls) => Promise.all(urls.map((url) => caches.match(url).then(Boolean)))"
LARGE = ("runtime/", "archives/", "scripts/")
KEEPS = """async (folder) => {
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).keys();
    if (kept.some(({ url }) => url.includes(folder))) return true;
  }
  return false;
}"""
JUPYTER = "jupyter/"


@dataclass
class Host:
    """A server that can go away, come back, and get another site."""

    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{FOLDER}"

    def up(self) -> None:
        host = self

        class Handler(SimpleHTTPRequestHandler):
            def translate_path(self, path: str) -> str:
                inside = path.partition("?")[0].removeprefix(FOLDER)
                return str(host.folder / inside)

            def do_GET(self) -> None:
                host.asked.append(self.path.removeprefix(FOLDER))
                # To Python's handler a file that is older than the kept one is unchanged; hosts for
                # the web compare exactly.
                del self.headers["If-Modified-Since"]
                super().do_GET()

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a browser that hangs up

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def down(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    host = Host(folder)
    host.up()
    try:
        yield host
    finally:
        host.down()


@pytest.fixture(scope="module")
def host(site: Site) -> Iterator[Host]:
    with hosted(site.folder) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(browser: Browser, host: Host) -> Iterator[BrowserContext]:
    """One visitor, who asks nobody but the host."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(START_MS)
    watch = Watch()
    context.on("request", lambda request: watch.requests.append(request.url))
    yield context
    context.close()
    assert len(watch.requests) > 100
    assert not watch.foreign((host.url,))


@pytest.fixture(scope="module")
def tab(visitor: BrowserContext) -> Page:
    return visitor.new_page()


def ready(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#app:not([aria-busy])")


def kept(page: Page, host: Host, text: str) -> None:
    """The museum's footer says so."""
    page.goto(host.url)
    expect(page.locator("#kept")).to_contain_text(text, timeout=START_MS)


def test_a_reader_keeps_all_pages_and_not_python(tab: Page, host: Host, site: Site) -> None:
    kept(tab, host, "All pages and recordings are kept on this device")
    expect(tab.locator("#kept button")).to_contain_text("Keep the workbench too")
    pages = {piece.path for piece in site.pieces if piece.path.endswith(".html")}
    assert {path for path in pages if not path.startswith(JUPYTER)} <= {*host.asked, "index.html"}
    assert not [path for path in host.asked if path.startswith((*LARGE, JUPYTER))]


def test_the_workbench_is_isolated_without_a_reload(tab: Page, host: Host) -> None:
    """The museum's visit has brought the service worker."""
    ready(tab, f"{host.url}lab/")
    assert tab.evaluate("crossOriginIsolated")
    assert tab.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"
    steps(tab)
    # It asks for all of it to be kept when it has nothing better to do; who leaves before has not.
    tab.wait_for_function(KEEPS, arg=f"/{LARGE[0]}")


def test_all_of_it_runs_without_a_network(tab: Page, host: Host, site: Site) -> None:
    kept(tab, host, ALL_KEPT)
    for entrance in ("lab/", "compare/", "gallery/live/"):
        plan = json.loads((site.folder / entrance / "index.html").read_text("utf-8")
                          .partition('id="plan">')[2].partition("</script>")[0])  # fmt: skip
        files = [file["url"] for step in plan["steps"] for file in step["files"]]
        assert tab.evaluate(KEPT_ALL, [host.url + path for path in files]) == [True] * len(files)
    host.down()
    tab.goto(f"{host.url}zh/museum/cp40")  # and the slash comes by itself
    expect(tab.locator("html")).to_have_attribute("lang", "zh-CN")
    tab.locator('[data-do="on"]').click()
    expect(tab.locator("[data-now]")).to_be_visible()
    for piece in site.pieces:
        if piece.path.startswith("docs/") and piece.path.endswith(".html"):
            tab.goto(host.url + piece.path)
            expect(tab.locator("h1")).to_be_visible()
    ready(tab, f"{host.url}zh/lab/")
    assert tab.evaluate("crossOriginIsolated")
    steps(tab)


def test_a_new_version_is_downloaded_beside_the_old(
    tab: Page, visitor: BrowserContext, host: Host, site: Site, demo_site: Site
) -> None:
    """`demo_site` has the same museum around another app."""
    old = {piece.path for piece in site.pieces}
    new = {piece.path for piece in demo_site.pieces}
    os.utime(demo_site.folder / "sw.js", (0, 0))  # of two sites either may have been built first
    host.folder = demo_site.folder
    host.asked.clear()
    host.up()
    other = visitor.new_page()
    kept(other, host, ALL_KEPT)
    strip(tab, "新版本已就绪")  # the tab that shows the old one, whose machine still runs
    steps(tab)
    known = {path for path in host.asked if path in old & new and not path.endswith(".html")}
    assert known <= {"sw.js", "favicon.svg"}, "asked again for what had not changed"
    assert not [path for path in host.asked if path.startswith("museum/") and path[-5:] == ".html"]
    tab.get_by_role("button", name="重新加载", exact=True).click()
    expect(tab.locator("#count")).to_be_visible(timeout=START_MS)
    kept(other, host, ALL_KEPT)
    gone = [path for path in old - new if path.startswith("archives/")]
    assert gone
    assert other.evaluate(KEPT_ALL, [host.url + path for path in gone]) == [False] * len(gone)
    pages = "() => caches.keys().then((all) => all.filter((name) => name.includes('pages')).length)"
    assert other.evaluate(pages) == 1
    other.close()


def test_first_visit_of_the_workbench_reloads_once(browser: Browser, host: Host) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(START_MS)
    loads: list[str] = []
    page.on("domcontentloaded", lambda _: loads.append(page.url))
    page.goto(f"{host.url}lab/")
    expect(page.locator("#load-bar")).to_have_attribute("aria-valuenow", re.compile("[1-9]"))
    assert page.evaluate("crossOriginIsolated")
    assert len(loads) == 2
    context.close()


def test_in_a_frame_of_another_host_it_runs_and_can_be_stopped(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    """No shared memory there: to stop means to end the worker."""
    with hosted(site.folder) as inner, hosted(tmp_path) as outer:
        (tmp_path / "index.html").write_text(
            f'<iframe id="f" width="1400" height="800" src="{inner.url}lab/"></iframe>'
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(START_MS)
        page.goto(outer.url.replace("127.0.0.1", "localhost"))
        frame = page.frame_locator("#f")
        expect(frame.locator("#app:not([aria-busy])")).to_be_visible(timeout=START_MS)
        inside = page.frames[1]
        assert not inside.evaluate("crossOriginIsolated")
        frame.locator("button[data-command=step]").click()
        expect(frame.locator(".cnt b")).to_have_text("#1")
        worker(page).evaluate("() => { setTimeout(() => { for (;;); }, 0); }")
        inside.evaluate("document.dispatchEvent(new Event('vmlab-pause'))")
        expect(frame.locator("#trouble")).to_contain_text("Wait, or stop it.", timeout=START_MS)
        frame.locator("#trouble-restart").click()
        expect(frame.locator("#trouble")).to_contain_text("Restarted at #", timeout=START_MS)
        before = frame.locator(".cnt b").inner_text()
        frame.locator("button[data-command=step]").click()
        expect(frame.locator(".cnt b")).not_to_have_text(before)
        context.close()
