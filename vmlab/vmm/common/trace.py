"""Traced shadows: page tables of the guest that the monitor has made read-only for it.

With *lazy* shadows the guest's sfence.vma says what has changed, and everything that it may mean
is made anew. With *traced* ones the monitor sees each store to a table as it happens, changes what
depends on that one entry, and has nothing to do at a fence.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from vmlab.core.events import Access
from vmlab.core.units import PAGE_BITS
from vmlab.machine import memmap
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.shadow import Root, Shadow
from vmlab.vmm.common.vm import Vm

PATIENCE: Final = 2048
"""A page that is written so often and never walked in between is no table any more."""
_NO_STORE: Final = ~(1 << Access.STORE)
_Leaves = dict[int, set[tuple[int, int]]]


def _apart(leaves: _Leaves) -> _Leaves:
    """The same, as a copy."""
    return {key: set(value) for key, value in leaves.items()}


class Traced(Shadow):
    """Shadow tables that follow the guest's tables store by store."""

    def __init__(self, host: Host, vm: Vm) -> None:
        super().__init__(host, vm)
        self._traced: Counter[int] = Counter()
        """Guest-physical pages that are tables, with the stores since they were walked last."""
        self._from: _Leaves = {}
        """By the address of an entry: (space, virtual page) of each leaf made from it."""
        self._writable: _Leaves = {}
        """By guest-physical page: the leaves that let it be written."""
        self._spaces: dict[int, Root] = {}
        self._listen_to_devices()

    def _listen_to_devices(self) -> None:
        """A device writes where it is told to, into a page table as well."""
        dma = self._vm.machine.dma
        others = dma.on_write

        def written(offset: int, length: int) -> None:
            others(offset, length)
            self.written(memmap.RAM + offset, length)

        dma.on_write = written

    def is_traced(self, gpa: int) -> bool:
        return gpa >> PAGE_BITS in self._traced

    def fill_from(
        self, va: int, page: int, spa: int, allowed: int, level: int, reads: list[int]
    ) -> None:
        """`fill`, and remember which entries of the guest's the leaf depends on. `page` is
        guest-physical."""
        for entry in reads:
            self._trace(entry >> PAGE_BITS)
        if self.is_traced(page):
            allowed &= _NO_STORE
        self.fill(va, spa, allowed, level)
        root = self.root()
        self._spaces[root.space] = root
        here = (root.space, va >> PAGE_BITS)
        for entry in reads:
            self._from.setdefault(entry, set()).add(here)
        if allowed >> Access.STORE & 1:
            self._writable.setdefault(page >> PAGE_BITS, set()).add(here)

    def _trace(self, number: int) -> None:
        """This guest-physical page is a table: no leaf may let it be written."""
        known = number in self._traced
        self._traced[number] = 0
        if not known:
            self._clear(self._writable.pop(number, set()))

    def _clear(self, leaves: set[tuple[int, int]]) -> None:
        for space, page in leaves:
            root = self._spaces.get(space)
            if root is not None:
                self.clear(root, page << PAGE_BITS)
        if leaves:
            self._host.flush_tlb()

    def written(self, gpa: int, size_bytes: int) -> None:
        """The guest or one of its devices stores to its memory: what traced pages lie there?"""
        numbers = range(gpa >> PAGE_BITS, (gpa + size_bytes - 1 >> PAGE_BITS) + 1)
        traced = [number for number in numbers if number in self._traced]
        if not traced:
            return
        for entry in range(gpa & ~7, gpa + size_bytes, 8):
            self._clear(self._from.pop(entry, set()))
        for number in traced:
            self._traced[number] += 1
        if max(self._traced[number] for number in traced) > PATIENCE:
            self.forget()

    def fence(self, va: int | None, asid: int | None) -> None:
        """Nothing: what has changed was seen as it changed."""

    def memo(self) -> Any:
        known = {space: root.context for space, root in self._spaces.items()}
        leaves = _apart(self._from), _apart(self._writable)
        return super().memo(), self._traced.copy(), *leaves, known

    def recall(self, memo: Any) -> None:
        shadow, traced, made_from, writable, known = memo
        super().recall(shadow)
        self._traced = traced.copy()
        self._from, self._writable = _apart(made_from), _apart(writable)
        self._spaces = {space: self._roots[context] for space, context in known.items()}

    def forget(self) -> None:
        super().forget()
        self._traced.clear()
        self._from.clear()
        self._writable.clear()
        self._spaces.clear()
