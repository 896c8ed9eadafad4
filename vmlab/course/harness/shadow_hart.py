"""The real hart behind a student's shadow tables.

The tables are real ones, in the VMM's part of real memory, and the hart that walks them is in U and
leaves A and D alone (Svade): it knows of no guest.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from vmlab.core.bits import bits
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.course.harness.shadow_memory import (
    FIRST,
    HARDWARE,
    REAL_BYTES,
    VMM_BYTES,
    encoded,
    machine,
)
from vmlab.isa.layouts import ENVCFG
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import SATP
from vmlab.isa.system.walk import BY_NAME, INDEX_BITS
from vmlab.lab import Access, Flags, Kept, Leaf, Pte, Shadow, V

FORMAT: Final = BY_NAME["sv39"]
_INDEX: Final = (1 << INDEX_BITS) - 1


class RealHart(Shadow):
    """A hart, and all shadow tables that it may walk, each under the key that it was given."""

    def __init__(self) -> None:
        self.hart = machine(REAL_BYTES)
        self.hart.csr_write("menvcfg", ENVCFG.mask("STCE"))
        self._kept: dict[tuple[Hashable, int], Kept] = {}
        self._roots: dict[Hashable, int] = {}
        self._free = list(range(FIRST, FIRST + (VMM_BYTES >> PAGE_BITS)))

    # What a student's `fence` sees ---------------------------------------------------------------

    def leaves(self) -> tuple[Kept, ...]:
        return tuple(self._kept.values())

    def drop(self, kept: Kept) -> None:
        if not isinstance(kept, Kept):
            raise ValueError(f"expected one of the leaves, found {type(kept).__name__}")
        place = (kept.key, kept.va >> PAGE_BITS)
        if self._kept.get(place) == kept:
            del self._kept[place]
            self._entry(kept.key, kept.va, None)

    # What the grader does ------------------------------------------------------------------------

    def kept(self, key: Hashable, va: int) -> Kept | None:
        """The leaf for an address, in the table of this key."""
        return self._kept.get((key, va >> PAGE_BITS))

    def install(self, kept: Kept) -> None:
        """Put a leaf into its table. When the VMM's memory is full, all is forgotten first."""
        if len(self._free) < FORMAT.levels:
            self._forget()
        self._kept[kept.key, kept.va >> PAGE_BITS] = kept
        self._entry(kept.key, kept.va, kept.leaf)

    def passes(self, key: Hashable, va: int, acc: Access) -> bool:
        """Whether the hart, in U, gets through the table of this key."""
        root = self._roots.get(key)
        if root is None:
            return False
        satp = FORMAT.number << SATP_LAYOUT["MODE"].low | root
        self.hart.words[SATP.slot] = satp
        cause, *_ = self.hart.kernel("walk")(va, HARDWARE[acc].value, int(Mode.U), 1)
        return not cause

    # Tables --------------------------------------------------------------------------------------

    def _entry(self, key: Hashable, va: int, leaf: Leaf | None) -> None:
        """Write the entry of level 0 for an address; None takes it away."""
        if key not in self._roots:
            self._roots[key] = self._page()
        table = self._roots[key]
        for level in reversed(range(1, FORMAT.levels)):
            at = self._slot(table, va, level)
            pointer = int.from_bytes(self.hart.machine.read(at, 8), "little")
            if pointer:
                table = bits(pointer, 53, 10)
            else:
                table = self._page()
                self.hart.machine.write(at, encoded(Pte(table, V)))
        pte = Pte(0, Flags(0)) if leaf is None else Pte(leaf.spa >> PAGE_BITS, leaf.flags)
        self.hart.machine.write(self._slot(table, va, 0), encoded(pte))

    def _slot(self, table: int, va: int, level: int) -> int:
        return (table << PAGE_BITS) + 8 * (va >> PAGE_BITS + INDEX_BITS * level & _INDEX)

    def _page(self) -> int:
        page = self._free.pop()
        self.hart.machine.write(page << PAGE_BITS, bytes(PAGE_SIZE_BYTES))
        return page

    def _forget(self) -> None:
        self._kept.clear()
        self._roots.clear()
        self._free = list(range(FIRST, FIRST + (VMM_BYTES >> PAGE_BITS)))
