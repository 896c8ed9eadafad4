"""Event records in bulk: what an engine wrote while it ran, looked at when somebody asks.

A record is nine 64-bit words: what it is, instructions retired before it, and up to seven
arguments, as the description's `note` gives them. Making an object of each would cost more than
running the guest, so a batch stays an array until its events are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vmlab.core.events import Access, Event, EventKind, PteRead, Stage, TrapReturn, TrapTaken, Walk
from vmlab.core.modes import split_actor
from vmlab.core.units import PAGE_BITS, PAGE_OFFSET
from vmlab.derive.t1.layout import RECORD_WORDS
from vmlab.derive.t1.notes import Kind
from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import INDEX_BITS

__all__ = ["RECORD_WORDS", "WANTED_BY", "Batch", "Kind"]

WANTED_BY: Final = {
    Kind.TRAP: EventKind.TRAP,
    Kind.XRET: EventKind.TRAP_RETURN,
    Kind.WALK: EventKind.WALK,
    Kind.PTE: EventKind.WALK,
}
"""Which subscription a record is for. The reads of a walk come before it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records in the order of the run, shape (n, RECORD_WORDS)."""

    records: npt.NDArray[np.uint64]

    def of(self, kinds: EventKind) -> Batch:
        """Those of certain kinds."""
        wanted = [kind.value for kind, by in WANTED_BY.items() if by & kinds]
        return Batch(self.records[np.isin(self.records[:, 0], wanted)])

    def events(self) -> Iterator[Event]:
        """The events, made now."""
        reads: list[PteRead] = []
        for kind, count, *args in self.records.tolist():
            if kind == Kind.PTE:
                reads.append(pte_read(*args[:6]))
            elif kind == Kind.WALK:
                yield walk(count, tuple(reads), *args)
                reads.clear()
            elif kind == Kind.TRAP:
                yield trap_taken(count, *args)
            else:
                yield trap_return(count, *args[:3])


# What the description's notes mean; engines that make one event at a time use these, too ---------


def trap_taken(
    count: int,
    from_actor: int,
    to_actor: int,
    cause: int,
    epc: int,
    tval: int,
    tval2: int,
    tinst: int,
) -> TrapTaken:
    """`note("trap", ...)`."""
    (from_mode, from_virtual), (to_mode, to_virtual) = map(split_actor, (from_actor, to_actor))
    interrupt, code = bool(cause & INTERRUPT_BIT), cause & ~INTERRUPT_BIT
    return TrapTaken(
        count,
        from_mode,
        to_mode,
        code,
        interrupt,
        epc,
        tval,
        from_virtual,
        to_virtual,
        tval2,
        tinst,
    )


def trap_return(count: int, from_actor: int, to_actor: int, pc: int) -> TrapReturn:
    """`note("xret", ...)`."""
    (from_mode, from_virtual), (to_mode, to_virtual) = map(split_actor, (from_actor, to_actor))
    return TrapReturn(count, from_mode, to_mode, pc, from_virtual, to_virtual)


def pte_read(level: int, address: int, pte: int, stage: int, entry: int, of: int) -> PteRead:
    """`note("pte", ...)`."""
    return PteRead(level, address, pte, Stage(stage), entry, of)


def walk(
    count: int,
    reads: tuple[PteRead, ...],
    va: int,
    access: int,
    actor: int,
    root: int,
    cause: int,
    found: int,
    shape: int,
) -> Walk:
    """`note("walk", ...)`: `found` is the physical page or, after a fault, the guest-physical
    address that the G-stage refused; `shape` the levels of both stages and where it failed."""
    mode, virtual = split_actor(actor)
    levels, guest_levels, stage = shape & 7, shape >> 3 & 7, Stage(shape >> 6)
    pa = None if cause else found | (va & PAGE_OFFSET)
    gpa = None
    if virtual:
        gpa = found if stage is Stage.G else None if cause else _guest_physical(va, reads)
    return Walk(
        count, va, Access(access), mode, root, reads, pa, cause or None, levels, virtual,
        guest_levels, stage, gpa,
    )  # fmt: skip


def _guest_physical(va: int, reads: tuple[PteRead, ...]) -> int:
    """What the VS-stage made of an address that it allowed."""
    leaf = next((read for read in reversed(reads) if read.stage is Stage.VS), None)
    if leaf is None:
        return va
    inside = (1 << PAGE_BITS + INDEX_BITS * leaf.level) - 1
    return (PTE["PPN"].of(leaf.pte) << PAGE_BITS & ~inside) | (va & inside)
