"""A guest to be shadowed: address spaces with tables of their own, which its kernel changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final

from vmlab.core.bits import sext64
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.course.harness.shadow_hart import FORMAT, RealHart
from vmlab.course.harness.shadow_memory import FIRST, PAGES, Memory, Twin
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.lab import GPA, GVA, Ctx, Flags, Pte, V

INDEXES: Final = 1 << INDEX_BITS
LARGE: Final = PAGES // 2
"""From this page on, the guest's memory is for superpages, before it for tables and small pages."""


def size_of(level: int) -> int:
    """Bytes that a leaf of this level maps."""
    return PAGE_SIZE_BYTES << INDEX_BITS * level


@dataclass(slots=True)
class Space:
    """An address space: its number, and the page of its root table."""

    asid: int
    root: int
    entries: dict[tuple[int, int], int] = field(default_factory=dict)
    """By level and va >> the bits below it: the gpa of an entry."""

    @property
    def satp(self) -> int:
        """What the guest writes to satp."""
        mode, asid = SATP_LAYOUT["MODE"].low, SATP_LAYOUT["ASID"].low
        return FORMAT.number << mode | self.asid << asid | self.root

    def entry(self, va: int, level: int) -> int:
        """The gpa of an entry that has been written before."""
        return self.entries[level, va // size_of(level)]


class World:
    """One guest, in the VMM's machine and alone on its own."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.real = RealHart()
        self.memory = Memory(self.real.hart, rng)
        self.twin = Twin()
        self._free = rng.sample(range(FIRST, FIRST + LARGE), LARGE)
        self.tables: set[int] = set()
        """Pages that are tables of the guest's."""

    # What a guest's kernel does ------------------------------------------------------------------

    def page(self) -> int:
        """The number of a page that nobody uses."""
        return self._free.pop()

    def space(self, asid: int) -> Space:
        """A new address space, which maps nothing."""
        return Space(asid, self.table())

    def table(self) -> int:
        """A page of zeros that is going to be a table."""
        page = self.page()
        self.tables.add(page)
        return page

    def map(self, space: Space, va: int, ppn: int, flags: Flags, level: int = 0) -> None:
        """Write the entry of a level for an address, and the tables above it."""
        table = space.root
        for at in reversed(range(level, FORMAT.levels)):
            index = va // size_of(at) % INDEXES
            gpa = (table << PAGE_BITS) + 8 * index
            space.entries[at, va // size_of(at)] = gpa
            if at == level:
                self.write(gpa, Pte(ppn, flags))
                return
            found = self.memory.pte(GPA(gpa))
            assert found is not None, "tables are in memory"
            if not found.flags & V:
                table = self.table()
                self.write(gpa, Pte(table, V))
            else:
                table = found.ppn

    def write(self, gpa: int, pte: Pte) -> None:
        """The guest's kernel stores an entry."""
        self.memory.set_pte(GPA(gpa), pte)
        self.twin.set_pte(gpa, pte)

    def pte(self, space: Space, va: int, level: int = 0) -> Pte:
        """An entry as it is now."""
        found = self.memory.pte(GPA(space.entry(va, level)))
        assert found is not None, "tables are in memory"
        return found

    # Addresses -----------------------------------------------------------------------------------

    def va(self, *indexes: int) -> int:
        """A canonical address by its three indexes; those left out are random."""
        drawn = [*indexes, *(self.rng.randrange(INDEXES) for _ in range(FORMAT.levels))]
        number = 0
        for index in drawn[: FORMAT.levels]:
            number = number << INDEX_BITS | index
        return sext64(number << PAGE_BITS, FORMAT.va_bits)

    def inside(self, va: int, level: int = 0) -> GVA:
        """An aligned doubleword somewhere in the page of `va`."""
        size = size_of(level)
        return GVA(va // size * size + 8 * self.rng.randrange(size // 8))


def ctx(space: Space, mode: Mode, *, sum: bool = False, mxr: bool = False) -> Ctx:
    """A context of a guest."""
    return Ctx(mode, sum, mxr, space.satp)
