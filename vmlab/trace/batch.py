"""Event records in bulk: what an engine wrote while it ran, looked at when somebody asks.

A record is nine 64-bit words: what it is, instructions retired before it, and up to seven
arguments, as the description's `note` gives them. Making an object of each would cost more than
running the guest, so a batch stays an array until its events are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from vmlab.core.events import Access, Event, EventKind, PteRead, TrapReturn, TrapTaken, Walk
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_OFFSET
from vmlab.isa.causes import INTERRUPT_BIT

RECORD_WORDS: Final = 9


class Kind(IntEnum):
    """What a record is; the arguments that follow are those of the note of that name."""

    TRAP = 1
    XRET = 2
    WALK = 3
    PTE = 4


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

    def events(self) -> Iterator[Event]:
        """The events, made now."""
        reads: list[PteRead] = []
        for kind, count, *args in self.records.tolist():
            if kind == Kind.PTE:
                reads.append(PteRead(*args[:3]))
            elif kind == Kind.WALK:
                yield _walk(count, tuple(reads), *args)
                reads.clear()
            elif kind == Kind.TRAP:
                yield _trap(count, *args[:5])
            else:
                from_mode, to_mode, pc = args[:3]
                yield TrapReturn(count, Mode(from_mode), Mode(to_mode), pc)


def _trap(count: int, from_mode: int, to_mode: int, cause: int, epc: int, tval: int) -> TrapTaken:
    interrupt = bool(cause & INTERRUPT_BIT)
    code = cause & ~INTERRUPT_BIT
    return TrapTaken(count, Mode(from_mode), Mode(to_mode), code, interrupt, epc, tval)


def _walk(
    count: int,
    reads: tuple[PteRead, ...],
    va: int,
    access: int,
    mode: int,
    root: int,
    cause: int,
    page: int,
    levels: int,
) -> Walk:
    pa = None if cause else page | (va & PAGE_OFFSET)
    return Walk(count, va, Access(access), Mode(mode), root, reads, pa, cause or None, levels)
