"""What one operation of a nanobenchmark costs under a technique, counted.

The guest marks where the operations begin and end, and does them N times, then in a second run 2 N
times: the difference is N operations and nothing else. Runs are deterministic, so one is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.core.events import Event, EventKind, Walk
from vmlab.core.units import MIB
from vmlab.guests.nano import BEGIN_SYMBOL, BENCHMARKS, END_SYMBOL, bench_command
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.hearing import hear
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.compare.path import listen
from vmlab.vmm.techniques import Technique

GUEST: Final = "nano"
RAM_BYTES: Final = 8 * MIB
MOST_INSNS: Final = 20_000_000
"""Enough for any of them: a run that needs more does not come to its end."""
TIMES: Final = {"fault": 32, "pte512": 2, "fork": 4, "switch": 16, "idle": 4}
USUAL_TIMES: Final = 32
WALKED: Final = "switch"
"""The benchmark whose walks are heard: two address spaces, the user's pages and the kernel's."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Counts of so many operations."""

    benchmark: str
    technique: str
    times: int
    counters: Counters

    def each(self, count: float) -> float:
        """A count of all of them, for one operation."""
        return count / self.times

    @property
    def insns(self) -> float:
        """Guest instructions of one operation, by whomever they were carried out."""
        return self.each(self.counters.instructions)

    @property
    def exits(self) -> float:
        """Exits of one operation."""
        return self.each(self.counters.exits_total)


def _address(payload: Payload, symbol: str) -> int:
    for address, name in (payload.symbols or {}).items():
        if name == symbol:
            return address
    raise BrokenInvariant(f"expected the symbol {symbol} in {payload.name}, found none")


def _between_marks(subject: Subject, payload: Payload) -> Counters:
    """What is counted from the first mark to the second."""
    subject.count_operations(False)  # the way to the first mark is long
    for symbol in (BEGIN_SYMBOL, END_SYMBOL):
        if not subject.run(MOST_INSNS, frozenset({_address(payload, symbol)})):
            raise BrokenInvariant(
                f"expected the guest at {symbol}, found it {subject.state.value} "
                f"{subject.why} after {subject.counters.instructions} instructions"
            )
        if symbol == BEGIN_SYMBOL:
            subject.count_operations(True)
            before = subject.counters.copy()
    return subject.counters.minus(before)


def cost(
    technique: Technique, benchmark: str, engine: str = "auto", times: int | None = None
) -> Cost:
    """Count an operation under a technique."""
    times = times or TIMES.get(benchmark, USUAL_TIMES)
    platform = guest_platform(RAM_BYTES)
    counted = []
    for many in (times, 2 * times):
        payload = payload_of(
            GUEST + technique.build, append=bench_command(benchmark, many), ram_bytes=RAM_BYTES
        )
        subject = technique.alone(platform, payload, engine, counting=True)
        counted.append(_between_marks(subject, payload))
    return Cost(benchmark, technique.name, times, counted[1].minus(counted[0]))


def longest_walk(technique: Technique, engine: str = "auto") -> int:
    """How many entries the longest walk reads that the guest's translations need."""
    payload = payload_of(
        GUEST + technique.build, append=bench_command(WALKED, 1), ram_bytes=RAM_BYTES
    )
    subject = technique.alone(guest_platform(RAM_BYTES), payload, engine)
    lengths: list[int] = []

    def measure(event: Event) -> None:
        if isinstance(event, Walk) and event.fault is None:
            lengths.append(len(event.reads))

    hear(subject.listeners, EventKind.WALK, measure)
    subject.run(MOST_INSNS)
    return max(lengths, default=0)


def sensitive_on_path(benchmark: str) -> float:
    """Sensitive instructions of the guest's kernel for one operation, on the bare machine."""
    times = TIMES.get(benchmark, USUAL_TIMES)
    counted = []
    for many in (times, 2 * times):
        payload = payload_of(GUEST, append=bench_command(benchmark, many), ram_bytes=RAM_BYTES)
        subject = BareMachine(guest_platform(RAM_BYTES), payload)
        subject.run(MOST_INSNS, frozenset({_address(payload, BEGIN_SYMBOL)}))
        path = listen(subject)
        subject.run(MOST_INSNS, frozenset({_address(payload, END_SYMBOL)}))
        counted.append(path.sensitive)
    return (counted[1] - counted[0]) / times


def costs(
    techniques: Sequence[Technique],
    benchmarks: Sequence[str] = tuple(BENCHMARKS),
    engine: str = "auto",
    progress: Callable[[str, str], None] = lambda technique, benchmark: None,
) -> Iterator[Cost]:
    """A cost for each technique and benchmark; `progress` hears what comes next."""
    for technique in techniques:
        for benchmark in benchmarks:
            progress(technique.name, benchmark)
            yield cost(technique, benchmark, engine)
