"""What each machine frame is used as, and how often: the table that keeps guests apart.

A frame is, at one time, one of: nothing in particular, a page that is mapped for stores, or a
page table of one level. It changes from one to another only when nobody uses it as the first any
more, so a guest can never store into a page table (Xen's `page_info`, types and counts).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vmlab.core.units import PAGE_BITS
from vmlab.isa.system.walk import BY_NAME
from vmlab.machine import memmap

FIRST_FRAME: Final = memmap.RAM >> PAGE_BITS
ROOT_LEVEL: Final = BY_NAME["sv39"].levels - 1


class Use(IntEnum):
    """What a frame is used as. A table's use is its level."""

    TABLE_0 = 0
    TABLE_1 = 1
    TABLE_2 = 2
    NONE = 3
    WRITABLE = 4


class FrameTable:
    """By machine frame number: `spa >> PAGE_BITS`, RAM only."""

    def __init__(self, frames: int) -> None:
        self._use = np.full(frames, Use.NONE, np.int8)
        self._count = np.zeros(frames, np.int64)
        self._pinned = np.zeros(frames, np.bool_)
        self._stale = np.zeros(frames, np.bool_)

    def use(self, frame: int) -> Use:
        return Use(self._use[frame - FIRST_FRAME])

    def is_table(self, frame: int) -> bool:
        return bool(self._use[frame - FIRST_FRAME] <= ROOT_LEVEL)

    def tables(self, frames: npt.NDArray[np.bool_]) -> list[int]:
        """The tables among these frames, by number."""
        return (np.flatnonzero((self._use <= ROOT_LEVEL) & frames) + FIRST_FRAME).tolist()

    def count(self, frame: int) -> int:
        """How often it is used as what it is."""
        return int(self._count[frame - FIRST_FRAME])

    def is_pinned(self, frame: int) -> bool:
        return bool(self._pinned[frame - FIRST_FRAME])

    def set_pinned(self, frame: int, pinned: bool) -> None:
        self._pinned[frame - FIRST_FRAME] = pinned

    def add(self, frame: int, use: Use) -> None:
        """One more use. The frame is used so already, or as nothing."""
        at = frame - FIRST_FRAME
        self._use[at] = use
        self._count[at] += 1

    def remove(self, frame: int) -> bool:
        """One use fewer; True if it was the last."""
        at = frame - FIRST_FRAME
        self._count[at] -= 1
        if self._count[at]:
            return False
        # A translation for stores may still be in the TLB, whatever the tables say now.
        self._stale[at] |= self._use[at] == Use.WRITABLE
        self._use[at] = Use.NONE
        return True

    def is_stale(self, frame: int) -> bool:
        """True if the hart may still remember that the frame could be written."""
        return bool(self._stale[frame - FIRST_FRAME])

    def flushed(self) -> None:
        """The hart has forgotten every translation."""
        self._stale[:] = False

    def memo(self) -> Any:
        """A copy of the table."""
        return self._use.copy(), self._count.copy(), self._pinned.copy(), self._stale.copy()

    def recall(self, memo: Any) -> None:
        """The table as it was when `memo` gave that."""
        self._use, self._count, self._pinned, self._stale = (part.copy() for part in memo)

    def clear(self, frames: list[int]) -> None:
        """These frames are nothing in particular: their machine begins anew."""
        at = np.array(frames) - FIRST_FRAME
        self._use[at], self._count[at], self._pinned[at] = Use.NONE, 0, False
        self._stale[at] = True
