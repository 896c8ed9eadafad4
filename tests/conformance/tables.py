"""Page tables of every format: sound ones for the code, random ones for scratch.

Tables stand in the image ready-made; episodes change single entries later. A `Target` is a
virtual address worth an access: it ends at some entry of a random table.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.conformance import layout
from vmlab.core.bits import sext64
from vmlab.isa.layouts import PTE, SATP
from vmlab.isa.system.walk import Format

V, R, W, X, U, G, A, D = (PTE[name].mask for name in "VRWXUGAD")
PAGE: Final = 4096
GIGABYTE: Final = 2
"""The level whose leaves map a gigabyte: the code's tables are the same from there on down."""
LANDING: Final = layout.CODE + layout.CODE_BYTES - PAGE
"""A page of code that only jumps back: what a fetch through a random mapping runs."""


@dataclass(frozen=True)
class Target:
    """`va` lies in the page or table entry at physical address `slot`, at `level`."""

    va: int
    slot: int
    level: int
    fetch: bool
    """The entry leads to the landing page: only fetched, never written."""


def pte(pa: int, flags: int) -> int:
    """An entry for the page or table at a physical address."""
    return pa >> 12 << PTE["PPN"].low | flags


class Tables:
    """Builds the tables of one program."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._code = bytearray()
        self._scratch = bytearray()
        self.roots: list[tuple[Format, int]] = []
        self.targets: list[Target] = []

    def _new(self, sound: bool) -> int:
        """A zeroed table; the sound ones stand where no PMP entry and no store reaches."""
        area, start = (
            (self._code, layout.CODE_TABLES) if sound else (self._scratch, layout.SCRATCH_TABLES)
        )
        area += bytes(PAGE)
        assert len(self._scratch) <= layout.SCRATCH_TABLES_BYTES
        return start + len(area) - PAGE

    def _put(self, table: int, index: int, entry: int) -> int:
        if table >= layout.SCRATCH_TABLES:
            area, start = self._scratch, layout.SCRATCH_TABLES
        else:
            area, start = self._code, layout.CODE_TABLES
        struct.pack_into("<Q", area, table - start + 8 * index, entry)
        return table + 8 * index

    def root(self, fmt: Format) -> None:
        """A new root: the code for S and for U, sound scratch for both, and random mappings."""
        table = self._new(True)
        self.roots.append((fmt, table))
        for level in reversed(range(GIGABYTE + 1, fmt.levels)):
            for index in self.rng.sample(range(1, 512), 3):
                va = sext64(index << 12 + 9 * level, fmt.va_bits)
                self._random(table, index, level, va)
            below = self._new(True)
            self._put(table, 0, pte(below, V))
            table = below
        for va, user in ((layout.CODE, 0), (layout.CODE + layout.U_ALIAS, U)):
            self._map_gigabyte(table, va, user)
        used = {layout.CODE >> 30, (layout.CODE + layout.U_ALIAS) >> 30}
        free = [index for index in range(512) if index not in used]
        for index in self.rng.sample(free, 7 if fmt.levels == GIGABYTE + 1 else 4):
            va = index << 30 if fmt.levels > GIGABYTE + 1 else sext64(index << 30, fmt.va_bits)
            self._random(table, index, GIGABYTE, va)

    def _map_gigabyte(self, root: int, va: int, user: int) -> None:
        """Map code and scratch at `va` with pages of any of the three sizes."""
        flags = V | R | W | X | A | D | user | self.rng.choice((0, G))
        size = self.rng.randrange(3)
        if size == 2:
            self._put(root, va >> 30, pte(layout.CODE, flags))
            return
        middle = self._new(True)
        self._put(root, va >> 30, pte(middle, V))
        for part in (layout.CODE, layout.SCRATCH):
            index = part >> 21 & 511
            if size == 1:
                self._put(middle, index, pte(part, flags))
                continue
            low = self._new(True)
            self._put(middle, index, pte(low, V))
            for page in range(512):
                self._put(low, page, pte(part + PAGE * page, flags))

    def flags(self) -> int:
        """Any combination, most of them useful."""
        rng = self.rng
        flags = rng.choice((R, R | W, R | X, R | W | X, X, W, W | X, R | W))
        flags |= V * (rng.random() < 0.96) | U * (rng.random() < 0.5) | G * (rng.random() < 0.3)
        flags |= A * (rng.random() < 0.9) | D * (rng.random() < 0.8)
        flags |= rng.randrange(4) << PTE["RSW"].low
        if rng.random() < 0.05:
            flags |= 1 << rng.randrange(PTE["RESERVED"].low, 64)
        return flags

    def leaf(self, level: int, fetch: bool) -> int:
        """A random leaf; what it maps is scratch, the landing page, or nothing at all."""
        rng = self.rng
        if level > GIGABYTE:
            pa = 0
        elif level == GIGABYTE:
            pa = layout.CODE
        elif level == 1:
            pa = layout.CODE if fetch else layout.SCRATCH
        else:
            pa = LANDING if fetch else layout.SCRATCH + PAGE * rng.randrange(16)
        if level and rng.random() < 0.15:
            pa += PAGE << rng.randrange(9 * level)  # misaligned superpage
        elif rng.random() < 0.06:
            pa = rng.choice((layout.NO_CODE_HERE, 1 << 55))
        return pte(pa, self.flags())

    def pointer(self, table: int) -> int:
        """A pointer to the next table, now and then with bits that a pointer must not have."""
        rng = self.rng
        flags = V if rng.random() < 0.97 else 0
        flags |= rng.choice((0, 0, 0, 0, 0, 0, 0, G, U, A, D, G | A | D))
        if rng.random() < 0.04:
            flags |= 1 << rng.randrange(PTE["RESERVED"].low, 64)
        return pte(
            rng.choice((layout.NO_CODE_HERE, 1 << 55)) if rng.random() < 0.04 else table, flags
        )

    def _random(self, table: int, index: int, level: int, va: int) -> None:
        rng = self.rng
        fetch = rng.random() < 0.3
        if level and rng.random() < 0.65:
            below = self._new(False)
            self._put(table, index, self.pointer(below))
            chosen = rng.sample(range(511), 3 if level <= GIGABYTE else 2)
            if level == 1 and rng.random() < 0.5:  # a neighbour, for accesses across both
                chosen.append(chosen[0] + 1)
            for sub in sorted(set(chosen)):
                self._random(below, sub, level - 1, va + (sub << 12 + 9 * (level - 1)))
            return
        entry = (
            self.leaf(level, fetch) if rng.random() < 0.95 else self.pointer(layout.SCRATCH_TABLES)
        )
        slot = self._put(table, index, entry)
        self.targets.append(Target(self._inside(va, level, fetch), slot, level, fetch))

    @staticmethod
    def _inside(va: int, level: int, fetch: bool) -> int:
        """Where in the page scratch (or the landing page) starts."""
        if level > GIGABYTE:  # it maps memory from address 0 on
            return va + (LANDING if fetch else layout.SCRATCH)
        if fetch and level:
            return va + (LANDING - layout.CODE)
        return va + (layout.SCRATCH - layout.CODE if level == GIGABYTE else 0)

    def satp(self) -> int:
        """A value for satp: mostly translation through one of the roots."""
        if self.rng.random() < 0.1:
            return 0
        at = self.rng.randrange(len(self.roots))
        fmt, root = self.roots[at]
        # One ASID means one address space: a hart may keep what it learnt under it.
        asid = self.rng.choice((0, 4, 0xFFFC, self.rng.getrandbits(16) & ~3)) | at
        return fmt.number << SATP["MODE"].low | asid << SATP["ASID"].low | root >> 12

    def segments(self) -> list[tuple[int, bytes]]:
        """The tables as they stand at the start."""
        parts = ((layout.CODE_TABLES, self._code), (layout.SCRATCH_TABLES, self._scratch))
        return [(start, bytes(area)) for start, area in parts if area]
