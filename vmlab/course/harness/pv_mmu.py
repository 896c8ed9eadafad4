"""The world of the exercise `pv_mmu`: two guests' frames in one machine, and a kernel that edits.

`Board` is a machine with page tables in its RAM; what a program can reach is asked of the
description's own walk. There are two: on one the kernel's stores take effect at once, as on a hart
of its own; on the other only updates that were sent and accepted do.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.core.units import MIB, PAGE_BITS
from vmlab.engine.reference import Reference
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import PTE, SATP
from vmlab.isa.state import MODE
from vmlab.isa.system.walk import BY_NAME, INDEX_BITS
from vmlab.lab.batching import Event, Frames, Kind, Update
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform

ME: Final = 1
OTHER: Final = 2
MONITOR: Final = 0
FIRST: Final = memmap.RAM >> PAGE_BITS
SUPERPAGE: Final = 1 << INDEX_BITS
"""Frames of a superpage of level 1; also where the second one begins, counted from FIRST."""
COUNT: Final = 4 * SUPERPAGE
MIXED, ALMOST, WHOLE = (FIRST + at * SUPERPAGE for at in (1, 2, 3))
"""Frames at which superpages begin: one is shared by all, one is the guest's but for its last
frame, one is the guest's, and what follows it is no RAM."""
ROOT: Final = BY_NAME["sv39"].levels - 1
V, R, W, X, U = (PTE.mask(name) for name in "VRWXU")
AD: Final = PTE.mask("A", "D")
PPN: Final = PTE["PPN"]
HIGHEST: Final = 1 << PPN.mask.bit_length() - PPN.low - 1
"""The highest bit of a frame's number: where no RAM is."""
ACCESSES: Final = (Access.FETCH, Access.LOAD, Access.STORE)
SPACES: Final = 2
PAGES: Final = 24
"""Virtual pages of each space that the kernel maps and unmaps."""
USER_BASE: Final = 0x40_0000


def entry(ppn: int, flags: int) -> int:
    """A page-table entry."""
    return ppn << PPN.low | flags


def slot_of(table: int, index: int) -> int:
    """The address of an entry of a table."""
    return (table << PAGE_BITS) + 8 * index


class Owners(Frames):
    """Whose each frame is, and what it is used as. Fixed from the beginning."""

    def __init__(self, rng: random.Random) -> None:
        self.owners = [rng.choice((ME, OTHER)) for _ in range(COUNT)]
        self.owners[:4] = [MONITOR] * 4
        self.owners[SUPERPAGE] = ME  # a superpage could begin at it
        self.owners[2 * SUPERPAGE :] = [ME] * (2 * SUPERPAGE)
        self.owners[ALMOST + SUPERPAGE - 1 - FIRST] = OTHER
        self.levels: dict[int, int] = {}
        mine = [ppn for ppn in self.of(ME) if ppn < ALMOST and ppn != MIXED]
        rng.shuffle(mine)
        self.roots = [mine.pop() for _ in range(SPACES)]
        self.middles = [mine.pop() for _ in range(SPACES)]
        self.leaves = [mine.pop() for _ in range(SPACES)]
        for level, tables in enumerate((self.leaves, self.middles, self.roots)):
            self.levels |= dict.fromkeys(tables, level)
        self.foreign_table = rng.choice(self.of(OTHER))
        self.levels[self.foreign_table] = 0
        self.data = [*mine, MIXED]

    def of(self, owner: int) -> list[int]:
        """The frames of an owner."""
        return [FIRST + at for at, one in enumerate(self.owners) if one == owner]

    def asking(self) -> int:
        return ME

    def owner(self, ppn: int) -> int:
        return self.owners[ppn - FIRST] if 0 <= ppn - FIRST < COUNT else MONITOR

    def kind(self, ppn: int) -> Kind:
        return Kind.TABLE if ppn in self.levels else Kind.DATA

    def level(self, ppn: int) -> int:
        return self.levels.get(ppn, -1)


class Board:
    """A machine whose RAM holds the guest's page tables."""

    def __init__(self, owners: Owners) -> None:
        self.machine = Machine(Platform(8 * MIB))
        self._owners = owners
        self._engine = Reference(self.machine)
        for name, value in (("pmpaddr0", (1 << 54) - 1), ("pmpcfg0", 0x1F)):
            self._engine.write_csr(CSRS[name].number, value)
        for space in range(SPACES):
            middle, leaf = owners.middles[space], owners.leaves[space]
            self.write(slot_of(owners.roots[space], 0), entry(middle, V))
            self.write(slot_of(middle, USER_BASE >> PAGE_BITS + INDEX_BITS), entry(leaf, V))
        self.enter(0)

    def write(self, spa: int, value: int) -> None:
        """An entry's content. Raises `BadInput` where no RAM is."""
        offset = spa - memmap.RAM
        if spa % 8 or not 0 <= offset < COUNT << PAGE_BITS:
            raise BadInput(f"expected the spa of an entry in RAM, found {spa:#x}")
        self.machine.arena.ram8[offset >> 3] = value

    def read(self, spa: int) -> int:
        return self.machine.arena.ram8[(spa - memmap.RAM) >> 3]

    def enter(self, space: int) -> None:
        """The hart's satp names the root of a space."""
        root = self._owners.roots[space]
        satp = BY_NAME["sv39"].number << SATP["MODE"].low | root << SATP["PPN"].low
        self._engine.write_csr(CSRS["satp"].number, satp)
        self._engine.forget()

    def sees(self, mode: Mode) -> dict[tuple[int, Access], int | None]:
        """Where each access to each user page leads in a mode (None: a fault)."""
        self.machine.hart.set_word(MODE.name, mode)
        found: dict[tuple[int, Access], int | None] = {}
        for page in range(PAGES):
            va = USER_BASE + (page << PAGE_BITS)
            for access in ACCESSES:
                found[va, access] = self._engine.peek(va, access)
        return found

    def leak(self) -> tuple[str, int] | None:
        """How the guest can reach what it must not, and which frame: as a hart walks, from the
        roots. None if it cannot."""
        for root in self._owners.roots:
            found = self._leak(root, ROOT)
            if found is not None:
                return found
        return None

    def _leak(self, table: int, level: int) -> tuple[str, int] | None:
        at = (table - FIRST) << (PAGE_BITS - 3)
        entries = self.machine.arena.ram8[at : at + SUPERPAGE]
        for pte in entries:
            if pte & V and (found := self._entry_leak(pte, level)) is not None:
                return found
        return None

    def _entry_leak(self, pte: int, level: int) -> tuple[str, int] | None:
        owners, ppn = self._owners, PPN.of(pte)
        if not pte & (R | W | X):
            if level == 0:
                return None  # the hart faults
            if owners.owner(ppn) != ME:
                return "foreign", ppn
            if owners.level(ppn) != level - 1:
                return "pointer", ppn
            return self._leak(ppn, level - 1)
        size = 1 << INDEX_BITS * level
        if ppn % size or (pte & W and not pte & R):
            return None  # misaligned, or reserved: the hart faults
        for frame in range(ppn, ppn + size):
            if owners.owner(frame) != ME:
                return ("superpage" if level else "foreign"), frame
        tables = (one for one in owners.levels if pte & W and ppn <= one < ppn + size)
        if (table := min(tables, default=None)) is not None:
            return "writable", table
        return None


@dataclass(frozen=True, slots=True)
class Edit:
    """The kernel stores into an entry."""

    slot: int
    val: int


Deed = Edit | Event


def kernel(rng: random.Random, owners: Owners, bursts: int = 24) -> Iterator[Deed]:
    """What a kernel does: bursts of edits, each followed by an event; and one burst that is longer
    than a hypercall may be."""
    long_one = rng.randrange(bursts)
    events = list(Event) * (bursts // len(Event))
    rng.shuffle(events)
    for burst, event in enumerate(events):
        edits = 2 * 2048 + rng.randrange(100, 400) if burst == long_one else rng.randrange(4, 24)
        for _ in range(0 if burst % 7 == 6 else edits):
            yield edit(rng, owners, rng.randrange(SPACES))
        yield event
    yield Event.TO_USER


def edit(rng: random.Random, owners: Owners, space: int) -> Edit:
    """A store that a kernel may well want: a page comes, goes, or gets other rights."""
    slot = slot_of(owners.leaves[space], rng.randrange(PAGES))
    if rng.random() < 0.25:
        return Edit(slot, 0)
    rights = rng.choice((R, R | W, R | X, R | W | X)) | (U if rng.random() < 0.8 else 0)
    return Edit(slot, entry(rng.choice(owners.data), V | AD | rights))


def attempts(rng: random.Random, owners: Owners, number: int) -> Iterator[Update]:
    """Updates that a guest asks for, fair ones and attacks."""
    tables = [*owners.leaves, *owners.middles, *owners.roots]
    foreign, mine = owners.of(OTHER), owners.data
    for at in range(number):
        which = at % 10
        leaf = slot_of(rng.choice(owners.leaves), rng.randrange(PAGES, SUPERPAGE))
        middle = slot_of(rng.choice(owners.middles), rng.randrange(8, SUPERPAGE))
        flags = V | AD | U | R
        if which in {0, 1}:
            made = edit(rng, owners, rng.randrange(SPACES))
            yield Update(made.slot, made.val)  # type: ignore[arg-type]  # an spa
            continue
        slot, val = {
            2: (leaf, entry(rng.choice((rng.choice(foreign), mine[0] | HIGHEST)),
                        flags | (rng.choice((0, W, X)) if at > 10 else 0))),
            3: (leaf, entry(rng.choice(tables), flags | W)),
            4: (leaf, entry(rng.choice(tables), flags)),  # to read a table is no harm
            5: (middle, entry((MIXED, ALMOST, WHOLE)[at // 10 % 3], flags | rng.choice((0, W)))),
            6: (middle, entry(rng.choice(mine), V)),
            7: (middle, entry(rng.choice(owners.leaves), V)),  # a second use of a table: fair
            8: (slot_of(rng.choice(owners.roots), rng.randrange(2, 200)),
                entry(rng.choice((*owners.leaves, *foreign, FIRST)), V)),
            9: (slot_of(rng.choice((owners.foreign_table, rng.choice(foreign))),
                        rng.randrange(SUPERPAGE)), entry(rng.choice(mine), flags)),
        }[which]  # fmt: skip
        yield Update(slot, val)  # type: ignore[arg-type]  # an spa
