"""Writes a run's `History` while it runs: each event once, however often it is replayed.

Events come in batches of raw records, millions a second from a fast engine, or one by one. What a
replay brings again is told by its *step* (instructions retired plus traps taken, which names an
event): nothing that belongs to a step before the furthest is new.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vmlab.core.events import TrapReturn, TrapTaken, Walk
from vmlab.core.modes import VIRTUAL_ACTOR, Mode
from vmlab.session.history import (
    ACTORS,
    BLOCK,
    COLUMNS,
    FAULT,
    INTERRUPT,
    LOST,
    TRAPS,
    History,
    Ints,
    Why,
)
from vmlab.trace.batch import Kind

MOST_EVENTS: Final = 1 << 20
"""Kept one by one; beyond, the older half is dropped."""
MOST_MARKS: Final = 1 << 16
"""Beyond, every other mark of what was dropped goes."""
MOST_WALKS: Final = 1 << 17
FIRST_ROOM: Final = 1 << 10
PENDING: Final = 1 << 10
MANY_RECORDS: Final = 1 << 17

_Records = npt.NDArray[np.uint64]
_COUNT, _TO_ACTOR, _CAUSE, _EPC, _WENT_TO, _WALK_CAUSE = 1, 3, 4, 5, 4, 6
"""Columns of a record: arguments of the notes `trap`, `xret` and `walk`."""


class _Columns:
    """Arrays of one length that grow at their end. Views of what they hold stay as they are."""

    def __init__(self, **types: Any) -> None:
        self._room = {name: np.empty(FIRST_ROOM, dtype) for name, dtype in types.items()}
        self.length = 0

    def append(self, **more: Any) -> None:
        count = len(next(iter(more.values())))
        needed = self.length + count
        for name, values in more.items():
            have = self._room[name]
            if needed > len(have):
                grown = np.empty(max(needed, 2 * len(have)), have.dtype)
                grown[: self.length] = have[: self.length]
                self._room[name] = have = grown
            have[self.length : needed] = values
        self.length = needed

    def keep(self, first: int, last: int) -> None:
        """Only these: copied, since somebody may look at the old ones."""
        room = max(FIRST_ROOM, last - first)
        for name, have in self._room.items():
            kept = np.empty(room, have.dtype)
            kept[: last - first] = have[first:last]
            self._room[name] = kept
        self.length = last - first

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._room[name][: self.length]


class Historian:
    """Of one run. `begin` says who has the hart at power-on."""

    def __init__(self, actor: int = Mode.M) -> None:
        self._known = self._traps = 0
        self._replays = False
        self._begin(0, 0, actor)

    def _begin(self, step: int, position: int, actor: int) -> None:
        self._bands = _Columns(
            start=np.int64, step=np.int64, pc=np.uint64, actor=np.uint8, why=np.uint8
        )
        self._walks = _Columns(at=np.int64, reads=np.uint8)
        self._first_mark = 0
        """The mark that stands before the first band kept; there is always such a band."""
        self._mark_at = np.zeros(0, np.int64)
        self._mark_sums = np.zeros((0, COLUMNS), np.int64)
        self._pending: list[tuple[int, int, int, int, int]] = []
        """Bands that came one by one; or else, there are:"""
        self._raw: list[tuple[npt.NDArray[Any], ...]] = []
        self._raw_length = self._raw_traps = 0
        if position:
            self._pending.append((0, -1, 0, LOST, Why.LOST))
        self.resume(step, position, actor)

    # What the session tells --------------------------------------------------------------------

    def expect(self, steps: int, traps: int, known: int) -> None:
        """The engine goes on after so many steps, of which so many were traps; what belongs to a
        step before `known` has been heard."""
        self._traps, self._known, self._replays = traps, known, steps < known
        if self._replays:
            self._flush()

    def resume(self, step: int, position: int, actor: int) -> None:
        """After so many steps the machine starts: this actor has the hart without a trap."""
        self._pending.append((position, step - 1, 0, actor, Why.BEGINNING))

    def open_at(self, step: int, position: int, actor: int) -> None:
        """The machine was put into a later state: nobody knows who ran before."""
        self._begin(step, position, actor)

    def cut(self, step: int, position: int, actor: int) -> None:
        """The run takes another course from this step on, at which this actor has the hart. If
        what came before is no longer kept band by band, it is given up."""
        self._flush()
        kept = int(np.searchsorted(self._bands["step"], step))
        if not kept:
            self._begin(step, position, actor)
            return
        self._bands.keep(0, kept)
        self._walks.keep(0, int(np.searchsorted(self._walks["at"], position)))
        marks = self._first_mark + -(-kept // BLOCK)
        self._mark_at, self._mark_sums = self._mark_at[:marks], self._mark_sums[:marks]

    def add(self, event: TrapTaken | TrapReturn | Walk) -> None:
        """One event. A walk belongs to the step of the trap or instruction that follows."""
        step = event.count + self._traps
        if isinstance(event, TrapTaken):
            self._traps += 1
        if step < self._known:
            return
        if isinstance(event, Walk):
            self._walks.append(
                at=[event.count], reads=[len(event.reads) + FAULT * (event.fault is not None)]
            )
            return
        actor = event.to_mode + VIRTUAL_ACTOR * event.to_virtual
        if isinstance(event, TrapTaken):
            why = event.cause % INTERRUPT + INTERRUPT * event.interrupt
            band = event.count, step, event.epc, actor, why
        else:
            # The return itself is the last instruction of the one that left.
            band = event.count + 1, step, event.pc, actor, Why.RETURN
        if self._raw:
            self._flush()
        self._pending.append(band)
        if len(self._pending) >= PENDING:
            self._flush()

    def add_batch(self, records: _Records, events: Ints, walks: Ints) -> None:
        """Records in the order of the run; the numbers of those that are traps and returns, and of
        those that are walks (the others are the reads of the walk that follows them). They are
        copied, and worked on when there are many: numpy is slow on few."""
        if self._replays:
            records, events, walks = self._new_ones(records, events, walks)
        if not len(events) and not len(walks):
            return
        if self._pending:
            self._flush()
        if not self._raw:
            self._raw_traps = self._traps
        base, self._raw_length = self._raw_length, self._raw_length + len(records)
        rows = records[events]
        self._raw.append(
            (rows, events + base, walks + base, records[walks, _COUNT], records[walks, _WALK_CAUSE])
        )
        self._traps += int(np.count_nonzero(rows[:, 0] == Kind.TRAP))
        if self._raw_length > MANY_RECORDS:
            self._flush()

    def _new_ones(
        self, records: _Records, events: Ints, walks: Ints
    ) -> tuple[_Records, Ints, Ints]:
        """Of records that a replay brings, those that were not heard before."""
        traps = events[records[events, 0] == Kind.TRAP]
        if int(records[-1, _COUNT]) + self._traps + len(traps) < self._known:
            self._traps += len(traps)
            return records[:0], events[:0], walks[:0]
        before = np.searchsorted(traps, np.arange(len(records)))
        steps = records[:, _COUNT].astype(np.int64) + before + self._traps
        first = int(np.searchsorted(steps, self._known))
        self._traps += int(np.searchsorted(traps, first))
        return records[first:], events[events >= first] - first, walks[walks >= first] - first

    def _flush(self) -> None:
        if self._pending:
            pending, self._pending = self._pending, []
            start, step, pc, actor, why = zip(*pending, strict=True)
            self._append(start=start, step=step, pc=np.array(pc, np.uint64), actor=actor, why=why)
        if self._raw:
            raw, self._raw, self._raw_length = self._raw, [], 0
            rows, events, walks, at, causes = map(np.concatenate, zip(*raw, strict=True))
            if len(rows):
                self._add_events(rows)
            if len(walks):
                self._add_walks(events, walks, at, causes)

    def _add_events(self, rows: _Records) -> None:
        counts, is_trap = rows[:, _COUNT].astype(np.int64), rows[:, 0] == Kind.TRAP
        cause = rows[:, _CAUSE]
        code = cause % np.uint64(INTERRUPT) + (cause >> np.uint64(63)) * np.uint64(INTERRUPT)
        self._append(
            start=counts + ~is_trap,
            step=counts + self._raw_traps + np.cumsum(is_trap) - is_trap,
            pc=np.where(is_trap, rows[:, _EPC], rows[:, _WENT_TO]),
            actor=rows[:, _TO_ACTOR],
            why=np.where(is_trap, code, np.uint64(Why.RETURN)),
        )

    def _add_walks(self, events: Ints, walks: Ints, at: _Records, causes: _Records) -> None:
        """The reads of a walk stand between it and the walk, trap or return before it."""
        before = np.concatenate(([-1], walks[:-1]))
        if len(events):
            last = np.searchsorted(events, walks) - 1
            before = np.maximum(before, np.where(last < 0, -1, events[last]))
        self._walks.append(at=at, reads=walks - before - 1 + FAULT * (causes != 0))
        if self._walks.length > MOST_WALKS:
            self._walks.keep(self._walks.length - MOST_WALKS // 2, self._walks.length)

    # Keeping it small --------------------------------------------------------------------------

    def _append(self, **bands: Any) -> None:
        self._bands.append(**bands)
        if self._bands.length > MOST_EVENTS:
            self._mark()
            drop = self._bands.length // 2 // BLOCK * BLOCK
            self._bands.keep(drop, self._bands.length)
            self._first_mark += drop // BLOCK
            if self._first_mark > MOST_MARKS:
                self._thin()

    def _thin(self) -> None:
        """Of what is no longer kept band by band, every other mark does."""
        old = self._first_mark
        self._mark_at = np.concatenate((self._mark_at[:old:2], self._mark_at[old:]))
        self._mark_sums = np.concatenate((self._mark_sums[:old:2], self._mark_sums[old:]))
        self._first_mark = -(-old // 2)

    def _mark(self) -> None:
        """Sums before every block of bands that has none yet."""
        have = len(self._mark_at) - self._first_mark
        if not have:
            self._mark_at = self._bands["start"][:1].copy()
            self._mark_sums = np.zeros((1, COLUMNS), np.int64)
            have = 1
        first, last = (have - 1) * BLOCK, (self._bands.length - 1) // BLOCK * BLOCK
        if first < last:
            start, blocks = self._bands["start"], slice(first, last)
            grown = _sums(
                start[first : last + 1], self._bands["actor"][blocks], self._bands["why"][blocks]
            )
            sums = self._mark_sums[-1] + grown.cumsum(axis=0)
            at = start[first + BLOCK : last + 1 : BLOCK]
            self._mark_at = np.concatenate((self._mark_at, at))
            self._mark_sums = np.concatenate((self._mark_sums, sums))

    def so_far(self, end: int) -> History:
        """The history up to now; `end` is the furthest position."""
        self._flush()
        self._mark()
        bands, walks = self._bands, self._walks
        return History(
            bands["start"],
            bands["step"],
            bands["pc"],
            bands["actor"],
            bands["why"],
            end,
            self._first_mark,
            self._mark_at,
            self._mark_sums,
            walks["at"],
            walks["reads"],
        )


def _sums(start: Ints, actor: npt.NDArray[np.uint8], why: npt.NDArray[np.uint8]) -> Ints:
    """Instructions by actor, and traps, of each block of bands; `start` has one more."""
    blocks = len(actor) // BLOCK
    at = np.repeat(np.arange(blocks) * ACTORS, BLOCK) + actor
    sums = np.empty((blocks, COLUMNS), np.int64)
    insns = np.bincount(at, np.diff(start), blocks * ACTORS)  # exact up to 2**53
    sums[:, :ACTORS] = insns.reshape(blocks, ACTORS)
    sums[:, TRAPS] = (why < Why.RETURN).reshape(blocks, BLOCK).sum(axis=1)
    return sums


def written(
    start: npt.ArrayLike, actor: npt.ArrayLike, why: npt.ArrayLike, end: int, step: Any = None
) -> History:
    """The history of bands that are all known; a band's step is its position if none is given."""
    made = Historian()
    made._begin(0, 0, 0)
    made._pending.clear()
    begins = np.asarray(start, np.int64)
    made._append(
        start=begins,
        step=begins - 1 if step is None else step,
        pc=np.zeros(len(begins), np.uint64),
        actor=actor,
        why=why,
    )
    return made.so_far(end)
