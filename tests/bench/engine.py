"""T0 on `primes` with and without blocks, going back, and the table of `vmlab bench`.

MIPS are retired instructions by the clock of this machine now; the ratios compare runs made in
turns within seconds, so they say more.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from vmlab import bench
from vmlab.bench.table import Table
from vmlab.engine import blocks
from vmlab.session import open

ROUNDS = 5
ALONE_INSNS = 200_000
BACK_FROM_END = (1, 1_000, 1_000_000)


def _mips(limit: int | None = None) -> float:
    run = open("primes", engine="t0")
    began = time.perf_counter()
    run.run(limit=limit)
    return run.position / (time.perf_counter() - began) / 1e6


def _alone() -> float:
    kept, blocks.WORTH_PRINTING = blocks.WORTH_PRINTING, 1 << 60
    try:
        return _mips(ALONE_INSNS)
    finally:
        blocks.WORTH_PRINTING = kept


def figures() -> Iterator[str]:
    """Medians of a few rounds, the engines in turns."""
    rounds = [(_mips(), _alone()) for _ in range(ROUNDS)]
    together, alone = (statistics.median(one[at] for one in rounds) for at in (0, 1))
    ratio = together / alone
    yield f"t0 {together:.2f} MIPS; instruction by instruction {alone:.2f}; ratio {ratio:.1f}"
    run = open("primes", engine="t0")
    run.run()
    for distance in BACK_FROM_END:
        began = time.perf_counter()
        run.back(distance)
        yield f"back {distance:>9} steps: {1000 * (time.perf_counter() - began):.0f} ms"
    began = time.perf_counter()
    for _ in range(100):
        run.step()
        run.snapshot()
    yield f"step and snapshot: {10 * (time.perf_counter() - began):.1f} ms"
    yield from _table()


def _table() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        peers, absent = bench.peers_here(Path(folder))
        yield from (f"{one.name} is absent: {one.reason}" for one in absent)
        table = Table(bench.engines_here(), [one.name for one in peers])
        yield table.heading()
        for _, group in groupby(bench.rows(peers=peers), lambda row: row.workload):
            yield table.line(list(group))
