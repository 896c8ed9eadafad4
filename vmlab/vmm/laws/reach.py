"""What the real hart can reach now: through the tables that it walks, and through its TLB.

Whatever a technique does, the hart's own words decide. With V = 0 the tables are satp's; with
V = 1 hgatp's, behind which the guest may have any of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vmlab.core.modes import VIRTUAL_ACTOR
from vmlab.core.units import PAGE_BITS
from vmlab.isa.layouts import HGATP as HGATP_LAYOUT
from vmlab.isa.layouts import PTE
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import (
    HGATP,
    SATP,
    TLB_CONTEXT,
    TLB_EPOCH,
    TLB_KEY,
    TLB_PAGE,
    VIRTUAL,
)
from vmlab.isa.system.tlb import ASID_AT, EPOCH_AT
from vmlab.isa.system.walk import FORMATS, INDEX_BITS, WIDER_BITS
from vmlab.machine import memmap
from vmlab.machine.platform import Machine

Words = NDArray[np.uint64]
_LEVELS: Final = {fmt.number: fmt.levels for fmt in FORMATS}
_LEAF: Final = np.uint64(PTE.mask("R", "X"))
_V: Final = np.uint64(PTE.mask("V"))
_W: Final = PTE.mask("W")
_PPN_AT: Final = np.uint64(PTE["PPN"].low)
_PPN: Final = np.uint64(PTE["PPN"].mask >> PTE["PPN"].low)
_ASIDS: Final = SATP_LAYOUT["ASID"].mask >> SATP_LAYOUT["ASID"].low


@dataclass(slots=True)
class Reach:
    """Pages are numbers from the start of RAM, and may lie outside it."""

    translated: bool
    """False if virtual addresses are physical: then nothing bounds the hart but protection."""
    tables: set[int] = field(default_factory=set)
    """Pages that the hart reads tables from."""
    leaves: list[tuple[int, int, bool]] = field(default_factory=list)
    """(first page, pages, whether it may be written) of each leaf."""


def arena_words(machine: Machine) -> Words:
    """The hart's words, as one array over the same bytes."""
    return np.frombuffer(machine.arena.hart, np.uint64)


def reach(machine: Machine) -> Reach:
    """Through the tables of the real hart as it stands."""
    words = machine.arena.words
    virtual = bool(words[VIRTUAL.slot])
    atp = words[HGATP.slot] if virtual else words[SATP.slot]
    layout = HGATP_LAYOUT if virtual else SATP_LAYOUT
    mode = atp >> layout["MODE"].low
    if mode not in _LEVELS:
        return Reach(False)
    found = Reach(True)
    first = (atp & layout["PPN"].mask) - (memmap.RAM >> PAGE_BITS)
    _table(machine, found, first, _LEVELS[mode] - 1, 1 << WIDER_BITS if virtual else 1)
    return found


def _table(machine: Machine, found: Reach, page: int, level: int, pages: int) -> None:
    """A table that begins at a page, and all below it."""
    for number in range(page, page + pages):
        if number in found.tables:
            continue
        found.tables.add(number)
        if not 0 <= number < machine.platform.ram_bytes >> PAGE_BITS:
            continue  # the hart's walk ends there, with a fault
        entries = np.frombuffer(machine.arena.ram_page(number), np.uint64)
        valid = entries[(entries & _V) != 0]
        for pte in valid:
            target = int(pte >> _PPN_AT & _PPN) - (memmap.RAM >> PAGE_BITS)
            if pte & _LEAF:
                found.leaves.append((target, 1 << INDEX_BITS * level, bool(int(pte) & _W)))
            elif level:
                _table(machine, found, target, level - 1, 1)


def tlb_pages(machine: Machine) -> NDArray[np.int64]:
    """Pages that the TLB lets the guest which runs now reach without a walk. An entry of another
    address space serves nobody before that space is used again."""
    words = arena_words(machine)
    contexts = words[TLB_CONTEXT.slot : TLB_CONTEXT.slot + TLB_CONTEXT.length]
    keys = words[TLB_KEY.slot : TLB_KEY.slot + TLB_KEY.length]
    pages = words[TLB_PAGE.slot : TLB_PAGE.slot + TLB_PAGE.length]
    epoch = words[TLB_EPOCH.slot]
    alive = (keys != 0) & (contexts >> np.uint64(EPOCH_AT) == epoch)
    virtual = (contexts & np.uint64(VIRTUAL_ACTOR)) != 0
    if words[VIRTUAL.slot]:
        alive &= virtual
    else:
        asid = int(words[SATP.slot]) >> SATP_LAYOUT["ASID"].low & _ASIDS
        alive &= ~virtual & (contexts >> np.uint64(ASID_AT) & np.uint64(_ASIDS) == np.uint64(asid))
    numbers: NDArray[np.int64] = (pages[alive] >> np.uint64(PAGE_BITS)).astype(np.int64)
    numbers -= memmap.RAM >> PAGE_BITS
    return numbers
