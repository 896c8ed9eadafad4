"""Tables of the G-stage beside those of the VS-stage: sound ones for the code, random ones for
scratch and for the VS-stage's own random tables.

Guest-physical addresses of code and scratch are the physical ones, but a page of scratch may stand
at another's place, and the random tables of the VS-stage may be closed, read-only or stale.
"""

from __future__ import annotations

from random import Random
from typing import Final

from tests.conformance import layout
from tests.conformance.tables import GIGABYTE, PAGE, A, D, R, Tables, Target, U, V, W, X, pte
from vmlab.isa.layouts import HGATP
from vmlab.isa.system.walk import Format

ROOT_BYTES: Final = 4 * PAGE
FULL: Final = V | R | W | X | U | A | D
MEGAPAGE: Final = 1 << 21


class GuestTables(Tables):
    """The tables of both stages of one program."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.guest_roots: list[tuple[Format, int]] = []
        self.guest_targets: list[Target] = []
        """Guest-physical addresses worth an access."""
        self.slots: list[int] = []
        """Entries of the G-stage that may change: leaves of 4 KiB under scratch and its tables."""
        self._guest = False

    def flags(self) -> int:
        """With U, mostly: the G-stage needs it."""
        flags = super().flags()
        return flags | U if self._guest and self.rng.random() < 0.9 else flags

    def guest_root(self, fmt: Format) -> None:
        """A new root of the G-stage, with four times the entries."""
        self._code += bytes(-len(self._code) % ROOT_BYTES)
        table = layout.CODE_TABLES + len(self._code)
        self._code += bytes(ROOT_BYTES)
        self.guest_roots.append((fmt, table))
        own, self.targets, self._guest = self.targets, self.guest_targets, True
        entries = 4 * 512
        for level in reversed(range(GIGABYTE + 1, fmt.levels)):
            for index in self.rng.sample(range(1, entries), 2):
                self._random(table, index, level, index << 12 + 9 * level)
            below = self._new(True)
            self._put(table, 0, pte(below, V))
            table, entries = below, 512
        sound = layout.CODE >> 30
        self._put(table, sound, pte(self._own_gigabyte(), V))
        for index in self.rng.sample([n for n in range(entries) if n != sound], 4):
            self._random(table, index, GIGABYTE, index << 30)
        self.targets, self._guest = own, False

    def _own_gigabyte(self) -> int:
        """Code and its tables in full; scratch and its tables page by page."""
        middle = self._new(True)
        self._put(middle, layout.CODE >> 21 & 511, pte(layout.CODE, FULL))
        low = self._new(True)
        self._put(middle, layout.SCRATCH >> 21 & 511, pte(low, V))
        for page in range(512):
            pa = layout.SCRATCH + page * PAGE
            slot = self._put(low, page, self.guest_leaf(pa))
            if pa < layout.SCRATCH_TABLES + layout.SCRATCH_TABLES_BYTES:
                self.slots.append(slot)
            if pa < layout.SCRATCH + layout.SCRATCH_BYTES:
                self.targets.append(Target(pa, slot, 0, False))
        return middle

    def guest_leaf(self, pa: int) -> int:
        """Where a page of scratch or of its tables is: mostly itself, mostly open."""
        rng = self.rng
        scratch = pa < layout.SCRATCH + layout.SCRATCH_BYTES
        if scratch and rng.random() < 0.3:
            pa = layout.SCRATCH + PAGE * rng.randrange(16)
        if rng.random() < (0.6 if scratch else 0.9):
            return pte(pa, FULL)
        self._guest = True
        flags = self.flags()
        self._guest = False
        return pte(pa, flags)

    def hgatp(self) -> int:
        """A value for hgatp: mostly translation through one of the roots."""
        if self.rng.random() < 0.1:
            return 0
        at = self.rng.randrange(len(self.guest_roots))
        fmt, root = self.guest_roots[at]
        vmid = self.rng.choice((0, 4, 0x3FFC)) | at
        return fmt.number << HGATP["MODE"].low | vmid << HGATP["VMID"].low | root >> 12
