"""The worker's life: a busy Python is stopped, a dead one replaced, and the run goes on.

Tests of one page, in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, Worker, expect

import vmlab
from tests.browser.conftest import START_MS, Site, Watch, open_ready
from tests.browser.test_workbench import position
from vmlab.session.files import loaded, recording_of

COUNT_COPIES = """
const Real = Worker;
window.Worker = class extends Real {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      const noted = document.documentElement.dataset;
      if (data.type === "kept") noted.kept = JSON.parse(data.facts).position;
      if (data.type === "interrupted") noted.interrupted = performance.now();
    });
  }
};
"""
SPIN = """() => {
  // What a student's program does, in a turn of Python's own loop.
  self.python.runPython(`
import asyncio
async def spin():
    while True: pass
asyncio.ensure_future(spin())`);
}"""
STOP_MS = """() => new Promise((resolve) => {
  const noted = document.documentElement.dataset;
  setTimeout(() => {  // Python is in its loop by now
    const began = performance.now();
    new MutationObserver(() => resolve(noted.interrupted - began))
      .observe(document.documentElement, { attributeFilter: ["data-interrupted"] });
    document.dispatchEvent(new Event("vmlab-pause"));
  }, 300);
})"""


SLOW = """() => {
  // A drawing on a slow machine.
  self.python.runPython(`
import asyncio, time
ended = False
async def slow():
    global ended
    until = time.perf_counter() + 0.6
    while time.perf_counter() < until: pass
    ended = True
asyncio.ensure_future(slow())`);
}"""
ENDED = """() => new Promise((resolve) => {
  setTimeout(() => resolve(self.python.globals.get("ended")), 700);
})"""

COVERED = """async () => {
  const { name } = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/trouble.js"));
  const { trouble, untrouble } = await import(name);
  trouble("A new version is ready", "Reload.", "", "note", "reload");
  trouble("The machine does not answer", "Wait.", "", "wait", "stop");
  trouble("The machine does not answer", "Wait still.", "", "wait", "stop");
  const covered = document.getElementById("trouble-restart").textContent;
  untrouble("wait");
  return covered;
}"""  # noqa: E501  # JavaScript


def exposed(route: Route) -> None:
    """The worker's script, with Python where a test can reach it."""
    answer = route.fetch()
    text = answer.text().replace("const python = await", "const python = self.python = await")
    route.fulfill(response=answer, body=text)


@pytest.fixture(scope="module")
def watch_life() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def life(browser: Browser, site: Site, watch_life: Watch) -> Iterator[Page]:
    """The workbench, isolated by the headers of `vmlab serve`."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
    context.route("**/worker.js", exposed)
    context.add_init_script(COUNT_COPIES)
    page = context.new_page()
    page.set_default_timeout(START_MS)
    watch_life.attach(page)
    yield open_ready(page, site.url)
    context.close()
    assert not watch_life.foreign((site.url,))


def go_to_trap(page: Page) -> str:
    """One trap further, and copied; the position there."""
    before = position(page).inner_text()
    page.keyboard.press("t")
    expect(position(page)).not_to_have_text(before)
    expect(page.locator(".tag.state")).not_to_contain_text("Running")
    here = position(page).inner_text()
    expect(page.locator("html")).to_have_attribute("data-kept", here.lstrip("#").replace(",", ""))
    return here


def steps(page: Page) -> None:
    """The machine steps: whatever happened is over."""
    before = position(page).inner_text()
    page.keyboard.press("s")
    expect(position(page)).not_to_have_text(before)


def worker(page: Page) -> Worker:
    return page.workers[-1]


def strip(page: Page, text: str) -> None:
    expect(page.locator("#trouble")).to_contain_text(text, timeout=START_MS)


def test_the_page_is_isolated(life: Page) -> None:
    assert life.evaluate("crossOriginIsolated")


def test_no_request_of_the_worker_leaves_the_site(life: Page, site: Site) -> None:
    """Its policy is the page's: the browser refuses, whatever the host sends."""
    other = site.url.replace("127.0.0.1", "localhost")
    ask = "(url) => fetch(url, { mode: 'no-cors' }).then(() => 'went', (why) => `refused: ${why}`)"
    assert worker(life).evaluate(ask, other + "favicon.svg").startswith("refused")
    assert life.evaluate(ask, other + "favicon.svg").startswith("refused")
    assert worker(life).evaluate(ask, site.url + "favicon.svg") == "went"


def test_pause_takes_no_run_away_from_a_slow_machine(life: Page) -> None:
    here = go_to_trap(life)
    worker(life).evaluate(SLOW)
    life.evaluate("document.dispatchEvent(new Event('vmlab-pause'))")
    assert worker(life).evaluate(ENDED)
    expect(life.locator("#trouble")).to_be_hidden()
    expect(position(life)).to_have_text(here)


def test_a_wait_that_is_over_uncovers_what_was_said_before(life: Page) -> None:
    assert life.evaluate(COVERED) == "Stop it"
    strip(life, "A new version is ready. Reload.")
    expect(life.locator("#trouble-restart")).to_have_text("Reload")
    life.locator("#trouble-close").click()
    expect(life.locator("#trouble")).to_be_hidden()


def test_an_endless_loop_is_interrupted_and_the_worker_stays(life: Page) -> None:
    here = go_to_trap(life)
    same = worker(life)
    same.evaluate(SPIN)
    took_ms = life.evaluate(STOP_MS)
    strip(life, f"Stopped. Python was busy. The machine is back at {here}.")
    print(f"an endless loop was stopped {took_ms:.0f} ms after the click")
    assert worker(life) == same
    expect(position(life)).to_have_text(here)
    steps(life)


def test_a_killed_worker_is_replaced_where_it_stood(life: Page) -> None:
    here = go_to_trap(life)
    worker(life).evaluate("self.close()")
    strip(life, f"The machine stopped. Your work is safe. Restarted at {here}.")
    expect(position(life)).to_have_text(here)


def test_a_report_opens_again(life: Page, tmp_path: Path) -> None:
    expect(life.locator("#trouble-report")).to_be_visible()
    with life.expect_download() as waiting:
        life.locator("#trouble-report").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    data = file.read_bytes()
    said = json.loads(data)
    assert said["schema"] == "vmlab/report/1"
    assert said["versions"]["vmlab"] == vmlab.__version__
    assert said["error"]["title"] == "The machine stopped"
    assert loaded(data).position == said["position"]
    assert recording_of(data).steps >= said["position"]


def test_one_that_dies_at_once_again_is_not_replaced_for_ever(life: Page) -> None:
    """Nothing was done with the worker that the test before this one got."""
    worker(life).evaluate("self.close()")
    strip(life, "The machine stopped again. It stops at once where it was restarted.")
    expect(life.locator("#trouble-report")).to_be_visible()
    expect(life.locator("#trouble-restart")).to_have_text("Reset")
