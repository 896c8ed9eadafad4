"""What the printed source calls: RAM stores, devices, accesses by virtual address, hooks.

One object a machine, with the state that these share with the loop of T0 (`engine.reference`):
whether an instruction runs alone, where the run is, what it has touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmlab.core.bits import MASK64
from vmlab.core.events import Access, EventKind, Mmio
from vmlab.core.units import PAGE_BITS, PAGE_OFFSET
from vmlab.engine.api import Listeners, Watch
from vmlab.engine.binding import Redo, Trap, bind
from vmlab.engine.blocks import CodeCache
from vmlab.engine.notes import Notes
from vmlab.engine.pagecache import PageCaches
from vmlab.engine.watching import Watching
from vmlab.isa.state import PC, RETIRED
from vmlab.isa.system.atomic import ATOMIC, store_conditional
from vmlab.isa.system.contexts import UNTRANSLATED
from vmlab.isa.system.guest import GUEST, guest_store
from vmlab.isa.system.memory import PARCEL_BYTES
from vmlab.machine import memmap
from vmlab.machine.platform import Machine

_PC = PC.slot
_RETIRED = RETIRED.slot
_DOUBLEWORD = ~7


class Primitives:
    """The description's functions on one machine, and all that they ask of their engine. `x` holds
    the registers while a run lasts."""

    def __init__(
        self,
        machine: Machine,
        x: list[int],
        listeners: Listeners,
        request_stop: Callable[[], None],
    ) -> None:
        self.machine = machine
        self.listeners = listeners
        self.pages = PageCaches()
        self.dirty: set[int] = set()
        """Pages of RAM written since somebody asked."""
        self.alone = True
        """False inside a block, which can neither meet a device nor change code: `Redo` then."""
        self.touched = False
        """True once something must be looked at after this instruction: a device may have changed
        what comes between instructions, or a watchpoint was met."""
        self.stop_at = 0
        """The count of retired instructions where the burst ends."""
        self.data_context = UNTRANSLATED
        """The context of loads and stores in this burst."""
        self.watching = Watching()
        self._request_stop = request_stop
        self._s = machine.arena.words
        self.functions = self._bind(x)
        self.code = CodeCache(machine.arena, self.functions, self.pages.drop_store_page)
        self.tlb_lookup = self.functions["tlb_lookup"]
        self._load = self.functions["load"]
        self._store = self.functions["store"]

    def _bind(self, x: list[int]) -> dict[str, Any]:
        return bind(self.machine.arena, x, self._named())

    def _named(self) -> dict[str, Callable[..., Any]]:
        notes = Notes(self._s, self.listeners)
        return {
            "ram_store": self.ram_store,
            "mmio_load": self.mmio_load,
            "mmio_store": self.mmio_store,
            "mmio_fetch": self.mmio_fetch,
            "vload": self._vload,
            "vstore": self._vstore,
            **{f"v{kernel.name}": self._atomic(kernel.name) for kernel in (*ATOMIC, *GUEST)},
            "bload": self._bload,
            "bstore": self._bstore,
            "hook_page": self._hook_page,
            "hook_drop_page": self.pages.drop_page,
            "hook_drop_all": self.pages.clear,
            "hook_pmp_changed": self.pages.clear,
            "hook_fence_i": lambda: None,  # a store to code drops its blocks at once
            "note_trap": notes.trap,
            "note_xret": notes.xret,
            "note_walk": notes.walk,
            "note_pte": notes.pte,
        }

    def settle(self, pc: int, left: int) -> None:
        """Write back what a burst keeps in locals: where it is and what it may still run."""
        self._s[_PC] = pc
        self._s[_RETIRED] = self.stop_at - left

    # RAM -----------------------------------------------------------------------------------------

    def ram_store(self, pa: int, size: int, value: int) -> None:
        offset = pa - memmap.RAM
        page = offset >> PAGE_BITS
        tohost = pa & _DOUBLEWORD == self.machine.tohost
        if page in self.code.pages or tohost:
            if (tohost or self.code.covers(offset, size)) and not self.alone:
                raise Redo(0, 0)
            self.code.written(offset, size)
            if tohost and value:
                self.touched = True
                self._request_stop()
        self.dirty.add(page)
        self.machine.arena.ram[offset : offset + size] = (value & (1 << 8 * size) - 1).to_bytes(
            size, "little"
        )

    def dma_written(self, offset: int, length: int) -> None:
        """A device writes RAM, which it does between two instructions only."""
        pages = set(range(offset >> PAGE_BITS, (offset + length - 1 >> PAGE_BITS) + 1))
        self.dirty |= pages
        self.code.drop_pages(pages)

    def _hook_page(self, va: int, page_pa: int, access: int) -> None:
        offset = page_pa - memmap.RAM
        page, start = va >> PAGE_BITS, va & ~PAGE_OFFSET
        if access == Access.FETCH:
            if self.code.is_full:
                self.code.clear()
                self.pages.clear_fetches()
            self.pages.fetch.fetch[page] = self.code.page(offset, start)
        elif self.watching.watches and not self.watching.maps(va, access):
            return
        elif access == Access.LOAD:
            self.pages.data.load[page] = offset - start
        else:
            number = offset >> PAGE_BITS
            if number in self.code.pages or self._is_tohost_page(number):
                return
            self.dirty.add(number)
            self.pages.data.store[page] = offset - start

    def _is_tohost_page(self, page: int) -> bool:
        tohost = self.machine.tohost
        return tohost is not None and tohost - memmap.RAM >> PAGE_BITS == page

    # Devices -------------------------------------------------------------------------------------

    def mmio_load(self, pa: int, size: int) -> tuple[int, int]:
        if not self.alone:
            raise Redo(0, 0)
        self.touched = True
        value = self.machine.bus.read(pa, size)
        if self.listeners.kinds & EventKind.MMIO:
            self.listeners.emit(Mmio(self._s[_RETIRED], pa, size, value or 0, False))
        return (0, 0) if value is None else (1, value)

    def mmio_store(self, pa: int, size: int, value: int) -> int:
        if not self.alone:
            raise Redo(0, 0)
        self.touched = True
        value &= (1 << 8 * size) - 1
        if self.listeners.kinds & EventKind.MMIO:
            self.listeners.emit(Mmio(self._s[_RETIRED], pa, size, value, True))
        answered = self.machine.bus.write(pa, size, value)
        if self.machine.finisher.written is not None:
            self._request_stop()
        return int(answered)

    def mmio_fetch(self, pa: int) -> tuple[int, int]:
        device = self.machine.bus.find(pa, PARCEL_BYTES)
        if device is not self.machine.rom:
            return 0, 0
        return 1, self.machine.rom.read(pa - device.base, PARCEL_BYTES) or 0

    # Accesses by virtual address -----------------------------------------------------------------

    def _vload(self, va: int, size: int) -> int:
        cause, value = self._load(va, size)
        if cause:
            raise Trap(cause, value)
        if self.watching.watches:
            self._accessed(va, size, Access.LOAD)
        return int(value)

    def _vstore(self, va: int, size: int, value: int) -> None:
        cause, tval = self._store(va, size, value)
        if cause:
            raise Trap(cause, tval)
        if self.watching.watches:
            self._accessed(va, size, Access.STORE)

    def _atomic(self, name: str) -> Callable[..., int]:
        """An atomic access, or one to a guest's memory: the kernel of that name, whose cause is a
        trap. A store-conditional gives 1 where it stored nothing."""
        stores = name in (store_conditional.name, guest_store.name)

        def access(va: int, size: int, *args: int) -> int:
            cause, value = self.functions[name](va, size, *args)
            if cause:
                raise Trap(cause, value)
            failed = stores and value
            if self.watching.watches and not failed:
                self._accessed(va, size, Access.STORE if stores else Access.LOAD)
            return int(value)

        return access

    def _accessed(self, va: int, size: int, access: Access) -> None:
        """The instruction that runs alone at pc has made this access, and there are watchpoints."""
        if self.watching.note(va, size, access, self._s[_PC]):
            self.touched = True

    def watch(self, watches: tuple[Watch, ...]) -> None:
        """Look for these from now on. What is mapped was mapped for others."""
        self.watching.hit = None
        if watches != self.watching.watches:
            self.watching.watches = watches
            self.pages.clear()

    def _bload(self, va: int, size: int, left: int, pc: int) -> int:
        """A load of a block that its page map does not know."""
        self.settle(pc, left)
        if self._needs_care(va, size, Access.LOAD):
            raise Redo(left, pc)
        try:
            return self._vload(va, size)
        except Redo:
            raise Redo(left, pc) from None

    def _bstore(self, va: int, size: int, value: int, left: int, pc: int) -> None:
        """A store of a block that its page map does not know."""
        self.settle(pc, left)
        if self._needs_care(va, size, Access.STORE):
            raise Redo(left, pc)
        try:
            self._vstore(va, size, value)
        except Redo:
            raise Redo(left, pc) from None

    def _needs_care(self, va: int, size: int, access: Access) -> bool:
        """True if the access must not be made inside a block: it meets a watchpoint, or the TLB
        does not know one of its pages. A walk's entry may take the place of the code page's, or
        hold other permissions for it, and the next fetch must find that out."""
        if self.watching.watches and self.watching.met(va, size, access):
            return True
        context = self.data_context
        if context & UNTRANSLATED:
            return False
        known = self.tlb_lookup
        if not known(va, access, context)[0]:
            return True
        last = va + size - 1
        return (va ^ last) >> PAGE_BITS != 0 and not known(last & MASK64, access, context)[0]
