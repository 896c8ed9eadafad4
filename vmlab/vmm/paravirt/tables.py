"""Validation: which page-table entries a guest may have (Barham et al., SOSP 2003, 3.3.3).

A page becomes a table when all of its 512 entries have been checked, and stays one as long as it
is used; meanwhile each change of an entry is checked by itself. So the hart walks tables that the
guest has filled, and what it can reach through them is the guest's own.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from vmlab.core.units import PAGE_BITS, PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.machine import memmap
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.tables import Leaf, Scan, TableKind, TablePage, frame_of, rights, size_of
from vmlab.vmm.common.tables import Tables as Mapped
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.paravirt.abi import Error
from vmlab.vmm.paravirt.frametable import FIRST_FRAME, ROOT_LEVEL, FrameTable, Use

ENTRY_BYTES: Final = 8
_VALID: Final = PTE.mask("V")
_PPN: Final = PTE["PPN"]
_LEAF: Final = PTE.mask("R", "W", "X")
_RESERVED: Final = PTE.mask("RESERVED")
_NOT_IN_POINTERS: Final = PTE.mask("A", "D", "U")
_GLOBAL: Final = PTE.mask("G")
_READ: Final = PTE.mask("R")
_WRITE: Final = PTE.mask("W")
MOST_CHECKS: Final = 1 << 16
"""So many valid entries are checked for one hypercall: what is asked beyond is refused. Nobody else
has the hart meanwhile, and 2048 operations could each ask for a whole tree of tables."""
NO_LIMIT: Final = 1 << 62


class Refused(Exception):
    """The guest asked for what it may not have: it is told so, and nothing has changed."""

    def __init__(self, why: str, error: Error = Error.DENIED) -> None:
        super().__init__(why)
        self.error = error


class Tables:
    """The page tables of all guests of one host. `globals_allowed` is False where the guest's
    kernel runs in U: there a global entry of the kernel's would be seen by its user."""

    def __init__(self, host: Host, globals_allowed: bool) -> None:
        self._host = host
        self._forbidden = _RESERVED if globals_allowed else _RESERVED | _GLOBAL
        ram = np.frombuffer(host.machine.arena.ram, np.uint64)
        self._ram = ram.reshape(-1, PAGE_SIZE_BYTES // ENTRY_BYTES)
        self.frames = FrameTable(len(self._ram))
        self.written: set[int] = set()
        """Frames of tables that were written since the engine was told."""
        self.checks_left = NO_LIMIT
        """How many valid entries may still be checked for the hypercall that is carried out."""

    def _owned(self, owner: int, frame: int) -> int:
        """The frame, if it is this guest's."""
        if self._host.frames.owner_of(frame << PAGE_BITS) != owner:
            raise Refused(f"frame {frame:#x} is not the guest's")
        return frame

    # Uses ----------------------------------------------------------------------------------------

    def take(self, owner: int, frame: int, use: Use) -> None:
        """Use a frame as `use` once more: raises `Refused`."""
        frames, now = self.frames, self.frames.use(self._owned(owner, frame))
        if now is not use:
            if now is not Use.NONE:
                raise Refused(f"frame {frame:#x} is in use as {now.name}, not as {use.name}")
            if use is not Use.WRITABLE:
                self._make_table(owner, frame, use)
                return
        frames.add(frame, use)

    def _make_table(self, owner: int, frame: int, use: Use) -> None:
        """Check every entry of a page that is to be a table. It counts as one from the beginning:
        its own entries are not to map it for stores."""
        if self.frames.is_stale(frame):
            self.flush()
        self.frames.add(frame, use)
        done: list[int] = []
        try:
            for pte in self._valid_entries(frame):
                self._take_entry(owner, pte, use)
                done.append(pte)
        except Refused:
            for pte in done:
                self._give_entry(pte)
            self.frames.remove(frame)
            raise

    def give(self, frame: int) -> None:
        """One use of a frame fewer. A table's entries go with its last one."""
        table = self.frames.is_table(frame)
        if self.frames.remove(frame) and table:
            for pte in self._valid_entries(frame):
                self._give_entry(pte)

    def _valid_entries(self, frame: int) -> list[int]:
        entries = self._ram[frame - FIRST_FRAME]
        found: list[int] = entries[(entries & np.uint64(_VALID)) != 0].tolist()
        return found

    # Entries -------------------------------------------------------------------------------------

    def _take_entry(self, owner: int, pte: int, level: int) -> None:
        """Check an entry of a table of this level, and use what it names."""
        if not pte & _VALID:
            return
        if not self.checks_left:
            raise Refused("more entries to check than one hypercall may ask for", Error.INVALID)
        self.checks_left -= 1
        frame = _PPN.of(pte)
        if pte & self._forbidden:
            raise Refused(f"entry {pte:#x} has bits that no entry may have")
        if not pte & _LEAF:
            if level == 0 or pte & _NOT_IN_POINTERS:
                raise Refused(f"entry {pte:#x} names a table where none can be")
            self.take(owner, frame, Use(level - 1))
            return
        if level:
            raise Refused(f"entry {pte:#x} is a superpage: machine frames do not stand in a row")
        if pte & _WRITE:
            if not pte & _READ:
                raise Refused(f"entry {pte:#x} can be written and not read")
            self.take(owner, frame, Use.WRITABLE)
        else:
            self._owned(owner, frame)

    def _give_entry(self, pte: int) -> None:
        if pte & _VALID and (pte & _WRITE or not pte & _LEAF):
            self.give(_PPN.of(pte))

    # Operations ----------------------------------------------------------------------------------

    def entry(self, spa: int) -> int:
        """An entry of a table."""
        return self._host.read8(spa)

    def write(self, owner: int, spa: int, new: int) -> None:
        """Change an entry of a table of the guest's. Raises `Refused`."""
        frame = self._owned(owner, spa >> PAGE_BITS)
        if spa % ENTRY_BYTES or not self.frames.is_table(frame):
            raise Refused(f"{spa:#x} is no entry of a page table")
        old = self.entry(spa)
        self._take_entry(owner, new, self.frames.use(frame))
        self._host.write8(spa, new)
        self.written.add(frame)
        self._give_entry(old)

    def pin(self, owner: int, frame: int, level: int) -> None:
        """Hold a page as a table of this level, whether or not another names it."""
        if not 0 <= level <= ROOT_LEVEL:
            raise Refused(f"there is no table of level {level}", Error.INVALID)
        if self.frames.is_pinned(self._owned(owner, frame)):
            raise Refused(f"frame {frame:#x} is pinned already")
        self.take(owner, frame, Use(level))
        self.frames.set_pinned(frame, True)

    def unpin(self, owner: int, frame: int) -> None:
        """Hold it no more."""
        if not self.frames.is_pinned(self._owned(owner, frame)):
            raise Refused(f"frame {frame:#x} is not pinned")
        self.frames.set_pinned(frame, False)
        self.give(frame)

    def walk(self, root: int, va: int) -> int:
        """The place of the entry of level 0 for a virtual address, below a root. Raises
        `Refused` if there is no table for it."""
        table = root
        for level in range(ROOT_LEVEL, 0, -1):
            pte = self.entry(slot_of(table, va, level))
            if not pte & _VALID:
                raise Refused(f"nothing maps {va:#x}", Error.ADDRESS)
            table = _PPN.of(pte)
        return slot_of(table, va, 0)

    def mapped(self, vm: Vm, root: int, most: int) -> Mapped:
        """What a guest's tables map below a root, `most` leaves of it."""
        scan = Scan(self._host, most).table(root << PAGE_BITS, ROOT_LEVEL)
        leaves = tuple(
            Leaf(va, vm.gpa(frame_of(pte)), frame_of(pte), rights(pte), size_of(level))
            for va, pte, level in scan.found
        )
        frames = self.frames
        used = tuple(
            TablePage(
                frame << PAGE_BITS, frames.use(frame), frames.count(frame), frames.is_pinned(frame)
            )
            for frame in frames.tables(self._host.frames.owner == vm.number)
        )
        return Mapped(
            TableKind.VALIDATED, root << PAGE_BITS, len(used), 1, leaves, scan.count,
            ROOT_LEVEL + 1, used,
        )  # fmt: skip

    # The hart ------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Forget every translation."""
        self._host.flush_tlb()
        self.frames.flushed()

    def tell_engine(self) -> None:
        """Tables were written by the monitor: whatever the engine has made of those pages as code
        does not hold."""
        for frame in self.written:
            at = (frame << PAGE_BITS) - memmap.RAM
            self._host.engine.device_wrote(at, PAGE_SIZE_BYTES)
        self.written.clear()


def slot_of(table: int, va: int, level: int) -> int:
    """Where a table of this level has its entry for an address."""
    index = va >> PAGE_BITS + INDEX_BITS * level & (1 << INDEX_BITS) - 1
    return (table << PAGE_BITS) + index * ENTRY_BYTES


def leaf(frame: int, *flags: str) -> int:
    """A valid entry for a page, A and D set as far as they mean something."""
    extra = ("A", "D") if "W" in flags else ("A",)
    return pointer(frame) | PTE.mask(*flags, *extra)


def pointer(frame: int) -> int:
    """A valid entry that names a table."""
    return frame << _PPN.low | _VALID


def page_of(spa: int) -> int:
    """The machine frame of an address, whose offset must be 0: raises `Refused`."""
    if spa & PAGE_OFFSET:
        raise Refused(f"{spa:#x} is no page's address", Error.INVALID)
    return spa >> PAGE_BITS
