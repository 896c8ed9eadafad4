"""Page tables as they stand in memory now: what a picture of them is made from.

A *tree* is one table of tables: that of satp, the two stages of a guest, or what a monitor made in
their place. It is read without a trace on the machine: no TLB, no A and D, no counter.

    OWN       satp of a machine that is nobody's guest       va  -> pa
    GUEST     what a guest calls its own (VS-stage)          gva -> gpa
    VALIDATED a paravirtual guest's own, checked             gva -> spa
    GSTAGE    hgatp's                                        gpa -> spa
    SHADOW    a monitor's composition of two maps            gva -> spa
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from vmlab.core.bits import sext64
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.extensions import extensions_of
from vmlab.isa.layouts import PTE, SATP
from vmlab.isa.state import HGATP, VSATP
from vmlab.isa.state import SATP as SATP_WORD
from vmlab.isa.system.walk import FORMATS, INDEX_BITS, WIDER_BITS
from vmlab.machine import memmap
from vmlab.machine.arena import Arena
from vmlab.machine.platform import Machine

ENTRIES: Final = 1 << INDEX_BITS
VALID: Final = PTE.mask("V")
LEAF: Final = PTE.mask("R", "W", "X")
_FORMATS: Final = {fmt.number: fmt for fmt in FORMATS}
_BY_LEVELS: Final = {fmt.levels: fmt for fmt in FORMATS}


class Of(Enum):
    """Whose tree it is, and what for."""

    OWN = "own"
    GUEST = "guest"
    VALIDATED = "validated"
    GSTAGE = "G-stage"
    SHADOW = "shadow"


Path = tuple[int, ...]
"""Numbers of entries from the root down: which table of a tree."""
Locate = Callable[[int], int | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One entry on the way down. `entry` is its address as its tree names memory, `address` where
    that really is; `of` is what is translated."""

    level: int
    entry: int
    address: int | None
    pte: int


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table: its non-zero entries, by number. `base` is what its first entry translates."""

    path: Path
    level: int
    address: int
    """As its tree names memory."""
    base: int
    entries: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree in one machine's memory. `arena` holds its tables; `locate` says where there a
    table of this address is, if addresses do not say it themselves."""

    of: Of
    root: int
    levels: int
    arena: Arena
    space: int = 0
    """ASID or VMID."""
    locate: Locate | None = None

    @property
    def widens(self) -> bool:
        """The root has four times the entries."""
        return self.of is Of.GSTAGE

    @property
    def format(self) -> str:
        """Its name in the manual."""
        return _BY_LEVELS[self.levels].name + ("x4" if self.widens else "")

    @property
    def bits(self) -> int:
        """How long the addresses are that it translates."""
        fmt = _BY_LEVELS[self.levels]
        return fmt.gpa_bits if self.widens else fmt.va_bits

    def _place(self, address: int) -> int | None:
        """Where a table stands in the arena's RAM, as a number of doublewords; None outside."""
        found = address if self.locate is None else self.locate(address)
        offset = -1 if found is None else found - memmap.RAM
        return offset >> 3 if 0 <= offset < self.arena.ram_bytes else None

    def entry(self, address: int) -> int | None:
        """The doubleword at an address as the tree names memory; None outside of RAM."""
        at = self._place(address)
        return None if at is None else int(self.arena.ram8[at])

    def entries(self, address: int, count: int = ENTRIES) -> tuple[tuple[int, int], ...]:
        """(number, entry) of the entries of a table that are not 0."""
        found: list[tuple[int, int]] = []
        for page in range(-(-count // ENTRIES)):
            at = self._place(address + page * PAGE_SIZE_BYTES)
            if at is None:
                continue
            words = np.frombuffer(self.arena.ram, np.uint64)[at : at + ENTRIES]
            there = np.flatnonzero(words)
            found += zip((there + page * ENTRIES).tolist(), words[there].tolist(), strict=True)
        return tuple(found)

    def index(self, address: int, level: int) -> int:
        """Which entry of a table of this level translates an address."""
        wide = self.widens and level == self.levels - 1
        number = address >> PAGE_BITS + INDEX_BITS * level
        return number & ((ENTRIES << WIDER_BITS if wide else ENTRIES) - 1)

    def table(self, path: Path) -> OpenTable | None:
        """The table that a path leads to; None if it leads to none."""
        address, level, base = self.root, self.levels - 1, 0
        for number in path:
            if not 0 <= number < self._size(level):
                return None
            pte = self.entry(address + 8 * number)
            if pte is None or not is_pointer(pte, level):
                return None
            base |= number << PAGE_BITS + INDEX_BITS * level
            address, level = frame_of(pte), level - 1
        return OpenTable(path, level, address, base, self.entries(address, self._size(level)))

    def _size(self, level: int) -> int:
        wide = self.widens and level == self.levels - 1
        return ENTRIES << WIDER_BITS if wide else ENTRIES

    def canonical(self, address: int) -> int:
        """The whole address: virtual ones are sign-extended."""
        return address if self.widens else sext64(address, self.bits)

    def steps(self, address: int) -> tuple[Step, ...]:
        """The entries that lead to an address, root first. The last is a leaf, or what ends the
        way: not valid, or not in RAM."""
        found: list[Step] = []
        table = self.root
        for level in reversed(range(self.levels)):
            entry = table + 8 * self.index(address, level)
            place = entry if self.locate is None else self.locate(entry)
            pte = self.entry(entry)
            if pte is None:
                break
            found.append(Step(level, entry, place, pte))
            if not is_pointer(pte, level):
                break
            table = frame_of(pte)
        return tuple(found)

    def leaf(self, address: int) -> Step | None:
        """The leaf that translates an address; None if there is none."""
        steps = self.steps(address)
        return steps[-1] if steps and is_leaf(steps[-1].pte) else None

    def translate(self, address: int) -> int | None:
        """What an address becomes; None without a leaf. Rights do not matter here."""
        found = self.leaf(address)
        if found is None:
            return None
        inside = (PAGE_SIZE_BYTES << INDEX_BITS * found.level) - 1
        return frame_of(found.pte) & ~inside | address & inside

    def leaves(self, most: int) -> tuple[list[tuple[int, int, int]], int]:
        """((address, leaf, level) of the first `most` leaves by address, how many tables were
        read to find them)."""
        found: list[tuple[int, int, int]] = []
        pages: list[int] = []
        self._leaves(self.root, self.levels - 1, 0, found, most, pages)
        return found, len(pages)

    def tables(self, most: int = 4096) -> list[int]:
        """The addresses of its tables as it names memory, at most so many."""
        pages: list[int] = []
        self._leaves(self.root, self.levels - 1, 0, [], 0, pages, most)
        return pages

    def _leaves(
        self,
        table: int,
        level: int,
        base: int,
        found: list[tuple[int, int, int]],
        most: int,
        pages: list[int],
        most_pages: int = 4096,
    ) -> None:
        pages.append(table)
        for number, pte in self.entries(table, self._size(level)):
            if not pte & VALID or len(pages) >= most_pages:
                continue
            address = base | number << PAGE_BITS + INDEX_BITS * level
            if is_pointer(pte, level):
                self._leaves(frame_of(pte), level - 1, address, found, most, pages, most_pages)
            elif len(found) < most and pte & LEAF:
                found.append((self.canonical(address), pte, level))


def is_pointer(pte: int, level: int) -> bool:
    """Whether an entry of this level names a table."""
    return bool(pte & VALID) and not pte & LEAF and level > 0


def is_leaf(pte: int) -> bool:
    """Whether an entry names a page."""
    return bool(pte & VALID) and bool(pte & LEAF)


def frame_of(pte: int) -> int:
    """The address that an entry names."""
    return PTE["PPN"].of(pte) << PAGE_BITS


def tree_of(of: Of, atp: int, arena: Arena, locate: Locate | None = None) -> Tree | None:
    """The tree that a word such as satp names; None if that is Bare. VMID and ASID stand at the
    same place for our purpose: above the page number."""
    fmt = _FORMATS.get(SATP["MODE"].of(atp))
    if fmt is None:
        return None
    space = SATP["ASID"].of(atp)
    return Tree(of, SATP["PPN"].of(atp) << PAGE_BITS, fmt.levels, arena, space, locate)


def trees_of(machine: Machine) -> tuple[Tree, ...]:
    """The trees that a machine's own words name: satp's, and with H those of its guest."""
    words, arena = machine.arena.words, machine.arena
    found = [tree_of(Of.OWN, words[SATP_WORD.slot], arena)]
    if "h" in extensions_of(machine.platform.isa):
        second = tree_of(Of.GSTAGE, words[HGATP.slot], arena)
        locate = None if second is None else second.translate
        found += [tree_of(Of.GUEST, words[VSATP.slot], arena, locate), second]
    return tuple(tree for tree in found if tree is not None)
