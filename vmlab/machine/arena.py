"""The arena: one block of bytes that holds the hart and RAM, shared by every engine.

    0 .. ARENA_HART_BYTES      the hart, word by word (`isa.state`)
    ARENA_HART_BYTES ..        RAM

Views of the same bytes in each access size make a load one indexing operation.
"""

from __future__ import annotations

import numpy as np

from vmlab.core.errors import BadInput
from vmlab.core.units import MIB, PAGE_SIZE_BYTES
from vmlab.isa.state import ARENA_HART_BYTES

MAX_RAM_BYTES = 2048 * MIB


def no_room(ram_bytes: int) -> BadInput:
    """The host has too little memory for a machine with so much RAM."""
    return BadInput(f"expected a host with {ram_bytes // MIB}M free for RAM, found less")


class Arena:
    """The bytes of one machine and the views on them."""

    def __init__(self, ram_bytes: int, view: memoryview | None = None) -> None:
        """`view` gives the bytes (all zero) where they are to stand in certain memory."""
        self.ram_bytes = ram_bytes
        if view is None:
            try:
                view = memoryview(bytearray(ARENA_HART_BYTES + ram_bytes))
            except MemoryError:
                raise no_room(ram_bytes) from None
        self.bytes = view
        self.words = view[:ARENA_HART_BYTES].cast("Q")
        """The hart, as 64-bit words; a `Field` is at its `slot`."""
        self.hart = view[:ARENA_HART_BYTES]
        self.ram = view[ARENA_HART_BYTES:]
        self.ram2 = self.ram.cast("H")
        self.ram4 = self.ram.cast("I")
        self.ram8 = self.ram.cast("Q")

    def used_pages(self) -> set[int]:
        """Pages of RAM (numbers from RAM's start) that are not all zero."""
        pages = np.frombuffer(self.ram, dtype=np.uint64).reshape(-1, PAGE_SIZE_BYTES // 8)
        return {int(page) for page in np.flatnonzero(pages.any(axis=1))}

    def ram_page(self, page: int) -> memoryview:
        """The bytes of one page of RAM, by its number from RAM's start."""
        return self.ram[page * PAGE_SIZE_BYTES : (page + 1) * PAGE_SIZE_BYTES]
