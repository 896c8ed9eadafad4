"""The kernels' notes made into event records, for as long as somebody listens."""

from __future__ import annotations

from vmlab.core.events import Access, EventKind, PteRead, TrapReturn, TrapTaken, Walk
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_OFFSET
from vmlab.engine.api import Listeners
from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.isa.state import RETIRED

_RETIRED = RETIRED.slot


class Notes:
    """Receives what the printed `note`s say; the count comes from the arena."""

    def __init__(self, words: memoryview, listeners: Listeners) -> None:
        self._words = words
        self._listeners = listeners
        self._reads: list[PteRead] = []

    def trap(self, from_mode: int, to_mode: int, cause: int, epc: int, tval: int) -> None:
        if self._listeners.kinds & EventKind.TRAP:
            interrupt = bool(cause & INTERRUPT_BIT)
            self._listeners.emit(
                TrapTaken(
                    self._words[_RETIRED],
                    Mode(from_mode),
                    Mode(to_mode),
                    cause & ~INTERRUPT_BIT,
                    interrupt,
                    epc,
                    tval,
                )
            )

    def xret(self, from_mode: int, to_mode: int, pc: int) -> None:
        if self._listeners.kinds & EventKind.TRAP_RETURN:
            self._listeners.emit(
                TrapReturn(self._words[_RETIRED], Mode(from_mode), Mode(to_mode), pc)
            )

    def pte(self, level: int, address: int, pte: int) -> None:
        if self._listeners.kinds & EventKind.WALK:
            self._reads.append(PteRead(level, address, pte))

    def walk(
        self, va: int, access: int, mode: int, root: int, cause: int, page: int, levels: int
    ) -> None:
        if not self._listeners.kinds & EventKind.WALK:
            return
        reads, self._reads = tuple(self._reads), []
        pa = None if cause else page | (va & PAGE_OFFSET)
        self._listeners.emit(
            Walk(
                self._words[_RETIRED],
                va,
                Access(access),
                Mode(mode),
                root,
                reads,
                pa,
                cause or None,
                levels,
            )
        )
