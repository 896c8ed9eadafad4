"""What one operation of a nanobenchmark costs under a technique, counted.

The guest marks where the operations begin and end, and does them N times, then in a second run 2 N
times: the difference is N operations and nothing else. Runs are deterministic, so one is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from vmlab.core.errors import BrokenInvariant
from vmlab.core.events import Event, EventKind, Walk
from vmlab.core.units import MIB
from vmlab.guests.nano import BEGIN_SYMBOL, BENCHMARKS, END_SYMBOL, bench_command
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.hearing import hear
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.subject import Subject, run_to
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

Number = TypeVar("Number", int, float)


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


class Counting:
    """A cost in the making: two runs from power-on, each to its second mark, carried on as far as
    somebody asks. However it is cut into pieces, the counts are the same."""

    def __init__(
        self, technique: Technique, benchmark: str, engine: str = "auto", times: int | None = None
    ) -> None:
        self.technique, self.benchmark = technique, benchmark
        self.times = times or TIMES.get(benchmark, USUAL_TIMES)
        self._engine = engine
        self._counted: list[Counters] = []
        self._start(self.times)

    def _start(self, many: int) -> None:
        append = bench_command(self.benchmark, many)
        payload = payload_of(GUEST + self.technique.build, append=append, ram_bytes=RAM_BYTES)
        self.many, self.append, self.payload = many, append, payload
        platform = guest_platform(RAM_BYTES)
        self.subject = self.technique.alone(platform, payload, self._engine, counting=True)
        self.subject.count_operations(False)  # the way to the first mark is long
        self._left = MOST_INSNS
        self.before: Counters | None = None
        """What had been counted at the first mark; None before it."""

    @property
    def second(self) -> bool:
        """True in the second run: the one that does twice as many operations."""
        return self.many != self.times

    def advance(self, insns: int) -> bool:
        """Carry on for at most so many guest instructions. True once both runs are counted; the
        guest then stands at its second mark."""
        if self.done:
            return True
        subject, counted = self.subject, self.subject.counters.instructions
        symbol = BEGIN_SYMBOL if self.before is None else END_SYMBOL
        stops = frozenset({_address(self.payload, symbol)})
        met = run_to(subject, min(insns, self._left), stops)
        self._left -= subject.counters.instructions - counted
        if not met:
            if not subject.runnable or self._left <= 0:
                raise BrokenInvariant(
                    f"expected the guest at {symbol}, found it {subject.state.value} "
                    f"{subject.why} after {subject.counters.instructions} instructions"
                )
        elif self.before is None:
            subject.count_operations(True)
            self.before, self._left = subject.counters.copy(), MOST_INSNS
        else:
            self._counted.append(subject.counters.minus(self.before))
            if not self.done:
                self._start(2 * self.times)
        return self.done

    @property
    def done(self) -> bool:
        """True once there is a cost."""
        return len(self._counted) == 2

    @property
    def so_far(self) -> Counters:
        """What this run has counted behind its first mark."""
        return Counters() if self.before is None else self.subject.counters.minus(self.before)

    @property
    def cost(self) -> Cost:
        """The difference of the two runs."""
        once, twice = self._counted
        return Cost(self.benchmark, self.technique.name, self.times, twice.minus(once))


def cost(
    technique: Technique, benchmark: str, engine: str = "auto", times: int | None = None
) -> Cost:
    """Count an operation under a technique."""
    counting = Counting(technique, benchmark, engine, times)
    while not counting.advance(MOST_INSNS):
        pass
    return counting.cost


def _pieces(
    subject: Subject, insns: int, stops: frozenset[int] = frozenset()
) -> Generator[None, None, None]:
    """Run to one of `stops`, or to where the guest ends, `insns` instructions at a time."""
    left = MOST_INSNS
    while left > 0 and subject.runnable and not run_to(subject, min(insns, left), stops):
        left -= insns
        yield


def _drained(pieces: Generator[None, None, Number]) -> Number:
    while True:
        try:
            next(pieces)
        except StopIteration as done:
            found: Number = done.value
            return found


def walking(
    technique: Technique, engine: str = "auto", insns: int = MOST_INSNS
) -> Generator[None, None, int]:
    """`longest_walk`, so many instructions at a time."""
    payload = payload_of(
        GUEST + technique.build, append=bench_command(WALKED, 1), ram_bytes=RAM_BYTES
    )
    subject = technique.alone(guest_platform(RAM_BYTES), payload, engine)
    longest = 0

    def measure(event: Event) -> None:
        nonlocal longest
        if isinstance(event, Walk) and event.fault is None:
            longest = max(longest, len(event.reads))

    hear(subject.listeners, EventKind.WALK, measure)
    yield from _pieces(subject, insns)
    return longest


def longest_walk(technique: Technique, engine: str = "auto") -> int:
    """How many entries the longest walk reads that the guest's translations need."""
    return _drained(walking(technique, engine))


def on_path(benchmark: str, insns: int = MOST_INSNS) -> Generator[None, None, float]:
    """`sensitive_on_path`, so many instructions at a time."""
    times = TIMES.get(benchmark, USUAL_TIMES)
    counted = []
    for many in (times, 2 * times):
        payload = payload_of(GUEST, append=bench_command(benchmark, many), ram_bytes=RAM_BYTES)
        subject = BareMachine(guest_platform(RAM_BYTES), payload)
        yield from _pieces(subject, insns, frozenset({_address(payload, BEGIN_SYMBOL)}))
        path = listen(subject)
        yield from _pieces(subject, insns, frozenset({_address(payload, END_SYMBOL)}))
        counted.append(path.sensitive)
    return (counted[1] - counted[0]) / times


def sensitive_on_path(benchmark: str) -> float:
    """Sensitive instructions of the guest's kernel for one operation, on the bare machine."""
    return _drained(on_path(benchmark))


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
