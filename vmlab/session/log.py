"""What a session remembers of the run for its pictures: trap events, their counts, the last walk.

A keyframe marks a place in the log; going back cuts the log there and replay writes it anew.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from vmlab.core.events import Event, TrapReturn, TrapTaken, Walk
from vmlab.core.modes import Mode, mode_name
from vmlab.core.units import PAGE_SIZE_BYTES

KEPT_EVENTS = 50_000
"""When there are twice as many trap events, the older half is dropped."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the log."""

    events: int
    counts: Counter[str]
    walk: Walk | None
    tables: frozenset[int]


class RunLog:
    """Trap events in order, how often each trap was taken, and the last walk."""

    def __init__(self) -> None:
        self._events: list[TrapTaken | TrapReturn] = []
        self._dropped = 0
        self.counts: Counter[str] = Counter()
        self.walk: Walk | None = None
        self.tables: frozenset[int] = frozenset()
        """Pages that walks have read entries from."""

    def add(self, event: Event) -> None:
        """Note an event of the run; others than traps, returns and walks are not kept."""
        if isinstance(event, Walk):
            self.walk = event
            pages = {read.address & -PAGE_SIZE_BYTES for read in event.reads}
            if not pages <= self.tables:
                self.tables |= pages
        elif isinstance(event, TrapTaken | TrapReturn):
            self._events.append(event)
            if isinstance(event, TrapTaken):
                kind = "i" if event.interrupt else ""
                name = mode_name(event.from_mode, event.from_virtual)
                self.counts[f"{name}.{kind}{event.cause}"] += 1
            if len(self._events) >= 2 * KEPT_EVENTS:
                del self._events[:KEPT_EVENTS]
                self._dropped += KEPT_EVENTS

    def last(self, number: int) -> tuple[TrapTaken | TrapReturn, ...]:
        """The last trap events, oldest first."""
        return tuple(self._events[-number:])

    def entered(self, mode: Mode | None) -> bool:
        """True if the newest trap event came into this mode from another."""
        newest = self._events[-1] if self._events else None
        return newest is not None and newest.from_mode != newest.to_mode == mode

    def mark(self) -> Mark:
        return Mark(self._dropped + len(self._events), self.counts.copy(), self.walk, self.tables)

    def cut(self, mark: Mark) -> None:
        """Forget what came after the mark (events dropped for age do not come back)."""
        del self._events[max(0, mark.events - self._dropped) :]
        self._dropped = min(self._dropped, mark.events)
        self.counts = mark.counts.copy()
        self.walk = mark.walk
        self.tables = mark.tables
