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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from vmlab.core.bits import MASK64
from vmlab.core.events import Access, EventKind, Retired
from vmlab.core.modes import VIRTUAL_ACTOR, split_actor
from vmlab.core.units import PAGE_OFFSET
from vmlab.engine.api import Halt, Listeners, PendingTrap, StopAt, WatchHit
from vmlab.engine.binding import Redo, Trap
from vmlab.engine.decoded import Instructions
from vmlab.engine.primitives import Primitives
from vmlab.isa.causes import ILLEGAL_INSTRUCTION
from vmlab.isa.csrs import CSRS
from vmlab.isa.state import FIELDS, MODE, PC, RETIRED, SKIPPED, TRAP_TVAL, VIRTUAL, X
from vmlab.isa.system.between import DEVICE, INTERRUPT, STALLED
from vmlab.isa.system.contexts import CONTEXT_ACTOR, UNTRANSLATED
from vmlab.machine.platform import Machine

_PC = PC.slot
_MODE = MODE.slot
_VIRTUAL = VIRTUAL.slot
_RETIRED = RETIRED.slot
_SKIPPED = SKIPPED.slot
_TVAL = TRAP_TVAL.slot
_PTE_READS = FIELDS["pte_reads"].slot
_X = slice(X.slot, X.slot + X.length)
_NO_BLOCK: Final = (lambda left, load, store: (0, 0)), 1 << 62
"""Stands for "no block here": longer than any budget, so never called."""


class Reference:
    """T0 on one machine."""

    name = "t0"

    def __init__(self, machine: Machine, primitives: type[Primitives] = Primitives) -> None:
        self.machine = machine
        self.listeners = Listeners()
        self.pending_trap: PendingTrap | None = None
        self.watch_hit: WatchHit | None = None
        self._s = machine.arena.words
        self._x = [0] * X.length
        self._stop_requested = False
        self._resumed_at = (0, 0)
        self._primitives = primitives(machine, self._x, self.listeners, self.request_stop)
        self._asked = StopAt()
        machine.dma.on_write = self.device_wrote
        self._functions = self._primitives.functions
        self._instructions = Instructions(self._functions, self._primitives.code)
        self._fetch = self._functions["fetch"]
        self._take_trap = self._functions["take_trap"]
        self._trap_repeats = self._functions["trap_repeats"]
        self._between = self._functions["between"]
        self._deadline = self._functions["deadline"]
        self._fetch_context = self._functions["fetch_context"]
        self._data_context = self._functions["data_context"]
        self._functions["pmp_update"]()

    # The protocol --------------------------------------------------------------------------------

    def request_stop(self) -> None:
        self._stop_requested = True

    def forget(self, pages: set[int] | None = None) -> None:
        self._primitives.pages.clear()
        code = self._primitives.code
        code.clear() if pages is None else code.drop_pages(pages)
        self._functions["pmp_update"]()

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

    def write_csr(self, number: int, value: int) -> None:
        # A counter's write allows for the instruction that makes it: here there is none.
        counts = number in (CSRS["mcycle"].number, CSRS["minstret"].number)
        with self._as_m():
            self._functions["csr_write"](number, (value + counts) & MASK64)
        self.forget(set())

    def peek(self, va: int, access: Access) -> int | None:
        s, kinds = self._s, self.listeners.kinds
        counted = s[_PTE_READS]
        self.listeners.kinds = EventKind(0)
        try:
            fetches = access is Access.FETCH
            context = self._fetch_context() if fetches else self._data_context()
            if context & UNTRANSLATED:
                return va
            hit, page = self._primitives.tlb_lookup(va, access.value, context)
            if not hit:
                actor = context & CONTEXT_ACTOR
                cause, page, *_ = self._functions["walk"](va, access.value, actor, 0)
                if cause:
                    return None
            return int(page) | (va & PAGE_OFFSET)
        finally:
            s[_PTE_READS] = counted
            self.listeners.kinds = kinds

    @property
    def registers(self) -> Sequence[int]:
        """x as the instruction that runs now finds it: the arena has it between runs only."""
        return self._x

    def take_dirty_pages(self) -> set[int]:
        taken, self._primitives.dirty = self._primitives.dirty, set()
        self._primitives.pages.clear_stores()
        return taken

    def kernel(self, name: str) -> Any:
        """A kernel's Python form on this machine, for tests and tools."""
        return self._functions[name]

    def device_wrote(self, offset: int, length: int) -> None:
        self._primitives.dma_written(offset, length)

    def go_on(self, budget: int) -> Halt:
        return self._go(budget, self._asked, self._resumed_at)

    def emulate(self, word: int | None = None) -> Halt | None:
        """Run the instruction at pc and nothing before it, as a monitor does for a virtual hart
        with an instruction that trapped. `word` is the instruction, if it is known already.
        None, or how the machine ended or went on."""
        s = self._s
        self._x[:] = s[_X]
        self._stop_requested = False
        self._primitives.watching.hit = None
        try:
            halt = self._one(self._asked, word)
        finally:
            s[_X] = memoryview(array("Q", self._x))
        hit = self._met()
        if halt is None and hit is not None:
            self.watch_hit, halt = hit, Halt.WATCHPOINT
        return halt

    def _met(self) -> WatchHit | None:
        return self._primitives.watching.hit

    def ask(self, stop: StopAt) -> None:
        """What ends the steps that are made one by one (`emulate`, `deliver`, `between`): traps, a
        mode that a trap enters, watchpoints."""
        self._asked = stop
        self._primitives.watch(stop.watches)

    def deliver(self, cause: int, tval: int) -> Halt | None:
        """Take a trap whose instruction is at pc, as the hart would."""
        self._x[:] = self._s[_X]
        return self._trap(cause, tval, self._asked)

    def between(self) -> Halt | None:
        """What comes before the next instruction: the end of a wait, what devices do by
        themselves, an interrupt, which is taken. `Halt.WAITING` if nothing but input can end the
        wait."""
        self._x[:] = self._s[_X]
        return self._before(self._asked)

    def run(self, budget: int, stop: StopAt) -> Halt:
        return self._go(budget, stop, stop.began or (self._s[_PC], self._s[_RETIRED]))

    def _go(self, budget: int, stop: StopAt, began: tuple[int, int]) -> Halt:
        s = self._s
        self._asked, self._resumed_at = stop, began
        self._x[:] = s[_X]
        self._stop_requested = False
        self.watch_hit = None
        watching = self._primitives.watching
        self._primitives.watch(stop.watches)
        self._primitives.code.set_breakpoints(stop.breakpoints)
        end = s[_RETIRED] + budget
        try:
            while True:
                # Budget first: a run that ends here leaves the next interrupt to the next run.
                mode = s[_MODE]
                halt = Halt.BUDGET if s[_RETIRED] >= end else self._before(stop)
                if halt is None:
                    halt = self._burst(end, stop)
                if halt is None and watching.hit is not None:
                    self.watch_hit = watching.hit
                    halt = Halt.WATCHPOINT
                if halt is None and self._stop_requested:
                    halt = Halt.REQUEST
                if halt is None and s[_MODE] == stop.mode != mode:
                    halt = Halt.MODE
                if halt is not None:
                    return halt
        finally:
            s[_X] = memoryview(array("Q", self._x))

    def _before(self, stop: StopAt) -> Halt | None:
        """What comes between instructions: the end of a wait, a device, an interrupt."""
        verdict, cause = self._between()
        while verdict == DEVICE:
            self.machine.tick()
            verdict, cause = self._between()
        if verdict == STALLED:
            return Halt.WAITING
        return self._trap(cause, 0, stop) if verdict == INTERRUPT else None

    def _trap(self, cause: int, tval: int, stop: StopAt) -> Halt | None:
        s = self._s
        self._primitives.watching.hit = None  # an instruction that traps accesses nothing
        from_mode, from_actor, epc = s[_MODE], self._actor(), s[_PC]
        if self._take_trap(cause, tval):
            self.pending_trap = PendingTrap(cause, s[_TVAL], epc)
            return Halt.INTERCEPT
        s[_X] = memoryview(array("Q", self._x))
        if self._trap_repeats(from_actor, cause, tval, epc):
            return Halt.TRAP_LOOP
        if stop.trap:
            return Halt.TRAP
        return Halt.MODE if s[_MODE] == stop.mode != from_mode else None

    def _actor(self) -> int:
        """The mode and V in one number (`system.actor`)."""
        return self._s[_MODE] | VIRTUAL_ACTOR * self._s[_VIRTUAL]

    def _burst(self, end: int, stop: StopAt) -> Halt | None:
        """Run until something must happen between two instructions: at the latest the budget's
        end or the timer's deadline; at the earliest one instruction, when that needs care."""
        s, here, breakpoints = self._s, self._primitives, stop.breakpoints
        pages, code, settle = here.pages, here.code, here.settle
        here.data_context = self._data_context()
        pages.choose(self._fetch_context(), here.data_context)
        load, store, fetch = pages.data.load, pages.data.store, pages.fetch.fetch
        pc = s[_PC]
        if pc in breakpoints and (pc, s[_RETIRED]) != self._resumed_at:
            return Halt.BREAKPOINT
        if self.listeners.retires:
            page = fetch.get(pc >> 12)
            return self._one(stop, None if page is None else code.word(page, pc))
        here.stop_at = min(end, self._deadline() - s[_SKIPPED])
        left = here.stop_at - s[_RETIRED]
        here.touched = False
        while left > 0:
            try:
                function, length = fetch[pc >> 12][pc & 0xFFF]
            except KeyError:
                page = fetch.get(pc >> 12)
                if pc in breakpoints and (pc, here.stop_at - left) != self._resumed_at:
                    settle(pc, left)
                    return Halt.BREAKPOINT
                block = None if page is None else code.block(page, pc)
                function, length = block or _NO_BLOCK
            if length <= left:
                here.alone = False
                try:
                    pc, left = function(left, load, store)
                except Redo as redo:
                    here.alone = True
                    settle(redo.pc, redo.left)
                    return self._one(stop)
                except Trap as trap:
                    here.alone = True
                    return self._trap(trap.cause, trap.tval, stop)
                here.alone = True
                continue
            # One instruction, through its printed function.
            settle(pc, left)
            page = fetch.get(pc >> 12)
            word = None if page is None else code.word(page, pc)
            simple = self._instructions.decode_simple(word)
            if simple is None:
                return self._one(stop, word)
            try:
                pc = simple.function(*simple.operands, pc, pc + simple.size_bytes, simple.word)
            except Trap as trap:
                return self._trap(trap.cause, trap.tval, stop)
            left -= 1
            if here.touched:
                break
        settle(pc, left)
        return None

    def _one(self, stop: StopAt, known: int | None = None) -> Halt | None:
        """Run the instruction at pc, whatever it is. Its word is `known` if its page is among
        those that may be fetched from: then the kernel would find the same."""
        s = self._s
        pc = s[_PC]
        cause, word = self._fetch(pc) if known is None else (0, known)
        if cause:
            return self._trap(cause, word, stop)
        if self.listeners.retires:
            self.listeners.emit(Retired(s[_RETIRED], pc, word, *split_actor(self._actor())))
        decoded = self._instructions.decode(word)
        if decoded is None:
            return self._trap(ILLEGAL_INSTRUCTION, word, stop)
        try:
            to = decoded.function(*decoded.operands, pc, pc + decoded.size_bytes, word)
        except Trap as trap:
            return self._trap(trap.cause, trap.tval, stop)
        s[_PC] = to
        s[_RETIRED] += 1
        return None
