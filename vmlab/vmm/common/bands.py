"""Bands, and the log of a run's bands in columns: a million of them take 40 MB.

When there are too many, the older half is folded: what is left of it is how much each owner had run
and how many exits there were at some places of the run. So an overview always covers all of it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import numpy.typing as npt

from vmlab.vmm.common.exits import Reason

MOST_BANDS: Final = 1_000_000
"""Then the older half is folded."""
FOLDED_POINTS: Final = 4_096


class Owner(Enum):
    """Who has the hart. The letter is the one that pictures use."""

    USER = "U"
    KERNEL = "K"
    MONITOR = "V"


@dataclass(frozen=True, slots=True)
class Band:
    """From `first` on, for `insns` instructions of the guest's, `owner` had the hart."""

    owner: Owner
    believed: str
    """The mode that the guest believes to be in: U or S."""
    real: str
    """The mode that the hart is in: U, S, VS, VU; the owned one for a monitor."""
    first: int
    insns: int
    why: str
    """What ended the band before: the cause of a trap, or the reason of an exit."""
    reason: Reason | None = None
    """Of a monitor's band: what the exit was for."""
    pc: int = 0
    """Where the guest was when the band began (virtual)."""
    tval: int = 0
    """Of a monitor's band: what the exit's trap was about, as xtval says it."""
    asked: str = ""
    """Of a hypercall: its name, and how many updates of page tables it carried if any."""


_OWNERS: Final = tuple(Owner)
_REASONS: Final = (None, *Reason)
_OWNER_NUMBER: Final = {owner: number for number, owner in enumerate(_OWNERS)}
_REASON_NUMBER: Final = {reason: number for number, reason in enumerate(_REASONS)}
_MONITOR: Final = _OWNER_NUMBER[Owner.MONITOR]
_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole run in equal buckets of guest instructions: bucket i is edges[i] to edges[i + 1].
    All counts are measured. A monitor's instructions are those that it carried out in place of the
    guest."""

    edges: tuple[int, ...]
    user: tuple[int, ...]
    """Instructions of the guest's user, by bucket."""
    kernel: tuple[int, ...]
    monitor: tuple[int, ...]
    exits: tuple[int, ...]
    """Exits, by bucket."""


class BandLog:
    """Bands in the order of the run."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._text_number: dict[str, int] = {}
        self._owner, self._reason = array("B"), array("B")
        self._first, self._insns, self._pc = array("Q"), array("Q"), array("Q")
        self._tval, self._asked = array("Q"), array("H")
        self._believed, self._real, self._why = array("H"), array("H"), array("H")
        self.dropped = 0
        """How many of the oldest were folded."""
        self._folded: _Numbers = np.zeros((1, 2 + len(_OWNERS)), np.int64)
        """Of those, by rows: a count of instructions, and what had come up to there: instructions
        of each owner, exits."""

    def __len__(self) -> int:
        return len(self._owner)

    def add(self, band: Band) -> None:
        """One more."""
        self._owner.append(_OWNER_NUMBER[band.owner])
        self._reason.append(_REASON_NUMBER[band.reason])
        self._first.append(band.first)
        self._insns.append(band.insns)
        self._pc.append(band.pc)
        self._tval.append(band.tval)
        self._asked.append(self._number(band.asked))
        self._believed.append(self._number(band.believed))
        self._real.append(self._number(band.real))
        self._why.append(self._number(band.why))
        if len(self._owner) > MOST_BANDS:
            self._fold(MOST_BANDS // 2)

    def _number(self, text: str) -> int:
        found = self._text_number.get(text)
        if found is None:
            found = self._text_number[text] = len(self._texts)
            self._texts.append(text)
        return found

    def last(self, number: int | None = None) -> tuple[Band, ...]:
        """The last of them (None: all that are not folded), oldest first."""
        first = 0 if number is None else max(0, len(self._owner) - number)
        texts = self._texts
        return tuple(
            Band(
                _OWNERS[self._owner[at]],
                texts[self._believed[at]],
                texts[self._real[at]],
                self._first[at],
                self._insns[at],
                texts[self._why[at]],
                _REASONS[self._reason[at]],
                self._pc[at],
                self._tval[at],
                texts[self._asked[at]],
            )
            for at in range(first, len(self._owner))
        )

    # Going back ----------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """How many bands have been added."""
        return self.dropped + len(self._owner)

    def cut(self, total: int, position: int) -> None:
        """Forget what came after the first `total`, the last of which ends at `position`. Those
        that are folded stay folded."""
        for column in self._columns():
            del column[max(0, total - self.dropped) :]
        if total < self.dropped:
            self.dropped = total
            self._folded = self._folded[self._folded[:, 0] <= position]

    def _columns(self) -> tuple[array[int], ...]:
        return (
            self._owner, self._reason, self._first, self._insns, self._pc, self._tval,
            self._believed, self._real, self._why, self._asked,
        )  # fmt: skip

    def _fold(self, number: int) -> None:
        """The oldest go, and leave their sums."""
        here, last = int(self._folded[-1, 0]), self._first[number]
        places = np.unique(np.linspace(here, last, FOLDED_POINTS).astype(np.int64))
        self._folded = np.concatenate([self._folded, self._sums(places[1:])])
        if len(self._folded) > 2 * FOLDED_POINTS:
            self._folded = self._folded[::2]
        for column in self._columns():
            del column[:number]
        self.dropped += number

    # The whole -----------------------------------------------------------------------------------

    def _sums(self, places: _Numbers, now: Band | None = None) -> _Numbers:
        """What had come up to each of these counts of instructions, as rows of `_folded`. `now` is
        the band that is not at its end."""
        rows = np.zeros((len(places), self._folded.shape[1]), np.int64)
        rows[:, 0] = places
        first, insns, owner = (
            np.array(column, np.int64) for column in (self._first, self._insns, self._owner)
        )
        if now is not None:
            first, insns = np.append(first, now.first), np.append(insns, now.insns)
            owner = np.append(owner, _OWNER_NUMBER[now.owner])
        for number in range(len(_OWNERS)):
            mine = owner == number
            begins, lengths = first[mine], insns[mine]
            before = np.concatenate([[0], np.cumsum(lengths)])
            at = np.searchsorted(begins, places, "left")
            inside = at > 0
            within = np.zeros(len(places), np.int64)
            last = at[inside] - 1
            within[inside] = np.minimum(places[inside] - begins[last], lengths[last])
            within[inside] -= lengths[last]
            rows[:, 1 + number] = before[at] + within
        rows[:, -1] = np.searchsorted(first[owner == _MONITOR], places, "left")
        rows[:, 1:] += self._folded[-1, 1:]
        old = places < self._folded[-1, 0]
        for column in range(1, rows.shape[1]):
            points, values = self._folded[:, 0], self._folded[:, column]
            rows[old, column] = np.interp(places[old], points, values).astype(np.int64)
        return rows

    def overview(self, now: Band, buckets: int) -> Overview:
        """The run up to the end of the present band, in at most so many buckets."""
        end = now.first + now.insns
        edges = np.unique(np.linspace(0, end, min(buckets, max(1, end)) + 1).astype(np.int64))
        # What came at the very end came in the last bucket.
        places = edges.copy()
        places[-1] += 1
        counts = np.diff(self._sums(places, now)[:, 1:], axis=0)
        user, kernel, monitor, exits = (tuple(column.tolist()) for column in counts.T)
        return Overview(tuple(edges.tolist()), user, kernel, monitor, exits)
