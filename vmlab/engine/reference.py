"""Tier T0: the description as Python, the engine that every other is compared with.

An instruction runs in one of two ways, with the same effect. *Alone*, through its printed
function: the kernels see the arena up to date, devices answer, a trap is taken. Or inside a
*block* (`derive.pyblock`), once its code has been visited often enough to pay for printing.

What blocks know about pages (`engine.pagecache`) is a shadow of the TLB in the arena: the
kernels' hooks add to it and take from it. So a block never uses a page that the TLB has forgotten,
and asks the kernels for every other: walks and misses are counted alike in both ways.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from vmlab.core.events import Access, EventKind, Mmio, Retired
from vmlab.core.modes import VIRTUAL_ACTOR, Mode, split_actor
from vmlab.engine.api import Halt, Listeners, PendingTrap, StopAt, WatchHit
from vmlab.engine.binding import Redo, Trap, bind
from vmlab.engine.blocks import CodeCache
from vmlab.engine.notes import Notes
from vmlab.engine.pagecache import CONTEXT_MASK, PageCaches
from vmlab.engine.progress import TrapLoop
from vmlab.isa.causes import ILLEGAL_INSTRUCTION, INTERRUPT_BIT
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import (
    EVENT_AT,
    FIELDS,
    HGATP,
    MODE,
    PC,
    RETIRED,
    SATP,
    SKIPPED,
    VIRTUAL,
    VSATP,
    WAITING,
    X,
)
from vmlab.isa.system.atomic import ATOMIC
from vmlab.isa.system.guest import GUEST
from vmlab.isa.system.memory import PARCEL_BYTES
from vmlab.isa.system.time import NEVER
from vmlab.isa.table import INSTRUCTIONS
from vmlab.machine import memmap
from vmlab.machine.platform import Machine

_PC = PC.offset_bytes // 8
_MODE = MODE.offset_bytes // 8
_RETIRED = RETIRED.offset_bytes // 8
_SKIPPED = SKIPPED.offset_bytes // 8
_WAITING = WAITING.offset_bytes // 8
_EVENT_AT = EVENT_AT.offset_bytes // 8
_SATP = SATP.offset_bytes // 8
_VSATP = VSATP.offset_bytes // 8
_HGATP = HGATP.offset_bytes // 8
_VIRTUAL = VIRTUAL.offset_bytes // 8
_PTE_READS = FIELDS["pte_reads"].offset_bytes // 8
_X = slice(X.offset_bytes // 8, X.offset_bytes // 8 + 32)
_NUMBER = {id(instruction): number for number, instruction in enumerate(INSTRUCTIONS)}


@dataclass(frozen=True, slots=True)
class _Decoded:
    """An instruction word's printed function and operands."""

    function: Callable[..., int]
    operands: tuple[int, ...]
    word: int
    size_bytes: int
    simple: bool


_NO_BLOCK: Final = (lambda left, load, store: (0, 0)), 1 << 62
"""Stands for "no block here": longer than any budget, so never called."""


class Reference:
    """T0 on one machine."""

    name = "t0"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.listeners = Listeners()
        self.pending_trap: PendingTrap | None = None
        self.watch_hit: WatchHit | None = None
        self._s = machine.arena.words
        self._x = [0] * X.length
        self._alone = True
        self._stop_requested = False
        self._stop_at = 0
        self._notes = Notes(self._s, self.listeners)
        self._pages = PageCaches()
        self._functions = bind(machine.arena, self._x, self._primitives())
        self._functions |= {"bload": self._bload, "bstore": self._bstore}
        self._code = CodeCache(machine.arena, self._functions, self._pages.drop_store_page)
        self._dirty: set[int] = set()
        self._decoded: dict[int, _Decoded | None] = {}
        self._loop = TrapLoop()
        self._resumed_at = (0, 0)
        self._touched = False
        self._fetch = self._functions["fetch"]
        self._load = self._functions["load"]
        self._store = self._functions["store"]
        self._take_trap = self._functions["take_trap"]
        self._interrupt = self._functions["interrupt"]
        self._wakes = self._functions["wakes"]
        self._deadline = self._functions["deadline"]
        machine.dma.on_write = self._dma_written
        self._tlb_context = self._functions["tlb_context"]
        self._data_actor = self._functions["data_actor"]
        self._functions["pmp_update"]()

    # What the printed source calls ---------------------------------------------------------------

    def _primitives(self) -> dict[str, Any]:
        return {
            "ram_store": self._ram_store,
            "mmio_load": self._mmio_load,
            "mmio_store": self._mmio_store,
            "mmio_fetch": self._mmio_fetch,
            "vload": self._vload,
            "vstore": self._vstore,
            **{f"v{kernel.name}": self._atomic(kernel.name) for kernel in (*ATOMIC, *GUEST)},
            "hook_page": self._hook_page,
            "hook_drop_page": self._pages.drop_page,
            "hook_drop_all": self._pages.clear,
            "hook_pmp_changed": self._pages.clear,
            "hook_fence_i": lambda: None,  # a store to code drops its blocks at once
            "note_trap": self._notes.trap,
            "note_xret": self._notes.xret,
            "note_walk": self._notes.walk,
            "note_pte": self._notes.pte,
        }

    def _ram_store(self, pa: int, size: int, value: int) -> None:
        offset = pa - memmap.RAM
        page = offset >> 12
        if page in self._code.pages or pa & ~7 == self.machine.tohost:
            special = pa & ~7 == self.machine.tohost or self._code.covers(offset, size)
            if special and not self._alone:
                raise Redo(0, 0)
            self._code.written(offset, size)
            if pa & ~7 == self.machine.tohost and value:
                self._touched = True
                self.request_stop()
        self._dirty.add(page)
        self.machine.arena.ram[offset : offset + size] = (value & (1 << 8 * size) - 1).to_bytes(
            size, "little"
        )

    def _dma_written(self, offset: int, length: int) -> None:
        """A device writes RAM, which it does between two instructions only."""
        pages = set(range(offset >> 12, (offset + length - 1 >> 12) + 1))
        self._dirty |= pages
        self._code.drop_pages(pages)

    def _mmio_load(self, pa: int, size: int) -> tuple[int, int]:
        if not self._alone:
            raise Redo(0, 0)
        self._touched = True
        value = self.machine.bus.read(pa, size)
        if self.listeners.kinds & EventKind.MMIO:
            self.listeners.emit(Mmio(self._s[_RETIRED], pa, size, value or 0, False))
        return (0, 0) if value is None else (1, value)

    def _mmio_store(self, pa: int, size: int, value: int) -> int:
        if not self._alone:
            raise Redo(0, 0)
        self._touched = True
        value &= (1 << 8 * size) - 1
        if self.listeners.kinds & EventKind.MMIO:
            self.listeners.emit(Mmio(self._s[_RETIRED], pa, size, value, True))
        answered = self.machine.bus.write(pa, size, value)
        if self.machine.finisher.written is not None:
            self.request_stop()
        return int(answered)

    def _mmio_fetch(self, pa: int) -> tuple[int, int]:
        device = self.machine.bus.find(pa, PARCEL_BYTES)
        if device is not self.machine.rom:
            return 0, 0
        return 1, self.machine.rom.read(pa - device.base, PARCEL_BYTES) or 0

    def _hook_page(self, va: int, page_pa: int, access: int) -> None:
        offset = page_pa - memmap.RAM
        if access == Access.FETCH:
            self._pages.fetch.fetch[va >> 12] = self._code.page(offset, va & ~0xFFF)
        elif access == Access.LOAD:
            self._pages.data.load[va >> 12] = offset - (va & ~0xFFF)
        else:
            page = offset >> 12
            if page in self._code.pages or self._is_tohost_page(page):
                return
            self._dirty.add(page)
            self._pages.data.store[va >> 12] = offset - (va & ~0xFFF)

    def _is_tohost_page(self, page: int) -> bool:
        tohost = self.machine.tohost
        return tohost is not None and tohost - memmap.RAM >> 12 == page

    def _vload(self, va: int, size: int) -> int:
        cause, value = self._load(va, size)
        if cause:
            raise Trap(cause, value)
        return int(value)

    def _vstore(self, va: int, size: int, value: int) -> None:
        cause, tval = self._store(va, size, value)
        if cause:
            raise Trap(cause, tval)

    def _atomic(self, name: str) -> Callable[..., int]:
        """An atomic access: the kernel of that name, whose cause is a trap."""

        def access(va: int, *args: int) -> int:
            cause, value = self._functions[name](va, *args)
            if cause:
                raise Trap(cause, value)
            return int(value)

        return access

    def _bload(self, va: int, size: int, left: int, pc: int) -> int:
        """A load of a block that its page map does not know."""
        self._s[_RETIRED] = self._stop_at - left
        self._s[_PC] = pc
        try:
            return self._vload(va, size)
        except Redo:
            raise Redo(left, pc) from None

    def _bstore(self, va: int, size: int, value: int, left: int, pc: int) -> None:
        """A store of a block that its page map does not know."""
        self._s[_RETIRED] = self._stop_at - left
        self._s[_PC] = pc
        try:
            self._vstore(va, size, value)
        except Redo:
            raise Redo(left, pc) from None

    # The protocol --------------------------------------------------------------------------------

    def request_stop(self) -> None:
        self._stop_requested = True

    def forget(self, pages: set[int] | None = None) -> None:
        self._pages.clear()
        self._code.clear() if pages is None else self._code.drop_pages(pages)
        self._functions["pmp_update"]()
        self._loop = TrapLoop()

    def read_csr(self, number: int) -> int:
        with self._as_m():
            return int(self._functions["csr_read"](number))

    @contextmanager
    def _as_m(self) -> Iterator[None]:
        """M never has V = 1: S's names mean S's CSRs, not VS's."""
        virtual, self._s[_VIRTUAL] = self._s[_VIRTUAL], 0
        try:
            yield
        finally:
            self._s[_VIRTUAL] = virtual

    def peek(self, va: int, access: Access) -> int | None:
        s, kinds = self._s, self.listeners.kinds
        counted = s[_PTE_READS]
        self.listeners.kinds = EventKind(0)
        try:
            actor = self._actor() if access is Access.FETCH else self._data_actor()
            if self._context(actor) < 0:
                return va
            find = self._functions["tlb_lookup"]
            hit, page = find(va, access.value, self._tlb_context(actor))
            if not hit:
                cause, page, *_ = self._functions["walk"](va, access.value, actor, 0)
                if cause:
                    return None
            return int(page) | (va & 0xFFF)
        finally:
            s[_PTE_READS] = counted
            self.listeners.kinds = kinds

    def take_dirty_pages(self) -> set[int]:
        taken, self._dirty = self._dirty, set()
        self._pages.clear_stores()
        return taken

    def kernel(self, name: str) -> Any:
        """A kernel's Python form on this machine, for tests and tools."""
        return self._functions[name]

    def run(self, budget: int, stop: StopAt) -> Halt:
        s = self._s
        self._x[:] = s[_X]
        self._stop_requested = False
        self._code.set_breakpoints(stop.breakpoints)
        end = s[_RETIRED] + budget
        self._resumed_at = stop.began or (s[_PC], s[_RETIRED])
        try:
            while True:
                # Budget first: a run that ends here leaves the next interrupt to the next run.
                mode = s[_MODE]
                halt = Halt.BUDGET if s[_RETIRED] >= end else self._before(stop)
                if halt is None:
                    halt = self._burst(end, stop)
                if halt is None and self._stop_requested:
                    halt = Halt.REQUEST
                if halt is None and s[_MODE] == stop.mode != mode:
                    halt = Halt.MODE
                if halt is not None:
                    return halt
        finally:
            s[_X] = memoryview(array("Q", self._x))

    def _before(self, stop: StopAt) -> Halt | None:
        """What comes between instructions: waiting, interrupts."""
        s = self._s
        if s[_WAITING]:
            if not self._wakes():
                deadline = self._deadline()
                if deadline >= NEVER:
                    return Halt.WAITING
                s[_SKIPPED] += deadline - s[_RETIRED] - s[_SKIPPED]
            s[_WAITING] = 0
        if s[_EVENT_AT] <= s[_RETIRED] + s[_SKIPPED]:
            self.machine.tick()
        cause = self._interrupt()
        return self._trap(cause | INTERRUPT_BIT, 0, stop) if cause else None

    def _trap(self, cause: int, tval: int, stop: StopAt) -> Halt | None:
        s = self._s
        from_mode, from_actor, epc = s[_MODE], self._actor(), s[_PC]
        if self._take_trap(cause, tval):
            self.pending_trap = PendingTrap(cause, tval, epc)
            return Halt.INTERCEPT
        if self._loop.is_endless(s[_RETIRED], from_actor, self._actor(), epc, cause, tval, self._x):
            return Halt.TRAP_LOOP
        if stop.trap:
            return Halt.TRAP
        return Halt.MODE if s[_MODE] == stop.mode != from_mode else None

    def _actor(self) -> int:
        """As whom instructions are fetched: the mode and V."""
        return self._s[_MODE] | VIRTUAL_ACTOR * self._s[_VIRTUAL]

    def _context(self, actor: int) -> int:
        """Which page maps serve an actor now; without translation each has its own."""
        s = self._s
        atps = s[_VSATP] | s[_HGATP] if actor & VIRTUAL_ACTOR else s[_SATP]
        if actor == Mode.M or not atps >> SATP_LAYOUT["MODE"].low:
            return -1 - actor
        return int(self._tlb_context(actor)) & CONTEXT_MASK

    def _burst(self, end: int, stop: StopAt) -> Halt | None:
        """Run until something must happen between two instructions: at the latest the budget's
        end or the timer's deadline; at the earliest one instruction, when that needs care."""
        s = self._s
        pages, code, breakpoints = self._pages, self._code, stop.breakpoints
        pages.choose(self._context(self._actor()), self._context(self._data_actor()))
        load, store, fetch = pages.data.load, pages.data.store, pages.fetch.fetch
        pc = s[_PC]
        if pc in breakpoints and (pc, s[_RETIRED]) != self._resumed_at:
            return Halt.BREAKPOINT
        if self.listeners.kinds & EventKind.RETIRE:
            return self._one(stop)
        self._stop_at = min(end, self._deadline() - s[_SKIPPED])
        left = self._stop_at - s[_RETIRED]
        self._touched = False
        while left > 0:
            try:
                function, length = fetch[pc >> 12][pc & 0xFFF]
            except KeyError:
                page = fetch.get(pc >> 12)
                if pc in breakpoints and (pc, self._stop_at - left) != self._resumed_at:
                    self._settle(pc, left)
                    return Halt.BREAKPOINT
                block = None if page is None else code.block(page, pc)
                function, length = block or _NO_BLOCK
            if length <= left:
                self._alone = False
                try:
                    pc, left = function(left, load, store)
                except Redo as redo:
                    self._alone = True
                    self._settle(redo.pc, redo.left)
                    return self._one(stop)
                except Trap as trap:
                    self._alone = True
                    return self._trap(trap.cause, trap.tval, stop)
                self._alone = True
                continue
            # One instruction, through its printed function.
            self._settle(pc, left)
            page = fetch.get(pc >> 12)
            simple = None if page is None else self._decode_simple(code.word(page, pc))
            if simple is None:
                return self._one(stop)
            try:
                pc = simple.function(*simple.operands, pc, pc + simple.size_bytes, simple.word)
            except Trap as trap:
                return self._trap(trap.cause, trap.tval, stop)
            left -= 1
            if self._touched:
                break
        self._settle(pc, left)
        return None

    def _settle(self, pc: int, left: int) -> None:
        """Write back what the burst keeps in locals."""
        self._s[_PC] = pc
        self._s[_RETIRED] = self._stop_at - left

    def _one(self, stop: StopAt) -> Halt | None:
        """Run the instruction at pc, whatever it is."""
        s = self._s
        pc = s[_PC]
        cause, word = self._fetch(pc)
        if cause:
            return self._trap(cause, word, stop)
        if self.listeners.kinds & EventKind.RETIRE:
            mode, virtual = split_actor(self._actor())
            self.listeners.emit(Retired(s[_RETIRED], pc, word, mode, virtual))
        decoded = self._decode(word)
        if decoded is None:
            return self._trap(ILLEGAL_INSTRUCTION, word, stop)
        try:
            to = decoded.function(*decoded.operands, pc, pc + decoded.size_bytes, word)
        except Trap as trap:
            return self._trap(trap.cause, trap.tval, stop)
        s[_PC] = to
        s[_RETIRED] += 1
        return None

    def _decode(self, word: int) -> _Decoded | None:
        """The instruction's printed function with its operands, or None for no instruction."""
        if word not in self._decoded:
            instruction = self._code.decode(word)
            self._decoded[word] = None if instruction is None else self._bound(instruction, word)
        return self._decoded[word]

    def _bound(self, instruction: Instruction, word: int) -> _Decoded:
        function = self._functions[f"insn{_NUMBER[id(instruction)]}"]
        operands = tuple(decode_fields(instruction, word).values())
        simple = self._code.is_simple(instruction)
        return _Decoded(function, operands, word, instruction.size_bytes, simple)

    def _decode_simple(self, word: int | None) -> _Decoded | None:
        decoded = None if word is None else self._decode(word)
        return decoded if decoded is not None and decoded.simple else None
