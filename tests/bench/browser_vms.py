"""Virtual machines in headless Chromium, in the site's own worker: what an exit costs, and how long
the whole comparison takes. The same is measured natively in the same minute."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Final

from tests.bench.browser import RUN
from tests.bench.chromium import site_worker
from vmlab.bench.exits import exit_costs
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
    with site_worker() as worker:
        found = json.loads(worker.evaluate(RUN, EXITS))
        yield _exits("Chromium", found["empty_handler_us"], found["csr_access_us"])
        seconds, cells = json.loads(worker.evaluate(RUN, COMPARE))
        yield _compared("Chromium", seconds, cells)


def _exits(place: str, empty_us: float, csr_us: float) -> str:
    return (
        f"{place}: an exit with an empty handler {empty_us:.2f} us (goal {GOAL_US[place]}), one "
        f"that emulates a CSR access {csr_us:.2f} us"
    )


def _compared(place: str, seconds: float, cells: int) -> str:
    return f"{place}: all columns of compare, {cells} cells, {seconds:.1f} s (goal {GOAL_S[place]})"
