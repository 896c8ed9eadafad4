"""What a hart does that carries a guest, told as the guest's own hart would tell it.

A bare machine, and a program that carries every instruction out, tell it so already. Under a
monitor that lets the guest run on the real hart there are two sources:

    the real hart      instructions that it retires; its own traps and walks, where the hardware
                       keeps them for the guest (V = 1): counts and modes become the guest's
    the virtual hart   what the monitor does for the guest: traps it delivers, walks of the guest's
                       tables, device accesses, instructions that it carries out

The real hart says of an instruction that it begins, before it knows whether that ends in an exit.
So one is held back until something shows that it was the guest's, and not to be begun again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from vmlab.core.errors import BrokenInvariant
from vmlab.core.events import (
    Event,
    EventKind,
    PteRead,
    Retired,
    Stage,
    TrapReturn,
    TrapTaken,
    Walk,
)
from vmlab.core.modes import VIRTUAL_ACTOR, Mode
from vmlab.engine.api import Listeners
from vmlab.machine import memmap
from vmlab.trace.batch import Batch, Kind
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.subject import Carried, Monitored

_BANDS: Final = EventKind.TRAP | EventKind.TRAP_RETURN
"""What `whoran` hears of the real hart, always."""
_MODE_BITS: Final = np.uint64(VIRTUAL_ACTOR - 1)
_G: Final = np.uint64(Stage.G)
_SHAPE_OF_ONE: Final = np.uint64(7)


class GuestEvents:
    """From a guest's sources to `listeners`."""

    def __init__(self, subject: Carried) -> None:
        self.listeners = Listeners()
        self._held: Retired | None = None
        self._under = subject if isinstance(subject, Monitored) else None
        monitor = self._under.monitor if self._under else None
        self._monitor = monitor if isinstance(monitor, DirectMonitor) else None
        self._subject = subject
        real = subject.listeners
        if self._monitor is None:
            real.emit, real.batch = self._as_told, self._many_as_told
        else:
            real.emit, real.batch = self._from_real, self._many_from_real
            subject.hart.listeners.emit = self._from_virtual

    def begin(self) -> None:
        """A run begins: let the sources know what is wanted."""
        wanted, real = self.listeners.kinds, self._subject.listeners
        if self._monitor is None:
            real.kinds = wanted | _BANDS
            return
        walks = EventKind.WALK if self._monitor.hart_walks_guest else EventKind(0)
        real.kinds = wanted & (walks | EventKind.RETIRE) | _BANDS
        # Where the hart walks the guest's tables, what the monitor looks up there is no walk of it.
        self._subject.hart.listeners.kinds = wanted & ~walks

    def end(self) -> None:
        """A run has ended: what is held has retired, or will begin again."""
        if self._held is not None and self._held.count < self._subject.hart.retired:
            self._let_go()
        self._held = None

    # A source that tells it as the guest would ---------------------------------------------------

    def _as_told(self, event: Event) -> None:
        self.listeners.emit(event)

    def _many_as_told(self, batch: Batch) -> None:
        self.listeners.batch(batch)

    # The virtual hart ----------------------------------------------------------------------------

    def _from_virtual(self, event: Event) -> None:
        held = self._held
        if held is not None and isinstance(event, Retired | TrapTaken):
            if isinstance(event, Retired) and held.count == event.count:
                self._held = None  # the monitor carries it out instead
            else:
                self._let_go()
        self.listeners.emit(event)

    # The real hart -------------------------------------------------------------------------------

    def _from_real(self, event: Event) -> None:
        monitor, under = self._monitor, self._under
        assert monitor is not None and under is not None
        if isinstance(event, Retired):
            count = event.count + monitor.ahead(under.vm)
            if self._held is not None and self._held.count < count:
                self._let_go()
            mode = monitor.guest_mode(under.vm)
            self._held = replace(event, count=count, mode=mode, virtual=False)
            return
        if not monitor.hart_traps_guest:
            return
        if isinstance(event, TrapTaken | TrapReturn):
            self._let_go()
        found = self._as_guest(event)
        if found is not None:
            self.listeners.emit(found)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self.listeners.emit(held)

    def _as_guest(self, event: Event) -> Event | None:
        """An event of the real hart with V = 1, as the guest's own hart would tell it; None if that
        knows nothing of it."""
        monitor, under = self._monitor, self._under
        assert monitor is not None and under is not None
        ahead = monitor.ahead(under.vm)
        if isinstance(event, TrapTaken | TrapReturn):
            if event.to_mode is Mode.M:
                raise BrokenInvariant("expected no trap of the guest's to go to M, found one")
            return replace(event, count=event.count + ahead, from_virtual=False, to_virtual=False)
        if isinstance(event, Walk):
            if event.stage is Stage.G:
                return None
            reads = tuple(
                PteRead(read.level, read.entry or 0, read.pte, Stage.ONE, read.entry, read.of)
                for read in event.reads
                if read.stage is Stage.VS
            )
            pa = None if event.pa is None else event.gpa
            return Walk(
                event.count + ahead, event.va, event.access, event.mode, event.root, reads, pa,
                event.fault, event.levels,
            )  # fmt: skip
        return None

    def _many_from_real(self, batch: Batch) -> None:
        """The same for many records at once."""
        monitor, under = self._monitor, self._under
        assert monitor is not None and under is not None
        if not monitor.hart_traps_guest:
            return
        records = batch.records
        kinds = records[:, 0]
        is_walk, is_read = kinds == Kind.WALK, kinds == Kind.PTE
        # The reads of a walk come before it: what the G-stage refused goes with them.
        refused = is_walk & (records[:, 8] >> np.uint64(6) == _G)
        walk_of = np.searchsorted(np.flatnonzero(is_walk), np.arange(len(records)))
        gone = np.append(refused[is_walk], False)[walk_of]
        other_stage = is_read & (records[:, 5] == _G)
        found = records[~(((is_walk | is_read) & gone) | other_stage)].copy()
        found[:, 1] += np.uint64(monitor.ahead(under.vm) & (1 << 64) - 1)
        kinds = found[:, 0]
        jump = (kinds == Kind.TRAP) | (kinds == Kind.XRET)
        found[jump, 2:4] &= _MODE_BITS
        reads = kinds == Kind.PTE
        found[reads, 3] = found[reads, 6]
        found[reads, 5] = np.uint64(Stage.ONE)
        walks = kinds == Kind.WALK
        found[walks, 4] &= _MODE_BITS
        found[walks, 8] &= _SHAPE_OF_ONE
        ended_well = walks & (found[:, 6] == 0)
        found[ended_well, 7] -= np.uint64(under.vm.ram_at - memmap.RAM)
        if len(found):
            self.listeners.batch(Batch(found))
