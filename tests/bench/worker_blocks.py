"""The longest block of the worker: while the workbench runs a guest at full speed, from the moment
that it starts, so that its pages are found, printed and compiled within what is measured.

Two things are told of each run, and of several runs the median and the most. `task` is the longest
task of the worker's thread, as the browser traces it, in milliseconds of processor time: how long
it works before it would hear a message, whatever else the host does. `wait` is how long a message
of the page lay there until the worker heard it, by the clock: this has all that other processes of
the host take in it.
"""

from __future__ import annotations

import base64
import json
import statistics
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser

from tests.browser.conftest import START_MS, open_ready
from tests.browser.test_workbench import DROP
from vmlab.guests.benchmarks import sized

LIMIT_MS: Final = 50
RUNS: Final = 3
RUN_MS: Final = 13_000
"""Long enough for the copy of a run that a page keeps, too: one is made every ten seconds."""
ENDLESS: Final = 1 << 30
KEEP: Final = """
const Plain = Worker;
window.Worker = class extends Plain { constructor(...all) { super(...all); window.kept = this; } };
"""
"""The page's worker, where the probes below find it."""
ANSWER: Final = """() => self.addEventListener("message", ({ data }) => {
  if (data.type !== "probe") return;
  postMessage({ type: "echo", waited: performance.timeOrigin + performance.now() - data.sent });
})"""
ASK: Final = """async (ms) => {
  const waits = [];
  const heard = ({ data }) => { if (data.type === "echo") waits.push(data.waited); };
  kept.addEventListener("message", heard);
  const end = performance.now() + ms;
  while (performance.now() < end) {
    kept.postMessage({ type: "probe", sent: performance.timeOrigin + performance.now() });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
  kept.removeEventListener("message", heard);
  return waits;
}"""
_TASK: Final = "ThreadControllerImpl::RunTask"
_THREAD: Final = "DedicatedWorker thread"


@dataclass(frozen=True, slots=True)
class Blocks:
    """One run, in milliseconds."""

    tasks: list[float]
    waits: list[float]


def longest(browser: Browser, url: str, name: str, runs: int = RUNS) -> str:
    """A line about one guest: each run in a page of its own, in which nothing was translated."""
    found = [run(browser, url, name) for _ in range(runs)]
    tasks, waits = ([max(one) for one in ms] for ms in _columns(found))
    every = [wait for one in found for wait in one.waits]
    return (
        f"{name:<14} longest task of the worker {_told(tasks)} of processor time (limit {LIMIT_MS} "
        f"ms); longest wait of a message {_told(waits)}, of {len(every)} the median "
        f"{statistics.median(every):.0f} ms"
    )


def _columns(found: list[Blocks]) -> tuple[list[list[float]], list[list[float]]]:
    return [one.tasks for one in found], [one.waits for one in found]


def _told(most: list[float]) -> str:
    return f"{statistics.median(most):.0f} ms (most of {len(most)} runs {max(most):.0f})"


def run(browser: Browser, url: str, name: str) -> Blocks:
    """Drop the guest into a workbench of its own, start it, and look."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
    page = context.new_page()
    page.set_default_timeout(START_MS)
    page.add_init_script(KEEP)
    open_ready(page, url)
    page.workers[0].evaluate(ANSWER)
    page.evaluate(DROP, [f"{name}.elf", base64.b64encode(sized(name, ENDLESS)).decode()])
    page.locator(".spd input").fill("6")
    page.locator("h2").first.click()
    page.wait_for_timeout(1500)
    before = page.locator(".cnt b").text_content()
    browser.start_tracing(page=page, categories=["toplevel"])
    page.evaluate(f"(ms) => {{ window.asked = ({ASK})(ms); }}", RUN_MS)
    page.keyboard.press("r")
    waits = page.evaluate("() => window.asked")
    tasks = _tasks(browser.stop_tracing())
    assert page.locator(".cnt b").text_content() != before, "it did not run"
    context.close()
    assert waits, "no message was heard"
    return Blocks(tasks, waits)


def _tasks(trace: bytes) -> list[float]:
    """Milliseconds of processor time of each task of the worker's thread."""
    events = json.loads(trace)["traceEvents"]
    workers = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == _THREAD
    }
    found = [
        event["tdur"] / 1000
        for event in events
        if event["name"] == _TASK and (event["pid"], event["tid"]) in workers and "tdur" in event
    ]
    assert found, "expected tasks of a worker in the trace, found none"
    return found
