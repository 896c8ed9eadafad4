"""What a monitor's table maps for its guest now, as plain data for pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.vmm.common.host import Host

_ENTRIES: Final = 1 << INDEX_BITS
_PPN: Final = PTE["PPN"]
_LEAF: Final = PTE.mask("R", "W", "X")
_RIGHTS: Final = tuple((letter.lower(), PTE.mask(letter)) for letter in "RWX")


class TableKind(Enum):
    """What the hart walks in place of, or below, the guest's tables."""

    SHADOW = "shadow"
    GSTAGE = "G-stage"
    VALIDATED = "validated"
    """The guest's own, which the hart walks: the monitor has checked each entry."""
    NONE = "none"
    """Nobody made a table: the guest's own is walked, by the hart or by a program."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page that the monitor's table maps for the guest."""

    address: int
    """What is translated: a virtual address (shadow), a guest-physical one (G-stage)."""
    gpa: int | None
    """The guest-physical page, by the monitor's own map; None if it is none of the guest's RAM, but
    a page that the two share."""
    spa: int
    """The real page behind it."""
    rights: str
    """`rwx`, a dash for each that is not given."""
    size_bytes: int
    traced: bool = False
    """It is one of the guest's tables, kept read-only so that each store to it is seen."""


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page that is a table of the guest's, as the monitor that validates it counts."""

    spa: int
    level: int
    uses: int
    """How often it is used as a table: by entries of others, as a root, by being pinned."""
    is_pinned: bool
    """It stays a table even if no other names it."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The monitor's table that is in force now."""

    kind: TableKind
    root: int | None = None
    """Real physical address; None while there is no table."""
    pages: int = 0
    """Pages of real memory that the monitor's tables for this guest take, all contexts together."""
    contexts: int = 0
    """Tables that there are: one for each satp, mode, SUM and MXR that the guest was seen with."""
    leaves: tuple[Leaf, ...] = ()
    """By address; the first of them, if there are many."""
    mapped: int = 0
    """How many leaves there are in all."""
    levels: int = 0
    """Of the table; 0 while there is none."""
    table_pages: tuple[TablePage, ...] = ()
    """Where the monitor validates the guest's own tables: those, by address."""


NO_TABLES: Final = Tables(TableKind.NONE)


def rights(pte: int) -> str:
    """What a leaf allows, as `rwx`."""
    return "".join(letter if pte & mask else "-" for letter, mask in _RIGHTS)


@dataclass(slots=True)
class Scan:
    """The leaves below a table in real memory: the first `most` of them, and how many there are."""

    host: Host
    most: int
    found: list[tuple[int, int, int]] = field(default_factory=list)
    """(address that is translated, leaf, level)."""
    count: int = 0

    def table(self, pa: int, level: int, base: int = 0, entries: int = _ENTRIES) -> Scan:
        """Look at a table of this level; its first entry is for the address `base`."""
        there = self.host.entries(pa, entries)
        if not level and len(self.found) >= self.most:
            self.count += len(there)
            return self
        for index, pte in there:
            address = base | index << PAGE_BITS + INDEX_BITS * level
            if level and not pte & _LEAF:
                self.table(_PPN.of(pte) << PAGE_BITS, level - 1, address)
                continue
            self.count += 1
            if len(self.found) < self.most:
                self.found.append((address, pte, level))
        return self


def frame_of(pte: int) -> int:
    """The physical address in a leaf."""
    return _PPN.of(pte) << PAGE_BITS


def size_of(level: int) -> int:
    """Bytes that a leaf of this level maps."""
    return PAGE_SIZE_BYTES << INDEX_BITS * level
