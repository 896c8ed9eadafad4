"""What a session remembers of the run for its pictures: trap events, their counts, the last walk.

A keyframe marks a place in the log; going back cuts the log there and replay writes it anew; a
jump to a keyframe ahead takes over what the mark holds of it. Its
`history` alone is of the whole run, what lies ahead included: that is not cut, and replay adds
nothing to it.

A fast engine brings millions of trap events a second, in batches of raw records. They are counted
as arrays, and become objects only when somebody looks at the last of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from vmlab.core.events import Event, TrapReturn, TrapTaken, Walk
from vmlab.core.modes import Mode, mode_name, split_actor
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.session.historian import Historian
from vmlab.trace.batch import Batch, Kind

KEPT_EVENTS = 50_000
"""When there are twice as many trap events, the older half is dropped."""
SHOWN_EVENTS = 512
"""So many of the last trap events are shown, and held by each mark."""

TrapEvent = TrapTaken | TrapReturn
_Records = npt.NDArray[np.uint64]
_KIND, _FROM_ACTOR, _CAUSE, _PTE_ADDRESS = 0, 2, 4, 3
"""Columns of a record: what it is, and arguments of the notes `trap` and `pte`."""
_PLACES: Final = 1 << 12
_NO_PAGE: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A place in the log."""

    events: int
    counts: Counter[str]
    walk: Walk | _Records | None
    tables: frozenset[int]
    last: tuple[list[TrapEvent] | _Records, ...]
    """The last `SHOWN_EVENTS` of them, in pieces."""


class RunLog:
    """Trap events in order, how often each trap was taken, and the last walk."""

    def __init__(self, actor: int = Mode.M) -> None:
        """`actor` has the hart at power-on."""
        self.history = Historian(actor)
        self._pieces: list[list[TrapEvent] | _Records] = []
        self._length = 0
        self._dropped = 0
        self.counts: Counter[str] = Counter()
        self._walk: Walk | _Records | None = None
        self.tables: frozenset[int] = frozenset()
        """Pages that walks have read entries from."""
        self._seen = np.full(_PLACES, _NO_PAGE, np.uint64)
        """Some of the tables, each at a place that its page number gives: all but a few reads are
        of tables that were read before, and need no sorting."""

    def add(self, event: Event) -> None:
        """Note an event of the run; others than traps, returns and walks are not kept."""
        if isinstance(event, TrapTaken | TrapReturn | Walk):
            self.history.add(event)
        if isinstance(event, Walk):
            self._walk = event
            pages = {read.address & -PAGE_SIZE_BYTES for read in event.reads}
            if not pages <= self.tables:
                self.tables |= pages
        elif isinstance(event, TrapTaken | TrapReturn):
            self._make_room(1)
            last = self._pieces[-1] if self._pieces else None
            if isinstance(last, list):
                last.append(event)
            else:
                self._pieces.append([event])
            if isinstance(event, TrapTaken):
                self.counts[
                    _name(event.from_mode, event.from_virtual, event.interrupt, event.cause)
                ] += 1

    def add_batch(self, batch: Batch) -> None:
        """The same for many events at once. The array is not kept: it may be written again."""
        records = batch.records
        kinds = records[:, _KIND]
        taken = kinds == Kind.TRAP
        events = np.flatnonzero(taken | (kinds == Kind.XRET))
        if len(events):
            self._count(records[taken, _CAUSE], records[taken, _FROM_ACTOR])
            kept = self._make_room(len(events))
            whole = kept == len(records)
            self._pieces.append(records.copy() if whole else records[events[-kept:]])
        walks = np.flatnonzero(kinds == Kind.WALK)
        self.history.add_batch(records, events, walks)
        if len(walks):
            first = int(walks[-2]) + 1 if len(walks) > 1 else 0
            last = np.flatnonzero(kinds[first : walks[-1]] == Kind.PTE) + first
            self._walk = records[[*last, walks[-1]]]
            self._read_tables(records[kinds == Kind.PTE, _PTE_ADDRESS])

    def _make_room(self, number: int) -> int:
        """So many events come: drop the oldest; how many of the new ones to keep."""
        total = self._length + number
        length = total if total < 2 * KEPT_EVENTS else KEPT_EVENTS + total % KEPT_EVENTS
        kept = min(number, length)
        drop = self._length + kept - length
        self._length, self._dropped = length, self._dropped + total - length
        gone = 0
        while drop and len(self._pieces[gone]) <= drop:
            drop -= len(self._pieces[gone])
            gone += 1
        del self._pieces[:gone]
        if drop:
            self._pieces[0] = self._pieces[0][drop:]
        return kept

    def _count(self, causes: _Records, actors: _Records) -> None:
        code, interrupt = causes & np.uint64(INTERRUPT_BIT - 1), causes >> np.uint64(63)
        # All of them are small numbers, so counting is faster than sorting.
        keys = code << np.uint64(4) | interrupt << np.uint64(3) | actors
        found = np.bincount(keys.astype(np.intp))
        for key in np.flatnonzero(found).tolist():
            self.counts[_name(*split_actor(key & 7), bool(key & 8), key >> 4)] += int(found[key])

    def _read_tables(self, addresses: _Records) -> None:
        pages = addresses & np.uint64((1 << 64) - PAGE_SIZE_BYTES)
        places = pages // np.uint64(PAGE_SIZE_BYTES) & np.uint64(_PLACES - 1)
        new = pages[self._seen[places] != pages]
        if len(new):
            self._seen[places] = pages
            self.tables |= frozenset(np.unique(new).tolist())

    @property
    def walk(self) -> Walk | None:
        """The last walk."""
        if isinstance(self._walk, np.ndarray):
            (self._walk,) = cast(Iterator[Walk], Batch(self._walk).events())
        return self._walk

    def last(self, number: int) -> tuple[TrapEvent, ...]:
        """The last trap events, oldest first."""
        found: list[TrapEvent] = []
        for piece in reversed(self._pieces):
            if len(found) >= number:
                break
            found[:0] = _events(piece[len(found) - number :])
        return tuple(found)

    def entered(self, mode: Mode | None) -> bool:
        """True if the newest trap event came into this mode from another."""
        newest = self.last(1)
        return bool(newest) and newest[0].from_mode != newest[0].to_mode == mode

    def mark(self) -> Mark:
        """The place up to which the log has come."""
        total = self._dropped + self._length
        return Mark(total, self.counts.copy(), self._walk, self.tables, self._newest())

    def _newest(self) -> tuple[list[TrapEvent] | _Records, ...]:
        """Copies of the last pieces: an array's slice would hold on to the whole array."""
        found: list[list[TrapEvent] | _Records] = []
        left = SHOWN_EVENTS
        for piece in reversed(self._pieces):
            if left <= 0:
                break
            found.append(piece[-left:].copy())
            left -= len(piece)
        return tuple(reversed(found))

    def go_to(self, mark: Mark) -> None:
        """Go to a mark of this run. Of what is behind it, all that is still here stays, and at
        least what the mark holds; what is ahead of it is forgotten."""
        held = sum(map(len, mark.last))
        kept = mark.events - self._dropped
        if held <= kept <= self._length:
            self._cut(kept)
        else:
            self._pieces = [piece.copy() for piece in mark.last]
            self._length, self._dropped = held, mark.events - held
        self.counts = mark.counts.copy()
        self._walk = mark.walk
        self.tables = mark.tables
        self._seen[:] = _NO_PAGE

    def _cut(self, length: int) -> None:
        """Forget all but so many of the oldest events."""
        self._length = length
        before = 0
        for at, piece in enumerate(self._pieces):
            if before + len(piece) > length:
                self._pieces[at:] = [piece[: length - before]]
                break
            before += len(piece)


def _events(piece: list[TrapEvent] | _Records) -> list[TrapEvent]:
    if isinstance(piece, list):
        return piece
    return list(cast(Iterator[TrapEvent], Batch(piece).events()))


def _name(mode: Mode, virtual: bool, interrupt: bool, cause: int) -> str:
    return f"{mode_name(mode, virtual)}.{'i' if interrupt else ''}{cause}"
