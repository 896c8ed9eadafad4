"""Virtual machines in headless Chromium, in the site's own worker: what an exit costs, and how long
the whole comparison takes. The same is measured natively in the same minute."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from tests.bench.browser import RUN, with_a_handle
from tests.browser.conftest import FLAGS, START_MS, chromium, open_ready, served
from vmlab.bench.exits import exit_costs
from vmlab.cli.sitebuilder.site import build
from vmlab.vmm.compare.report import compare
from vmlab.vmm.techniques import CAPSTONE, TECHNIQUES

GOAL_US: Final = {"native": 5, "Chromium": 15}
GOAL_S: Final = {"native": 60, "Chromium": 120}
EXITS: Final = """
import json
from dataclasses import asdict
from vmlab.bench.exits import exit_costs
json.dumps(asdict(exit_costs("t1", 5000)))
"""
COMPARE: Final = """
import json, time
from vmlab.vmm.compare.report import compare
from vmlab.vmm.techniques import CAPSTONE, TECHNIQUES
began = time.perf_counter()
found = compare([*TECHNIQUES.values(), CAPSTONE])
json.dumps([time.perf_counter() - began, len(list(found.cells()))])
"""


def figures() -> Iterator[str]:
    """A line for each thing and place."""
    native = exit_costs("t1")
    yield _exits("native", native.empty_handler_us, native.csr_access_us)
    began = time.perf_counter()
    cells = len(list(compare([*TECHNIQUES.values(), CAPSTONE]).cells()))
    yield _compared("native", time.perf_counter() - began, cells)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "site"
        pieces = build(folder)
        with served(folder, pieces) as site:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page()
            page.set_default_timeout(START_MS)
            page.route("**/worker.js", with_a_handle)
            open_ready(page, site.url)
            worker = page.workers[0]
            found = json.loads(worker.evaluate(RUN, EXITS))
            yield _exits("Chromium", found["empty_handler_us"], found["csr_access_us"])
            seconds, cells = json.loads(worker.evaluate(RUN, COMPARE))
            yield _compared("Chromium", seconds, cells)
            browser.close()


def _exits(place: str, empty_us: float, csr_us: float) -> str:
    return (
        f"{place}: an exit with an empty handler {empty_us:.2f} us (goal {GOAL_US[place]}), one "
        f"that emulates a CSR access {csr_us:.2f} us"
    )


def _compared(place: str, seconds: float, cells: int) -> str:
    return f"{place}: all columns of compare, {cells} cells, {seconds:.1f} s (goal {GOAL_S[place]})"
