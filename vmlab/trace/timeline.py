"""A run as a timeline for Perfetto: who held the hart, when, and why that changed.

A lane for each privilege mode holds a slice while the hart is in it. A trap is a mark in the lane
that it leaves, with an arrow to the slice that handles it. Counters are sampled at round positions,
so that the same run gives the same file on every engine and however it was cut into slices.

Time is the count of retired instructions: what the hart sleeps in wfi takes none of it (a counter
says how much that was).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from vmlab.core.events import Event, TrapReturn, TrapTaken
from vmlab.core.modes import Mode, mode_name
from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS

SAMPLE_INSNS: Final = 100_000
COUNTERS: Final = ("tlb_misses", "pte_reads", "traps")
SLEPT: Final = "slept in wfi"
LANES: Final = {"M": "M: firmware", "S": "S: supervisor", "U": "U: user"}
"""Who owns a mode, as the lane is called. Lanes of other modes are called as the mode."""

Facts = Mapping[str, str]


class Writer(Protocol):
    """A form of file. Calls come in the order of time."""

    def lane(self, lane: str, title: str) -> None:
        """A lane appears; told before its first slice."""
        ...

    def begin(self, lane: str, at: int, arrow: int | None) -> None:
        """A slice begins, perhaps where an arrow ends."""
        ...

    def end(self, lane: str, at: int) -> None: ...

    def mark(self, lane: str, name: str, at: int, facts: Facts, arrow: int) -> None:
        """A trap is taken: an arrow begins."""
        ...

    def counter(self, name: str, at: int, value: int) -> None: ...

    def close(self) -> None: ...


class Timeline:
    """Turns a run's events into calls of a writer; keeps no more than where it stands."""

    def __init__(self, writer: Writer, mode: Mode, at: int, virtual: bool = False) -> None:
        self._writer = writer
        self._lanes: set[str] = set()
        self._arrows = 0
        self._lane = lane = mode_name(mode, virtual)
        self._samples: dict[str, int] = {}
        self.next_sample = at
        self._enter(lane, at, None)

    def heard(self, event: Event) -> None:
        """An event of the run; others than traps and returns say nothing here."""
        if isinstance(event, TrapTaken):
            self._arrows += 1
            self._writer.mark(
                self._lane, cause_name(event), event.count, _facts(event), self._arrows
            )
            self._writer.end(self._lane, event.count)
            self._enter(_lane(event), event.count, self._arrows)
        elif isinstance(event, TrapReturn):
            # The xRET itself retires in the mode that it leaves.
            self._writer.end(self._lane, event.count + 1)
            self._enter(_lane(event), event.count + 1, None)

    def _enter(self, lane: str, at: int, arrow: int | None) -> None:
        if lane not in self._lanes:
            self._lanes.add(lane)
            self._writer.lane(lane, LANES.get(lane, lane))
        self._lane = lane
        self._writer.begin(lane, at, arrow)

    def sample(self, at: int, counters: Mapping[str, int], slept: int) -> None:
        """The counters at this position; those that have not changed are left out."""
        self.next_sample = (at // SAMPLE_INSNS + 1) * SAMPLE_INSNS
        values = {**{name: counters[name] for name in COUNTERS}, SLEPT: slept}
        for name, value in values.items():
            if self._samples.get(name) != value:
                self._writer.counter(name, at, value)
        self._samples = values

    def close(self, at: int) -> None:
        """The run has ended here."""
        self._writer.end(self._lane, at)
        self._writer.close()


def _lane(event: TrapTaken | TrapReturn) -> str:
    """The lane that an event leads to."""
    return mode_name(event.to_mode, event.to_virtual)


def cause_name(event: TrapTaken) -> str:
    """A trap's cause, as the manual calls it."""
    names = INTERRUPTS if event.interrupt else EXCEPTIONS
    row = names.get(event.cause)
    return row.name if row is not None else f"cause {event.cause}"


def _facts(event: TrapTaken) -> Facts:
    """What stands beside a mark. Addresses are text: a JSON reader may keep numbers as floats."""
    return {"cause": str(event.cause), "epc": f"{event.epc:#x}", "tval": f"{event.tval:#x}"}
