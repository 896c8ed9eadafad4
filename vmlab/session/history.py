"""Who had the hart, over a whole run: what the ribbon and the time-travel bar are drawn from.

A *band* is a stretch in which one actor (a privilege mode and V) had the hart. It begins with an
event: a trap or a return; its length is in instructions. `History` is a value: arrays that do not
change when the run goes on. The events of a long run are kept one by one only as far as there is
room; of all of it there are *marks*, running sums at every 64th event, so that a question about
any stretch, however long, looks at a few hundred numbers. `session.historian` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Addresses = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

BLOCK: Final = 64
"""Events from one mark to the next."""
ACTORS: Final = 8
"""An actor is a mode's number, plus `core.modes.VIRTUAL_ACTOR` while V = 1."""
LOST: Final = 7
"""No mode has this number: here nobody wrote down who ran."""
TRAPS: Final = ACTORS
"""The column of a sum that counts traps; those before it count each actor's instructions."""
COLUMNS: Final = ACTORS + 1
INTERRUPT: Final = 64
"""Added to a cause, of which there are 64."""
FAULT: Final = 128
"""Added to the number of entries that a walk read, when it ended in a fault."""


class Why(IntEnum):
    """What began a band, beside a trap (whose number is its cause, with `INTERRUPT` if it is)."""

    RETURN = 128
    BEGINNING = 129
    """Power-on, a reset by the guest, or a file that was opened here."""
    LOST = 130


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """`start`, `step`, `pc`, `actor`, `why` have an element for each band that is kept, oldest
    first. `mark_at` are positions, `mark_sums` what had happened before them, shape (n, COLUMNS).
    """

    start: Ints
    """The position at which the band begins."""
    step: Ints
    """The step that its event was: it has happened to a session that has made more steps."""
    pc: Addresses
    """Where the one before was interrupted (epc), or where a return went."""
    actor: Bytes
    why: Bytes
    end: int
    """The furthest position of the run."""
    first_mark: int
    """The mark that belongs to the first event kept."""
    mark_at: Ints
    mark_sums: Ints
    walk_at: Ints
    """Positions of the last page walks, in order."""
    walk_reads: Bytes
    """Entries that each read, and `FAULT`."""

    @property
    def kept_from(self) -> int:
        """From this position on, every band is kept."""
        return int(self.start[0])

    @property
    def is_complete(self) -> bool:
        """Whether nothing was dropped, and nothing missed."""
        return self.first_mark == 0 and self.actor[0] != LOST

    def actors(self) -> set[int]:
        """Who has had the hart for an instruction, or has it at the end."""
        after = (len(self.mark_at) - 1 - self.first_mark) * BLOCK
        there = set(np.flatnonzero(self.mark_sums[-1][:ACTORS]).tolist())
        return (there | set(self.actor[after:].tolist())) - {LOST}

    def present(self, steps: int) -> int:
        """The number of the band in which a session is that has made so many steps. -1: it is
        among those that were dropped."""
        return int(np.searchsorted(self.step, steps)) - 1

    def within(self, first: int, last: int) -> slice:
        """The bands that begin in [first, last], and the one that goes on at `first`."""
        low = int(np.searchsorted(self.start, first))
        if low == len(self.start) or self.start[low] > first:
            low -= 1
        return slice(max(low, 0), int(np.searchsorted(self.start, last, "right")))

    def ends(self, bands: slice) -> Ints:
        """Where these bands end."""
        return self._next(np.arange(bands.start, bands.stop))

    def sums(self, positions: Ints) -> tuple[Ints, Ints]:
        """What had happened before each position: instructions of each actor, and traps.

        Where bands are no longer kept one by one, a position moves to the last mark before it, so
        that every sum is exact. Returns the positions as they are then, and the sums.
        """
        positions = np.minimum(positions, self.end)
        kept = positions >= self.kept_from
        before = np.maximum(np.searchsorted(self.mark_at, positions) - 1, self.first_mark)
        nearest = np.searchsorted(self.mark_at, positions, "right") - 1
        nearest = np.where(kept, before, np.maximum(nearest, 0))
        sums = self.mark_sums[nearest]
        if kept.any():
            sums[kept] += self._since(positions[kept], nearest[kept])
        return np.where(kept, positions, self.mark_at[nearest]), sums

    def _since(self, positions: Ints, marks: npt.NDArray[np.intp]) -> Ints:
        """What happened from the last mark before a position to it: a block of events at most."""
        events = (marks - self.first_mark)[:, None] * BLOCK + np.arange(BLOCK)
        there = events < len(self.start)
        events = np.minimum(events, len(self.start) - 1)
        limit = positions[:, None]
        begins, actors = self.start[events], self.actor[events]
        insns = np.minimum(self._next(events), limit) - np.minimum(begins, limit)
        insns[~there] = 0
        found = np.empty((len(positions), COLUMNS), np.int64)
        for actor in range(ACTORS):
            found[:, actor] = np.where(actors == actor, insns, 0).sum(axis=1)
        found[:, TRAPS] = (there & (self.why[events] < Why.RETURN) & (begins < limit)).sum(axis=1)
        return found

    def _next(self, events: npt.NDArray[np.intp]) -> Ints:
        """Where the bands of these numbers end."""
        last = len(self.start) - 1
        after = self.start[np.minimum(events + 1, last)]
        return np.where(events == last, self.end, after)


def _empty() -> History:
    ints = np.zeros(1, np.int64)
    return History(
        ints,
        ints - 1,
        np.zeros(1, np.uint64),
        np.array([3], np.uint8),
        np.array([Why.BEGINNING], np.uint8),
        0,
        0,
        ints,
        np.zeros((1, COLUMNS), np.int64),
        ints[:0],
        np.zeros(0, np.uint8),
    )


NOTHING: Final = _empty()
"""The history of a machine that has not run."""
