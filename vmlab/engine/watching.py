"""Watchpoints of T0: which pages have them, and what the running instruction has met.

A watched page has no direct map for the accesses that count, so blocks ask for each of those
(`engine.primitives`); every other page is as fast as ever. Nothing here is asked while there are
no watchpoints.
"""

from __future__ import annotations

from vmlab.core.bits import MASK64
from vmlab.core.events import Access
from vmlab.core.units import PAGE_BITS
from vmlab.engine.api import Watch, WatchHit


class Watching:
    """The watchpoints of a run, and the hit of its last instruction."""

    def __init__(self) -> None:
        self.watches: tuple[Watch, ...] = ()
        self.hit: WatchHit | None = None

    def maps(self, va: int, access: int) -> bool:
        """True if such accesses to the page of this address need not be looked at."""
        page = va >> PAGE_BITS
        return not any(
            watch.accesses >> access & 1
            and watch.first >> PAGE_BITS <= page <= watch.last >> PAGE_BITS
            for watch in self.watches
        )

    def met(self, va: int, size_bytes: int, access: int) -> Watch | None:
        """The first watchpoint that an access meets; it may run over the end of all addresses."""
        for watch in self.watches:
            if watch.accesses >> access & 1 and (
                (va - watch.first) & MASK64 <= watch.last - watch.first
                or (watch.first - va) & MASK64 < size_bytes
            ):
                return watch
        return None

    def note(self, va: int, size_bytes: int, access: Access, pc: int) -> bool:
        """The instruction at pc has made this access; True if it met a watchpoint. The second half
        of an atomic operation, its store, tells more than the first."""
        watch = self.met(va, size_bytes, access)
        if watch is not None:
            self.hit = WatchHit(watch, va, size_bytes, access, pc)
        return watch is not None
