"""The G-stage of one virtual machine: where its physical memory really is (Sv39x4).

    hgatp -> root, 16 KiB: 2,048 entries -> 512 entries -> 512 entries -> page
             gpa 40:30                      29:21          20:12

The table holds the guest's own RAM and nothing else: everything besides faults, and is a device's
or nobody's. Leaves are made when they are asked for, of 4 KiB, or of 2 MiB where that is wanted and
both addresses are aligned. To the G-stage every access is U's, whoever made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vmlab.core.errors import BadInput
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.layouts import HGATP, PTE
from vmlab.isa.system.walk import BY_NAME, INDEX_BITS, WIDER_BITS
from vmlab.machine import memmap
from vmlab.vmm.common.frames import MONITOR
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.tables import Leaf, Scan, TableKind, Tables, frame_of, rights, size_of
from vmlab.vmm.common.vm import Vm

FORMAT: Final = BY_NAME["sv39"]
ROOT_PAGES: Final = 1 << WIDER_BITS
BIG_PAGE_BYTES: Final = PAGE_SIZE_BYTES << INDEX_BITS
POINTER: Final = PTE.mask("V")
READS: Final = PTE.mask("V", "R", "X", "U", "A")
WRITES: Final = PTE.mask("W", "D")
_LEAF: Final = PTE.mask("R", "X")
_PPN_AT: Final = PTE["PPN"].low
_ENTRIES: Final = 1 << INDEX_BITS
_PAGE, _BIG_PAGE = 0, 1
"""Levels of leaves."""


class GStage:
    """One table. Pages of the guest are numbers from the start of its RAM."""

    def __init__(self, host: Host, vm: Vm, big_pages: bool = False) -> None:
        self._host, self._vm, self._big_pages = host, vm, big_pages
        self._tables: list[int] = []
        host.frames.skip(ROOT_PAGES * PAGE_SIZE_BYTES)
        self.root = host.frames.take_range(MONITOR, ROOT_PAGES * PAGE_SIZE_BYTES)
        self._clear_root()
        vmid = host.take_space()
        self.hgatp = (
            FORMAT.number << HGATP["MODE"].low | vmid << HGATP["VMID"].low | self.root >> PAGE_BITS
        )
        self._log: set[int] | None = None

    # Filling -------------------------------------------------------------------------------------

    def give(self, gpa: int, store: bool) -> bool:
        """Let the guest access the page of this address of its RAM; False if nothing was missing.
        `store` says that it is to write there for certain."""
        entry, level = self._find(gpa)
        pte = self._host.read8(entry)
        if pte & POINTER:
            # Everything but a store was allowed already.
            self._wrote(gpa)
            self._host.write8(entry, pte | WRITES)
            return not pte & WRITES
        rights = READS
        if store or self._log is None:
            self._wrote(gpa)
            rights |= WRITES
        first = gpa & -(PAGE_SIZE_BYTES << INDEX_BITS * level)
        spa = self._vm.spa(first)
        assert spa is not None, "only the guest's RAM is mapped"
        self._host.write8(entry, spa >> PAGE_BITS << _PPN_AT | rights)
        return True

    def _wrote(self, gpa: int) -> None:
        if self._log is not None:
            self._log.add(gpa - memmap.RAM >> PAGE_BITS)

    def _find(self, gpa: int) -> tuple[int, int]:
        """The real address of the entry that is or will be the leaf of an address; its level."""
        wanted, table = self._level_for(gpa), self.root
        for level in reversed(range(FORMAT.levels)):
            number = gpa >> PAGE_BITS + INDEX_BITS * level
            widened = level == FORMAT.levels - 1
            entry = table + 8 * (number & (_ENTRIES * ROOT_PAGES if widened else _ENTRIES) - 1)
            pte = self._host.read8(entry)
            if level == _PAGE or pte & _LEAF or (level == wanted and not pte):
                return entry, level
            if not pte:
                pte = self._page() >> PAGE_BITS << _PPN_AT | POINTER
                self._host.write8(entry, pte)
            table = pte >> _PPN_AT << PAGE_BITS
        raise AssertionError("level 0 always ends the search")

    def _level_for(self, gpa: int) -> int:
        """A leaf covers 2 MiB if all of them are the guest's, and both addresses agree below."""
        if not self._big_pages or self._log is not None:
            return _PAGE
        first = gpa & -BIG_PAGE_BYTES
        spa, last = self._vm.spa(first), self._vm.spa(first + BIG_PAGE_BYTES - 1)
        fits = spa is not None and last is not None and spa % BIG_PAGE_BYTES == 0
        return _BIG_PAGE if fits else _PAGE

    def _page(self) -> int:
        page = self._host.frames.take(MONITOR)
        if page is None:
            raise BadInput("expected memory for the tables of the G-stage, found none left")
        self._host.clear_page(page)
        self._tables.append(page)
        return page

    # Forgetting ----------------------------------------------------------------------------------

    def forget(self) -> None:
        """Map nothing any more."""
        self._clear_root()
        for page in self._tables:
            self._host.frames.give_back(page)
        self._tables.clear()
        self._host.flush_tlb()

    def _clear_root(self) -> None:
        for page in range(ROOT_PAGES):
            self._host.clear_page(self.root + page * PAGE_SIZE_BYTES)

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """A copy of what is remembered besides the table, which stands in real memory."""
        return tuple(self._tables), None if self._log is None else frozenset(self._log)

    def recall(self, memo: Any) -> None:
        """As it was when `memo` gave that."""
        tables, log = memo
        self._tables, self._log = list(tables), None if log is None else set(log)

    # Dirty logging -------------------------------------------------------------------------------

    def start_log(self) -> None:
        """From now on note which pages are written. Until its first store a page is read-only, and
        big pages give way to small ones."""
        self.forget()
        self._log = set()
        self._vm.touched = set()

    def take_log(self) -> set[int]:
        """The pages written since the log was started or taken: by the hart, which faulted, and by
        the monitor and the devices, which said so. Raises `BadInput` if there is no log."""
        if self._log is None or self._vm.touched is None:
            raise BadInput("expected a dirty log that was started, found none")
        by_hart, others = self._log, self._vm.touched
        for page in by_hart:
            entry, _ = self._find(memmap.RAM + (page << PAGE_BITS))
            self._host.write8(entry, self._host.read8(entry) & ~WRITES)
        self._host.flush_tlb()
        self._log, self._vm.touched = set(), set()
        return by_hart | others

    def stop_log(self) -> None:
        """Note no more; what was read-only becomes writable as it is written."""
        self._log = self._vm.touched = None

    # Looking -------------------------------------------------------------------------------------

    def leaves(self) -> Iterator[tuple[int, int, int]]:
        """(guest-physical address, leaf, level) of everything that is mapped."""
        yield from self._leaves(self.root, FORMAT.levels - 1, 0)

    def _leaves(self, table: int, level: int, base: int) -> Iterator[tuple[int, int, int]]:
        widened = level == FORMAT.levels - 1
        entries = _ENTRIES * ROOT_PAGES if widened else _ENTRIES
        for index, pte in self._host.entries(table, entries):
            gpa = base | index << PAGE_BITS + INDEX_BITS * level
            if pte & _LEAF:
                yield gpa, pte, level
            else:
                yield from self._leaves(pte >> _PPN_AT << PAGE_BITS, level - 1, gpa)

    def _scan(self, most: int) -> Scan:
        scan = Scan(self._host, most)
        return scan.table(self.root, FORMAT.levels - 1, entries=_ENTRIES * ROOT_PAGES)

    def tables(self, most: int) -> Tables:
        """What is mapped, `most` leaves of it."""
        scan = self._scan(most)
        leaves = tuple(
            Leaf(gpa, gpa, frame_of(pte), rights(pte), size_of(level))
            for gpa, pte, level in scan.found
        )
        pages = ROOT_PAGES + len(self._tables)
        return Tables(TableKind.GSTAGE, self.root, pages, 1, leaves, scan.count, FORMAT.levels)
