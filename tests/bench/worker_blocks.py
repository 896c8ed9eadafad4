"""The longest block of the worker: while the workbench runs a guest at full speed, from the moment
that it starts, so that its pages are found, printed and compiled within what is measured.

Two things are told of each run, and of several runs the median and the most. `task` is the longest
task of the worker's thread, as the browser traces it, in milliseconds of processor time. `wait` is
how long a message of the page lay there until the worker heard it: by the clock, which has all in
it that other processes of the host take, and by the processor time that the worker had meanwhile,
which is what it would be where the worker need not wait for a processor.
"""

from __future__ import annotations

import base64
import json
import statistics
from dataclasses import dataclass
from typing import Any, Final

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
  const now = performance.now();
  performance.mark(`heard ${data.nth}`);
  postMessage({ type: "echo", nth: data.nth, waited: performance.timeOrigin + now - data.sent });
})"""
ASK: Final = """async (ms) => {
  const waits = [];
  const heard = ({ data }) => { if (data.type === "echo") waits[data.nth] = data.waited; };
  kept.addEventListener("message", heard);
  const end = performance.now() + ms;
  for (let nth = 0; performance.now() < end; nth++) {
    kept.postMessage({ type: "probe", nth, sent: performance.timeOrigin + performance.now() });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
  kept.removeEventListener("message", heard);
  return waits;
}"""
CATEGORIES: Final = ["toplevel", "blink.user_timing"]
_TASK: Final = "ThreadControllerImpl::RunTask"
_THREAD: Final = "DedicatedWorker thread"


@dataclass(frozen=True, slots=True)
class Blocks:
    """One run, in milliseconds."""

    tasks: list[float]
    waits: list[float]
    worked: list[float]
    """In each of these waits, the processor time of the worker."""


def longest(browser: Browser, url: str, name: str, runs: int = RUNS) -> str:
    """A line about one guest: each run in a page of its own, in which nothing was translated."""
    found = [run(browser, url, name) for _ in range(runs)]
    every = [wait for one in found for wait in one.waits]
    return (
        f"{name:<14} longest task of the worker {_told([max(one.tasks) for one in found])} of "
        f"processor time; longest wait of a message {_told([max(one.worked) for one in found])} of "
        f"the worker's processor time (limit {LIMIT_MS} ms), "
        f"{_told([max(one.waits) for one in found])} by the clock; of {len(every)} waits the "
        f"median {statistics.median(every):.0f} ms"
    )


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
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.evaluate(f"(ms) => {{ window.asked = ({ASK})(ms); }}", RUN_MS)
    page.keyboard.press("r")
    waits = page.evaluate("() => window.asked")
    trace = json.loads(browser.stop_tracing())["traceEvents"]
    assert page.locator(".cnt b").text_content() != before, "it did not run"
    context.close()
    assert waits, "no message was heard"
    tasks = _tasks(trace)
    return Blocks([task.worked for task in tasks], waits, _worked(trace, tasks, waits))


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the worker's thread, in milliseconds: when, how long, and its processor time."""

    start: float
    length: float
    worked: float

    def within(self, start: float, end: float) -> float:
        """The processor time of the part of it between two moments, as if it were even."""
        shared = min(self.start + self.length, end) - max(self.start, start)
        return self.worked * max(0.0, shared) / self.length if self.length else 0.0


def _worked(trace: list[Any], tasks: list[Task], waits: list[float]) -> list[float]:
    """How long the worker worked in each wait, which ended where it marked that it had heard."""
    heard = {event["name"]: event["ts"] / 1000 for event in trace if _is_mark(event)}
    found = []
    for nth, wait in enumerate(waits):
        end = heard[f"heard {nth}"]
        found.append(sum(task.within(end - wait, end) for task in tasks))
    return found


def _is_mark(event: dict[str, Any]) -> bool:
    return str(event["name"]).startswith("heard ")


def _tasks(events: list[Any]) -> list[Task]:
    """The tasks of the worker's thread."""
    workers = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == _THREAD
    }
    found = [
        Task(event["ts"] / 1000, event["dur"] / 1000, event["tdur"] / 1000)
        for event in events
        if event["name"] == _TASK and (event["pid"], event["tid"]) in workers and "tdur" in event
    ]
    assert found, "expected tasks of a worker in the trace, found none"
    return found
