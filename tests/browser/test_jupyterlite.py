"""The tour as a notebook in the site's JupyterLite, at a plain host in a folder.

One visitor's day, in order: open it, run it, use the workbench in it, lose the network, run it
again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import vmlab
from tests.browser.conftest import START_MS, Site, Watch
from tests.browser.test_offline import Host, hosted
from vmlab.cli.sitebuilder.jupyterlite import page_of
from vmlab.course.lesson import read_lesson

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LESSON = read_lesson(Path(vmlab.__file__).parents[1] / "lessons" / "00_tour")
TOUR = page_of(f"{LESSON.name}.ipynb")
RAN = """() => { const all = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")];
    return all.length && all.every((one) => /\\[\\d+\\]/.test(one.textContent)); }"""
SAID = """() => [...document.querySelectorAll(".jp-CodeCell .jp-OutputArea-output pre")]
    .map((one) => one.textContent).join("\\n")"""
KEPT = (
    "(urls) => Promise.all(urls.map((url) => caches.match(url))).then((all) => all.every(Boolean))"
)
WORKERS = """() => navigator.serviceWorker.getRegistrations().then((all) =>
    all.map((one) => [one.scope, one.active?.scriptURL]))"""
POSITION = ".p-ribbon .rb-head b"
"""Where the run stands, under the ribbon's line."""
CELL = """
import os
print("tier", s.tier, s.engine_note)
with open("note.txt", "w") as file:
    file.write("kept")
print("files", sorted(os.listdir()))
from pyodide.http import pyfetch
try:
    await pyfetch("{other}", mode="no-cors")
    print("it went")
except Exception as why:
    print("refused:", type(why).__name__)
s.reset()
"""


@pytest.fixture(scope="module")
def host(site: Site) -> Iterator[Host]:
    with hosted(site.folder) as running:
        yield running


@pytest.fixture(scope="module")
def watched() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def visitor(browser: Browser, host: Host, watched: Watch) -> Iterator[BrowserContext]:
    """One visitor, who asks nobody but the host."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(START_MS)
    context.on("request", lambda request: watched.requests.append(request.url))
    yield context
    context.close()
    assert len(watched.requests) > 100
    assert not watched.foreign((host.url,))


@pytest.fixture(scope="module")
def tab(visitor: BrowserContext) -> Page:
    return visitor.new_page()


def run_all(page: Page) -> str:
    """Run the notebook that is shown, from its first cell to the last; what the cells printed."""
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    # To JupyterLab a kernel that is still starting is none: it would ask which one to start.
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=2 * START_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(RAN, timeout=2 * START_MS)
    return str(page.evaluate(SAID))


def run_cell(page: Page, code: str) -> None:
    """Put a new cell under the last one and run it."""
    page.locator(".jp-Notebook .jp-MarkdownCell").last.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")


def is_true_to_its_lesson(said: str) -> None:
    for line in LESSON.prints:
        assert re.search(line, said, re.MULTILINE), f"no cell printed {line!r}:\n{said}"


def test_the_cells_of_the_tour_print_what_the_lesson_says(
    tab: Page, host: Host, watched: Watch
) -> None:
    loads: list[str] = []
    tab.on("domcontentloaded", lambda _: loads.append(tab.url))
    watched.attach(tab)
    tab.goto(host.url + TOUR)
    is_true_to_its_lesson(run_all(tab))
    assert tab.evaluate("crossOriginIsolated")
    assert len(loads) == 2, "the service worker isolates it with one reload"
    assert not watched.failures


def test_it_has_the_readers_theme_and_room_on_a_phone(browser: Browser, host: Host) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(host.url + TOUR)
    page.locator(".jp-Notebook").wait_for(timeout=START_MS)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    expect(page.locator("#jp-left-stack")).to_be_hidden()
    page.wait_for_function("() => document.querySelector('.jp-Notebook').offsetWidth > 250")
    page.locator(".jp-SideBar.jp-mod-left li").first.click()
    expect(page.locator("#jp-left-stack")).to_be_visible()
    context.close()


def test_the_workbench_in_it_follows_cells_and_steps(tab: Page, host: Host) -> None:
    """After a cell that awaits something, too. And the kernel has the quick engine and the
    notebook's folder, and asks no other host."""
    count = tab.locator(POSITION).first
    expect(count).to_have_text(re.compile(r"#1,2\d\d"))
    run_cell(tab, CELL.format(other=host.url.replace("127.0.0.1", "localhost")))
    expect(count).to_have_text("#0")
    said = str(tab.evaluate(SAID))
    assert "tier t1 None" in said
    assert re.search(r"files \[.*'00_tour\.ipynb'.*'note\.txt'.*\]", said)
    assert "refused:" in said and "it went" not in said
    tab.locator("button[data-command=step]").first.click()
    expect(count).to_have_text("#1")


def test_a_cell_can_ask_its_reader(tab: Page) -> None:
    """The kernel waits for the answer; shared memory carries it."""
    run_cell(tab, 'print("hello", input("Who are you? "))')
    tab.locator("input.jp-Stdin-input").fill("reader")
    tab.keyboard.press("Enter")
    expect(tab.locator(".jp-OutputArea-output pre", has_text="hello reader")).to_be_visible()


def test_the_only_service_worker_is_the_sites(tab: Page, host: Host) -> None:
    assert tab.evaluate(WORKERS) == [[host.url, f"{host.url}sw.js"]]


def test_it_runs_again_without_a_network(
    visitor: BrowserContext, tab: Page, host: Host, site: Site
) -> None:
    needed = ("jupyter/", "runtime/", "archives/", "scripts/")
    urls = [host.url + piece.path for piece in site.pieces if piece.path.startswith(needed)]
    tab.wait_for_function(KEPT, arg=urls)
    tab.close()
    host.down()
    again = visitor.new_page()
    again.goto(host.url + TOUR)
    is_true_to_its_lesson(run_all(again))
    expect(again.locator(POSITION).first).to_have_text(re.compile(r"#1,2\d\d"))
    again.close()
    host.up()


def test_in_a_frame_or_without_a_service_worker_it_runs_too(browser: Browser, host: Host) -> None:
    """No shared memory there: cells run, but have no files and cannot ask."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
    context.set_default_timeout(START_MS)
    page = context.new_page()
    page.goto(host.url + TOUR)
    first = page.locator(".jp-Notebook .jp-CodeCell").first
    prompt = first.locator(".jp-InputPrompt")
    for _ in range(20):  # it may not hear its keys yet
        first.click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(500)
        if re.search(r"\[[*\d]", prompt.inner_text()):
            break
    expect(page.locator(POSITION).first).to_have_text("#0", timeout=2 * START_MS)
    assert not page.evaluate("crossOriginIsolated")
    page.locator("button[data-command=step]").first.click()
    expect(page.locator(POSITION).first).to_have_text("#1")
    context.close()
