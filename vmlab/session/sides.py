"""Reading what is real: the monitor's side of a guest, for a snapshot. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from vmlab.core.modes import Mode, mode_name
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.csrs import CSRS, Csr
from vmlab.isa.extensions import extensions_of
from vmlab.isa.state import FIELDS
from vmlab.machine import memmap
from vmlab.session.frames import FrameRun, Use, Uses, runs
from vmlab.session.tables import Of, Tree
from vmlab.session.virtual import (
    BUCKETS,
    SHOWN_BANDS,
    SHOWN_LEAVES,
    Beside,
    Owned,
    VirtualSide,
    Whose,
)
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.frames import FREE, MONITOR
from vmlab.vmm.common.lending import MOVED
from vmlab.vmm.common.subject import Carried, Monitored
from vmlab.vmm.common.tables import NO_TABLES
from vmlab.vmm.common.whoran import WhoRan
from vmlab.vmm.techniques import Technique

_OF_HYPERVISOR: Final = ("hgatp", "hstatus", "hedeleg", "hideleg", "hvip", "htimedelta")
"""What only a monitor with V = 1 beneath it has."""
_S_CSRS: Final = tuple(
    csr for csr in CSRS.values() if csr.lowest_mode is Mode.S and csr.name.startswith("s")
)


class MemoryMap:
    """Whose real memory is, made anew only when that has changed."""

    def __init__(self, subject: Carried) -> None:
        self._subject = subject
        self._owner: npt.NDArray[np.int16] | None = None
        self._runs: tuple[Owned, ...] = ()
        self._places: npt.NDArray[np.int64] | None = None
        """The real address of each of the guest's pages."""

    def frames(self, guest: Uses, trees: tuple[Tree, ...]) -> tuple[FrameRun, ...]:
        """The same page by page, with what the guest uses its own for."""
        if not isinstance(self._subject, Monitored):
            return runs(guest)
        vm, owner = self._subject.vm, self._subject.monitor.host.frames.owner
        uses = np.full(len(owner), Use.OTHER, np.int8)
        uses[owner == FREE], uses[owner == MONITOR] = Use.FREE, Use.MONITOR
        if self._places is None:
            pages = range(memmap.RAM, memmap.RAM + (len(guest) << PAGE_BITS), PAGE_SIZE_BYTES)
            found = (vm.spa(page) for page in pages)
            self._places = np.array([-1 if spa is None else spa for spa in found])
        uses[self._places - memmap.RAM >> PAGE_BITS] = guest
        for tree in trees:
            if tree.of in (Of.SHADOW, Of.GSTAGE):
                for spa in tree.tables():
                    uses[spa - memmap.RAM >> PAGE_BITS] = Use.MONITOR_TABLES
        return runs(uses)

    def runs(self) -> tuple[Owned, ...]:
        """Real memory by address."""
        if not isinstance(self._subject, Monitored):
            ram = self._subject.machine.platform.ram_bytes
            return (Owned(memmap.RAM, memmap.RAM + ram - 1, "guest 0"),)
        owner = self._subject.monitor.host.frames.owner
        if self._owner is None or not np.array_equal(owner, self._owner):
            self._owner, self._runs = owner.copy(), tuple(_runs(owner))
        return self._runs


def side(technique: Technique, subject: Carried, who_ran: WhoRan, memory: MemoryMap) -> VirtualSide:
    """All of it. The guest's words are up to date."""
    counters = subject.counters
    believed = subject.hart.mode
    monitored = subject if isinstance(subject, Monitored) else None
    monitor = None if monitored is None else monitored.monitor
    real = mode_name(believed) if monitor is None else monitor.real_mode(believed)
    return VirtualSide(
        technique=technique.name,
        title=technique.title,
        owner_mode=mode_name(Mode.M) if monitor is None else monitor.owner_mode,
        believed_mode=mode_name(believed),
        real_mode=real,
        bands=who_ran.last(SHOWN_BANDS),
        overview=who_ran.overview(BUCKETS),
        exits={reason.value: counters.exits[reason] for reason in Reason},
        counters=counters.rows(),
        beside=tuple(beside(subject)),
        tables=(
            NO_TABLES if monitored is None else monitored.monitor.mapped(monitored.vm, SHOWN_LEAVES)
        ),
        hidden_faults=counters.exits[Reason.HIDDEN_FAULT],
        true_faults=counters.true_faults,
        memory=memory.runs(),
    )


def beside(subject: Carried) -> Iterator[Beside]:
    """The guest's CSRs of S, each beside the real one."""
    have = extensions_of(subject.machine.platform.isa)
    own = [csr for csr in _S_CSRS if csr.extension is None or csr.extension in have]
    if not isinstance(subject, Monitored):
        for csr in own:
            value = subject.hart.csr_read(csr.name)
            yield Beside(csr.name, value, csr.name, value, Whose.GUEST)
        return
    monitor = subject.monitor
    direct = monitor if isinstance(monitor, DirectMonitor) else None
    real = monitor.host.hart
    for csr in own:
        believed = subject.hart.csr_read(csr.name)
        if direct is None:
            yield Beside(csr.name, believed, "", None, Whose.NOBODY)
            continue
        name = _real_name(csr, direct)
        whose = Whose.GUEST if _is_lent(name, direct) else Whose.MONITOR
        yield Beside(csr.name, believed, name, real.csr_read(name), whose)
    if direct is not None and _is_two_stage(direct):
        for name in _OF_HYPERVISOR:
            yield Beside(name, None, name, real.csr_read(name), Whose.MONITOR)


def _is_two_stage(monitor: DirectMonitor) -> bool:
    return "vsatp" in monitor.lends


def _real_name(csr: Csr, monitor: DirectMonitor) -> str:
    """With V = 1 the name of a CSR of S's reaches another."""
    return csr.virtual if _is_two_stage(monitor) and csr.virtual else csr.name


def _is_lent(name: str, monitor: DirectMonitor) -> bool:
    """A register that is part of a word (sie of mie) goes with that of VS."""
    if name in MOVED:
        return False
    return name in monitor.lends or (_is_two_stage(monitor) and name not in FIELDS)


def _runs(owner: npt.NDArray[np.int16]) -> Iterator[Owned]:
    """Neighbouring pages of one owner as one."""
    edges = np.flatnonzero(np.diff(owner)) + 1
    names = {MONITOR: "monitor", FREE: "free"}
    firsts, ends = [0, *edges.tolist()], [*edges.tolist(), len(owner)]
    for first, end in zip(firsts, ends, strict=True):
        number = int(owner[first])
        yield Owned(
            memmap.RAM + (first << PAGE_BITS),
            memmap.RAM + (end << PAGE_BITS) - 1,
            names.get(number, f"guest {number}"),
        )
