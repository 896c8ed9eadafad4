"""A session at nano's prompt under the techniques against the bare machine, on T1 and on T2, here
and in headless Chromium; with `--native` here only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Final

from vmlab.bench.nanosession import NanoRow, nano_rows

ENGINES: Final = ("t1", "auto")
IN_WORKER: Final = f"""
import json
from dataclasses import asdict
from vmlab.bench.nanosession import nano_rows
json.dumps([asdict(row) for row in nano_rows({ENGINES!r})])
"""


def figures() -> Iterator[str]:
    """A line for each place, engine and technique."""
    yield f"{'':24} {'technique':14} {'seconds':>8} {'instructions':>14} {'to bare':>8}"
    for row in nano_rows(ENGINES):
        yield _line("native", row)
    if "--native" in sys.argv:
        return
    from tests.bench.browser import RUN
    from tests.bench.chromium import site_worker

    with site_worker() as worker:
        for found in json.loads(worker.evaluate(RUN, IN_WORKER)):
            yield _line("Chromium", NanoRow(**found))


def _line(place: str, row: NanoRow) -> str:
    where = f"{place}, {row.engine}"
    return f"{where:24} {row.technique:14} {row.seconds:8.2f} {row.retired:14,} {row.to_bare:8.1f}"
