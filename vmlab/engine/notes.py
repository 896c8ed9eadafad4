"""The kernels' notes made into event records, for as long as somebody listens."""

from __future__ import annotations

from vmlab.core.events import EventKind, PteRead
from vmlab.engine.api import Listeners
from vmlab.isa.state import RETIRED
from vmlab.trace import batch

_RETIRED = RETIRED.slot


class Notes:
    """Receives what the printed `note`s say; the count comes from the arena, and what each
    argument means stands in `trace.batch`."""

    def __init__(self, words: memoryview, listeners: Listeners) -> None:
        self._words = words
        self._listeners = listeners
        self._reads: list[PteRead] = []

    def trap(self, *args: int) -> None:
        if self._listeners.kinds & EventKind.TRAP:
            self._listeners.emit(batch.trap_taken(self._words[_RETIRED], *args))

    def xret(self, *args: int) -> None:
        if self._listeners.kinds & EventKind.TRAP_RETURN:
            self._listeners.emit(batch.trap_return(self._words[_RETIRED], *args))

    def pte(self, *args: int) -> None:
        if self._listeners.kinds & EventKind.WALK:
            self._reads.append(batch.pte_read(*args))

    def walk(self, *args: int) -> None:
        if self._listeners.kinds & EventKind.WALK:
            reads, self._reads = tuple(self._reads), []
            self._listeners.emit(batch.walk(self._words[_RETIRED], reads, *args))
