"""Who owns each page of real memory: the monitor, one of the virtual machines, or nobody.

Resource control is a statement about this table: what a virtual machine can reach is its own.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from vmlab.core.errors import BadInput
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.machine import memmap

FREE: Final = -1
MONITOR: Final = -2
"""Owners; a virtual machine owns by its number, from 0."""


class Frames:
    """The pages of a machine's RAM, by their number from RAM's start. Addresses are physical."""

    def __init__(self, ram_bytes: int) -> None:
        self.owner = np.full(ram_bytes >> PAGE_BITS, FREE, np.int16)
        self._next = 0
        self._returned: list[int] = []

    def take_range(self, owner: int, size_bytes: int) -> int:
        """Consecutive pages, from the front: the physical address of the first. Raises
        `BadInput` if there are too few."""
        pages = -(-size_bytes // PAGE_SIZE_BYTES)
        if self._next + pages > len(self.owner):
            raise BadInput(
                f"expected {pages} free pages of real memory for a virtual machine, found "
                f"{len(self.owner) - self._next}"
            )
        first, self._next = self._next, self._next + pages
        self.owner[first : first + pages] = owner
        return memmap.RAM + (first << PAGE_BITS)

    def skip(self, align_bytes: int, before_bytes: int = 0) -> None:
        """Go on where what comes `before_bytes` behind is a multiple of `align_bytes`. The pages
        in between stay free, for `take`."""
        at = memmap.RAM + (self._next << PAGE_BITS)
        pages = min(-(at + before_bytes) % align_bytes >> PAGE_BITS, len(self.owner) - self._next)
        self._returned += range(self._next, self._next + pages)
        self._next += pages

    def take(self, owner: int) -> int | None:
        """The physical address of one page, or None if none is free."""
        if self._returned:
            page = self._returned.pop()
            self.owner[page] = owner
            return memmap.RAM + (page << PAGE_BITS)
        if self._next >= len(self.owner):
            return None
        return self.take_range(owner, PAGE_SIZE_BYTES)

    def give_back(self, pa: int) -> None:
        """A page that `take` gave is free again."""
        page = pa - memmap.RAM >> PAGE_BITS
        self.owner[page] = FREE
        self._returned.append(page)

    def memo(self) -> Any:
        """A copy of the table."""
        return self.owner.copy(), self._next, tuple(self._returned)

    def recall(self, memo: Any) -> None:
        """The table as it was when `memo` gave that."""
        owner, self._next, returned = memo
        self.owner[:] = owner
        self._returned = list(returned)

    def owner_of(self, pa: int) -> int | None:
        """Who owns the page of a physical address; None if it is not RAM."""
        page = pa - memmap.RAM >> PAGE_BITS
        return int(self.owner[page]) if 0 <= page < len(self.owner) else None
