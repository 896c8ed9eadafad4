"""What can run a benchmark and say how long its rounds took.

The time of some rounds is that of a run with one more, less the median of runs of one round that
are made in the same turns. So what comes once is left out on every side: starting a process or a
machine, the guest's boot, decoding, and what T0 prints in the first round.
"""

from __future__ import annotations

import statistics
import time
from abc import ABC, abstractmethod
from functools import cache
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.engine.tiers import why_not_t1
from vmlab.guests.benchmarks import sized
from vmlab.session import open
from vmlab.session.snapshot import Reason

RAM: Final = "1M"
"""Every benchmark fits. A machine of this size is made in no time."""
LEAST_S: Final = 1e-4
"""A difference of two clocks may come out below zero on a busy host; a time may not."""


class Runner(ABC):
    """An engine of ours, or a peer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._short: dict[str, list[float]] = {}

    @abstractmethod
    def wall(self, workload: str, rounds: int) -> float:
        """Run a benchmark of this many rounds to its end; how long that took."""

    def seconds(self, workload: str, rounds: int) -> float:
        """How long this many rounds take, from two runs."""
        short = self._short.setdefault(workload, [])
        short.append(self.wall(workload, 1))
        return max(LEAST_S, self.wall(workload, rounds + 1) - statistics.median(short))


class OurEngine(Runner):
    """A tier, timed from reset to the guest's end in a new session."""

    def wall(self, workload: str, rounds: int) -> float:
        """By this host's clock, in this process."""
        return _run(self.name, workload, rounds)[0]


def tiers_here() -> tuple[str, ...]:
    """The tiers that run on this host, in order of speed."""
    return ("t0",) if why_not_t1() else ("t0", "t1")


@cache
def instructions_a_round(workload: str) -> int:
    """How many instructions a round retires, counted by our machine: each round as many."""
    one, two = (_run("auto", workload, rounds)[1] for rounds in (1, 2))
    return two - one


def _run(engine: str, workload: str, rounds: int) -> tuple[float, int]:
    session = open(sized(workload, rounds), name=workload, engine=engine, ram=RAM)
    began = time.perf_counter()
    stop = session.run()
    took = time.perf_counter() - began
    if stop.reason is not Reason.PASSED:
        raise BrokenInvariant(f"{workload} on {engine}: {stop.reason.value}, code {stop.code}")
    return took, stop.retired
