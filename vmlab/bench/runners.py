"""What can run a benchmark and say how long its rounds took, once it is warm."""

from __future__ import annotations

import time
from functools import cache
from typing import Final, Protocol

from vmlab.core.errors import BrokenInvariant
from vmlab.engine.tiers import why_not_t1
from vmlab.guests.benchmarks import sized
from vmlab.session import Session, open
from vmlab.session.snapshot import Reason

RAM: Final = "1M"
"""Every benchmark fits. A machine of this size is made in no time."""
ENDLESS: Final = 1 << 40
"""Rounds of a run that is stopped from outside. Each round is checked all the same."""
WARM_INSNS: Final = 2_000_000
WARM_T2_INSNS: Final = 200_000_000
"""T2 compiles beside the run, and again when it has seen more of a page."""
WARM_S: Final = 2.0
"""T0 prints what turns out to be hot for about two million instructions; then it is as fast as it
gets. Where that takes longer than this, it is as warm as anybody will wait for."""
_PIECE: Final = 100_000


class Runner(Protocol):
    """An engine of ours, or a peer."""

    name: str

    def seconds(self, workload: str, rounds: int) -> float:
        """How long this many rounds take, with all left out that comes once."""
        ...


class OurEngine:
    """A tier, in a session of its own for each workload: run warm first, and then further and
    further, so that only the rounds themselves are timed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._workload = ""
        self._session: Session | None = None

    def seconds(self, workload: str, rounds: int) -> float:
        """By this host's clock, in this process."""
        if self._session is None or self._workload != workload:
            self._session, self._workload = _warm(self.name, workload), workload
        began = time.perf_counter()
        _go_on(self._session, rounds * instructions_a_round(workload))
        return time.perf_counter() - began


def _warm(engine: str, workload: str) -> Session:
    session = open(sized(workload, ENDLESS), name=workload, engine=engine, ram=RAM)
    until = time.perf_counter() + WARM_S
    insns = WARM_T2_INSNS if engine == "t2" else WARM_INSNS
    while session.position < insns and time.perf_counter() < until:
        _go_on(session, _PIECE)
    return session


def _go_on(session: Session, insns: int) -> None:
    stop = session.run(limit=insns)
    if stop.reason is not Reason.LIMIT:
        raise BrokenInvariant(f"{session.setup.name}: {stop.reason.value}, code {stop.code}")


def tiers_here() -> tuple[str, ...]:
    """The tiers that run on this host, in order of speed."""
    return ("t0",) if why_not_t1() else ("t0", "t1", "t2")


@cache
def instructions_a_round(workload: str) -> int:
    """How many instructions a round retires, counted by our machine: each round as many."""
    one, two = (_retired(workload, rounds) for rounds in (1, 2))
    return two - one


def _retired(workload: str, rounds: int) -> int:
    stop = open(sized(workload, rounds), name=workload, ram=RAM).run()
    if stop.reason is not Reason.PASSED:
        raise BrokenInvariant(f"{workload}: {stop.reason.value}, code {stop.code}")
    return stop.retired
