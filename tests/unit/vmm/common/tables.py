"""A guest with page tables that a test writes, and the plain list of what they say.

The list is the oracle: it knows no walk, only which page was mapped where and how.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.unit.vmm.guests import guest
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import PTE, SATP
from vmlab.isa.state import MODE
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.machine import memmap
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.subject import Monitored, admitted
from vmlab.vmm.common.vm import guest_platform
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate

RAM_BYTES: Final = 4 * MIB
LEVELS: Final = 3
SV39: Final = 8
SPARE: Final = 64
"""Pages at the end of the guest's RAM for its tables."""
FIRST_TABLE: Final = memmap.RAM + RAM_BYTES - SPARE * PAGE_SIZE_BYTES


def placed(scheme: str = "lazy", ram_bytes: int = RAM_BYTES) -> Monitored:
    """A guest that has done nothing yet."""
    monitor = TrapAndEmulate(Host(ram_for(1, ram_bytes), "t0"), scheme)
    return admitted(monitor, guest_platform(ram_bytes), guest("1: j 1b"))


@dataclass
class Tables:
    """Sv39 tables of one guest, written as its kernel would."""

    subject: Monitored
    asid: int = 0
    root: int = 0
    leaves: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """By the first virtual page of each leaf: (guest-physical page, bits, level)."""
    _next: int = FIRST_TABLE

    def __post_init__(self) -> None:
        self.root = self._page()

    def _page(self) -> int:
        page, self._next = self._next, self._next + PAGE_SIZE_BYTES
        assert self._next <= memmap.RAM + RAM_BYTES
        return page

    def _write(self, entry: int, pte: int) -> None:
        self.subject.machine.arena.ram8[entry - memmap.RAM >> 3] = pte

    def _read(self, entry: int) -> int:
        return int.from_bytes(self.subject.machine.read(entry, 8), "little")

    def entry(self, va: int, level: int) -> int:
        """The address of the entry of this level; tables above it are made if need be."""
        table = self.root
        for above in range(LEVELS - 1, level, -1):
            at = self._index(table, va, above)
            if not self._read(at):
                self._write(at, self._page() >> 2 | PTE.mask("V"))
            table = self._read(at) >> PTE["PPN"].low << PAGE_BITS
        return self._index(table, va, level)

    def _index(self, table: int, va: int, level: int) -> int:
        return table + 8 * (va >> PAGE_BITS + INDEX_BITS * level & (1 << INDEX_BITS) - 1)

    def map(self, va: int, gpa: int, bits: int, level: int = 0) -> None:
        """A leaf. The caller sees to it that no other leaf covers the address."""
        self._write(self.entry(va, level), gpa >> 2 | bits)
        self.leaves[va >> PAGE_BITS] = (gpa >> PAGE_BITS, bits, level)

    @property
    def satp(self) -> int:
        mode, asid = SV39 << SATP["MODE"].low, self.asid << SATP["ASID"].low
        return mode | asid | self.root >> PAGE_BITS

    def use(self, mode: Mode, *, sum_: bool = False, mxr: bool = False) -> None:
        """Let the guest stand in this mode behind these tables."""
        hart = self.subject.hart
        hart.csr_write("satp", self.satp)
        status = STATUS.mask("SUM") * sum_ | STATUS.mask("MXR") * mxr
        kept = hart.csr_read("mstatus") & ~STATUS.mask("SUM", "MXR")
        hart.csr_write("mstatus", kept | status)
        hart.words[MODE.slot] = mode

    # The oracle ----------------------------------------------------------------------------------

    def find(self, va: int) -> tuple[int, int, int] | None:
        """What the list says of an address: (guest-physical page, bits, level)."""
        for first, (page, bits, level) in self.leaves.items():
            size = 1 << INDEX_BITS * level
            inside = (va >> PAGE_BITS) - first
            if 0 <= inside < size and bits & PTE.mask("V"):
                return page + inside, bits, level
        return None

    def rights(self, bits: int, mode: Mode, sum_: bool, mxr: bool) -> set[Access]:
        """What a leaf with these bits allows (privileged manual, 12.3.1)."""
        user = bool(bits & PTE.mask("U"))
        data = user if mode is Mode.U else not user or sum_
        fetch = user == (mode is Mode.U)
        return {
            access
            for access, may in (
                (Access.FETCH, fetch and bits & PTE.mask("X")),
                (Access.LOAD, data and bits & (PTE.mask("R", "X") if mxr else PTE.mask("R"))),
                (Access.STORE, data and bits & PTE.mask("W")),
            )
            if may
        }
