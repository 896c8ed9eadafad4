"""Shadow page tables: what the real hart walks while a guest believes in tables of its own.

    guest's table     gva -> gpa      the guest writes it, no hart reads it
    monitor's map     gpa -> spa      where the guest's RAM really is
    shadow            gva -> spa      their composition, made leaf by leaf as faults ask for it

A shadow is a big TLB: it may forget anything at any time, and must forget what the guest's
sfence.vma names. What may be depends on who asks, so there is a root for each *context*: the
guest's satp, its mode, SUM and MXR. One root for all would let the guest's user read its kernel.
All leaves are 4 KiB, and U = 1, since all of the guest runs in U; W is given only once the guest's
own leaf is dirty, so that the first store sets D there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vmlab.core.events import Access
from vmlab.core.units import PAGE_BITS
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import PTE
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import MODE, MSTATUS, SATP
from vmlab.isa.system.walk import BY_NAME, FORMATS, INDEX_BITS
from vmlab.vmm.common.frames import MONITOR
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.tables import Leaf, Scan, TableKind, Tables, frame_of, rights, size_of
from vmlab.vmm.common.vm import Vm

POINTER: Final = PTE.mask("V")
LEAF: Final = PTE.mask("V", "U", "A")
GIVES: Final = {
    Access.FETCH: PTE.mask("X"),
    Access.LOAD: PTE.mask("R"),
    Access.STORE: PTE.mask("W", "D"),
}
_PPN_AT: Final = PTE["PPN"].low
_WHO: Final = STATUS.mask("SUM", "MXR")
_ENTRIES: Final = 1 << INDEX_BITS
_FORMAT: Final = {fmt.number: fmt for fmt in FORMATS}
ASIDS: Final = SATP_LAYOUT.mask("ASID") >> SATP_LAYOUT["ASID"].low
"""The bits of an address-space number."""
MOST_PAGES: Final = 224
"""Pages of tables that one virtual machine may have: then all are forgotten and made anew."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, and through which table of the guest's."""

    satp: int
    mode: int
    status: int
    """SUM and MXR."""

    @property
    def asid(self) -> int:
        """The guest's address-space number."""
        return self.satp >> SATP_LAYOUT["ASID"].low & ASIDS


@dataclass(slots=True)
class Root:
    """One shadow table. `satp` goes into the real one; pages are real physical addresses."""

    context: Context
    space: int
    pa: int
    levels: int
    satp: int
    pages: list[int] = field(default_factory=list)
    split: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    """Virtual pages filled from a superpage of the guest's, by its level and its number."""

    def copy(self) -> Root:
        """The same, apart."""
        split = {key: set(numbers) for key, numbers in self.split.items()}
        return replace(self, pages=list(self.pages), split=split)


class Shadow:
    """All shadow tables of one virtual machine."""

    def __init__(self, host: Host, vm: Vm) -> None:
        self._host, self._vm = host, vm
        self._roots: dict[Context, Root] = {}
        self.pages = 0
        """Pages of the monitor's memory that the tables take."""

    def context(self) -> Context:
        """The guest's present one."""
        words = self._vm.hart.words
        return Context(words[SATP.slot], words[MODE.slot], words[MSTATUS.slot] & _WHO)

    def roots(self) -> tuple[Root, ...]:
        """The tables that there are now."""
        return tuple(self._roots.values())

    def root(self) -> Root:
        """The table of the present context; a new one is empty."""
        context = self.context()
        found = self._roots.get(context)
        return self._new_root(context) if found is None else found

    def _new_root(self, context: Context) -> Root:
        page = self._page()
        # A guest without translation is mapped as well: through a table wide enough for its RAM.
        mode = context.satp >> SATP_LAYOUT["MODE"].low
        fmt = _FORMAT.get(mode, BY_NAME["sv39"])
        space = self._host.take_space()
        satp = fmt.number << SATP_LAYOUT["MODE"].low | space << SATP_LAYOUT["ASID"].low
        root = Root(context, space, page, fmt.levels, satp | page >> PAGE_BITS, [page])
        self._roots[context] = root
        return root

    def _page(self) -> int:
        """An empty page of the monitor's. Where there is none left for this machine, everything
        is forgotten first: a guest that asks for more gets slower, and nothing else."""
        if self.pages >= MOST_PAGES:
            self.forget()
        page = self._host.frames.take(MONITOR)
        if page is None:
            self.forget()
            page = self._host.frames.take(MONITOR)
            assert page is not None, "the host has a pool for each virtual machine"
        self._host.clear_page(page)
        self.pages += 1
        return page

    # Filling -------------------------------------------------------------------------------------

    def fill(self, va: int, spa: int, allowed: int, level: int) -> None:
        """Map the page of a virtual address to a real page, for the accesses allowed (a bit each,
        `core.events.Access`). `level` is that of the guest's leaf: above 0 it was a superpage."""
        room = MOST_PAGES - _FORMAT[max(_FORMAT)].levels
        if self.pages > room:
            self.forget()
        root = self.root()
        entry = self._entry(root, va, make=True)
        assert entry is not None
        given = sum(bits for access, bits in GIVES.items() if allowed >> access & 1)
        self._host.write8(entry, spa >> PAGE_BITS << _PPN_AT | LEAF | given)
        if level:
            number = va >> PAGE_BITS
            root.split.setdefault((level, number >> INDEX_BITS * level), set()).add(number)

    def leaf(self, root: Root, va: int) -> int:
        """The shadow's leaf for a virtual address; 0 if there is none."""
        entry = self._entry(root, va, make=False)
        return 0 if entry is None else self._host.read8(entry)

    def _entry(self, root: Root, va: int, make: bool) -> int | None:
        """The real address of a virtual page's leaf."""
        table = root.pa
        for level in reversed(range(1, root.levels)):
            entry = table + 8 * (va >> PAGE_BITS + INDEX_BITS * level & _ENTRIES - 1)
            pte = self._host.read8(entry)
            if not pte:
                if not make:
                    return None
                page = self._page()
                root.pages.append(page)
                pte = page >> PAGE_BITS << _PPN_AT | POINTER
                self._host.write8(entry, pte)
            table = pte >> _PPN_AT << PAGE_BITS
        return table + 8 * (va >> PAGE_BITS & _ENTRIES - 1)

    # Forgetting ----------------------------------------------------------------------------------

    def forget(self) -> None:
        """Forget everything."""
        self._drop(list(self._roots))

    def fence(self, va: int | None, asid: int | None) -> None:
        """What the guest's sfence.vma asks for: an address or all, an address space or all. Bits
        that no ASID has are ignored (10.2.1)."""
        if asid is not None:
            asid &= ASIDS
        named = [context for context in self._roots if asid in (None, context.asid)]
        if va is None:
            self._drop(named)
            return
        for context in named:
            for number in self._pieces(self._roots[context], va):
                self.clear(self._roots[context], number << PAGE_BITS)
        self._host.flush_tlb()

    def _pieces(self, root: Root, va: int) -> Iterator[int]:
        """The virtual pages that one translation of the guest's covers: a superpage was split."""
        number = va >> PAGE_BITS
        yield number
        for level in range(1, root.levels):
            yield from root.split.pop((level, number >> INDEX_BITS * level), ())

    def clear(self, root: Root, va: int) -> None:
        """Take one leaf away. The real TLB must be flushed afterwards."""
        entry = self._entry(root, va, make=False)
        if entry is not None:
            self._host.write8(entry, 0)

    def _drop(self, contexts: list[Context]) -> None:
        for context in contexts:
            root = self._roots.pop(context)
            for page in root.pages:
                self._host.frames.give_back(page)
            self.pages -= len(root.pages)
            self._host.give_space(root.space)
        self._host.flush_tlb()

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """A copy of what is remembered besides the tables, which stand in real memory."""
        return self.pages, [root.copy() for root in self._roots.values()]

    def recall(self, memo: Any) -> None:
        """As it was when `memo` gave that."""
        self.pages, roots = memo
        self._roots = {root.context: root.copy() for root in roots}

    # Looking -------------------------------------------------------------------------------------

    def leaves(self, root: Root) -> list[tuple[int, int]]:
        """(virtual page's address within the table, leaf) of everything that a table maps."""
        found = Scan(self._host, sys.maxsize).table(root.pa, root.levels - 1).found
        return [(va, pte) for va, pte, _ in found]

    def tables(self, most: int) -> Tables:
        """What is mapped for the present context, `most` leaves of it."""
        root = self._roots.get(self.context())
        if root is None:
            return Tables(TableKind.SHADOW, pages=self.pages, contexts=len(self._roots))
        scan = Scan(self._host, most).table(root.pa, root.levels - 1)
        leaves = tuple(self._shown(va, pte) for va, pte, _ in scan.found)
        return Tables(
            TableKind.SHADOW, root.pa, self.pages, len(self._roots), leaves, scan.count, root.levels
        )

    def _shown(self, va: int, pte: int) -> Leaf:
        gpa = self._vm.gpa(frame_of(pte))
        assert gpa is not None, "only the guest's RAM is mapped"
        return Leaf(va, gpa, frame_of(pte), rights(pte), size_of(0), self.is_traced(gpa))

    def is_traced(self, gpa: int) -> bool:
        """True if stores to this page are to be seen."""
        return False
