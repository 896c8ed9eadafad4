"""The engines in headless Chromium, in the site's own worker, beside Spike and QEMU on this host.

The worker's script is served with one line more, which lets this file run Python where the machine
lives; everything else is the page as it is. Each workload is timed there and by the peers that are
installed here in turns, so that a busy moment of the host touches both sides of a ratio.
"""

from __future__ import annotations

import base64
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Route, Worker, sync_playwright

import vmlab
from tests.bench.worker_blocks import longest
from tests.browser.conftest import FLAGS, START_MS, chromium, open_ready, served
from vmlab import bench
from vmlab.bench.measure import in_turns
from vmlab.bench.runners import OurEngine, Runner
from vmlab.cli.sitebuilder.site import build
from vmlab.core.errors import Unsupported
from vmlab.guests import firmware
from vmlab.guests.catalog import BENCHMARKS
from vmlab.session.until import Until

ROUNDS: Final = 7
PLACE: Final = "Chromium"
OURS: Final = ("t1", "t2")
FLOORS: Final = {
    ("t1", "spike"): (0.25, 0.15),
    ("t2", "qemu"): (0.5, 0.2),
}
"""What an engine in Chromium shall reach of a peer that runs natively: in user work, and in the
work of a supervisor."""
BOOTS: Final = 3

_LINE: Final = "  boot = importBoot("
_HANDLE: Final = "  self.pythonOfTheBench = python;\n"
RUN: Final = "(code) => self.pythonOfTheBench.runPythonAsync(code)"
SETUP: Final = """
import time
from vmlab.bench.runners import OurEngine
runners = {name: OurEngine(name) for name in ("t1", "t2")}
until = time.perf_counter() + 10
while time.perf_counter() < until:
    runners["t1"].seconds("sieve", 100)
None
"""
"""The browser's second compiler takes some seconds for T1's loop, which is one large function; the
first one's code is a tenth as fast."""
SECONDS: Final = "runners[{tier!r}].seconds({workload!r}, {rounds})"
BOOT: Final = """
import base64, json, time
import vmlab
from vmlab.session.until import Until
{prompt}
json.dumps(to_prompt(base64.b64decode({data!r})))
"""
PROMPT: Final = '''
def to_prompt(bios):
    """Seconds from a machine that stands at reset to U-Boot's prompt, and how many instructions."""
    session = vmlab.open(bios=bios)
    began = time.perf_counter()
    session.run(until=Until.console("Hit any key"), limit=100_000_000)
    session.send(b" ")
    stop = session.run(until=Until.console("=> $"), limit=100_000_000)
    assert stop.reason.value == "console", stop
    return time.perf_counter() - began, session.position, session.engine.name
'''


def figures() -> Iterator[str]:
    """Ratios to Spike by workload, U-Boot's way to its prompt, the worker's longest block."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "site"
        pieces = build(folder)
        peers, absent = bench.peers_here(Path(scratch))
        with served(folder, pieces) as site:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(START_MS)
            page.route("**/worker.js", with_a_handle)
            open_ready(page, site.url)
            worker = page.workers[0]
            yield f"Chromium {browser.version}"
            yield from (f"{one.name} is absent: {one.reason}" for one in absent)
            worker.evaluate(RUN, SETUP)
            runners: list[Runner] = [InPage(worker, name) for name in OURS]
            runners += [OurEngine("t2"), *peers]
            for workload in BENCHMARKS:
                yield _workload(runners, workload)
            yield from _boots(worker)
            page.close()
            for name in ("sieve", "coremark_like", "mixed", "supervisor"):
                yield longest(browser, site.url, name)
            browser.close()


def with_a_handle(route: Route) -> None:
    """Serve the worker with one line more: it keeps its Python where `RUN` finds it."""
    answer = route.fetch()
    text = answer.text()
    assert text.count(_LINE) == 1, "worker.js imports the Python module somewhere else now"
    route.fulfill(response=answer, body=text.replace(_LINE, _HANDLE + _LINE))


class InPage:
    """A tier in the page's worker."""

    def __init__(self, worker: Worker, tier: str) -> None:
        self.name = f"{PLACE} {tier}"
        self._worker, self._tier = worker, tier

    def seconds(self, workload: str, rounds: int) -> float:
        """By the worker's clock."""
        code = SECONDS.format(tier=self._tier, workload=workload, rounds=rounds)
        return float(self._worker.evaluate(RUN, code))


def _workload(runners: list[Runner], workload: str) -> str:
    """All of them in turns; a ratio is the median of those within a turn."""
    speeds = in_turns(runners, workload, ROUNDS)
    told = ", ".join(f"{name} {statistics.median(mips):.4g}" for name, mips in speeds.items())
    told += " MIPS"
    for (tier, peer), floors in FLOORS.items():
        ours = f"{PLACE} {tier}"
        if peer in speeds:
            pairs = zip(speeds[ours], speeds[peer], strict=True)
            ratios = [one / other for one, other in pairs]
            told += (
                f"; {tier}/{peer} {statistics.median(ratios):.3f} ({min(ratios):.3f} to "
                f"{max(ratios):.3f}, floor {floors[workload == 'supervisor']})"
            )
    return f"{workload:<14} {told}"


def _boots(worker: Worker) -> Iterator[str]:
    """U-Boot in M to its prompt, native and in Chromium in turns."""
    try:
        data = firmware.fetch().uboot_m.read_bytes()
    except Unsupported as reason:
        yield f"U-Boot is absent: {reason}"
        return
    names: dict[str, Any] = {"vmlab": vmlab, "Until": Until, "time": time}
    exec(PROMPT, names)
    code = BOOT.format(prompt=PROMPT, data=base64.b64encode(data).decode())
    native, browser = [], []
    for _ in range(BOOTS):
        native.append(names["to_prompt"](data))
        browser.append(tuple(json.loads(worker.evaluate(RUN, code))))
    for name, runs in (("native", native), ("Chromium", browser)):
        walls = [run[0] for run in runs]
        yield (
            f"U-Boot in M to its prompt, {name}: first {walls[0]:.2f} s, median "
            f"{statistics.median(walls):.2f} s ({runs[0][1]:,} instructions, {runs[0][2]})"
        )
