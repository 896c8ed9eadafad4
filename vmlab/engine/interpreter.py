"""Tier T1: the generated WebAssembly interpreter (`derive.t1`) on one machine.

The module and this class share one block of memory: the arena, and in front of it T1's own words
(`derive.t1.layout`). A run writes there what it is asked for and calls the module, which comes
back when the run has ended, and calls here for devices only.

What T1 does not do (an event for each instruction retired, more breakpoints or watchpoints than
its tables hold), the reference engine does on the same arena: each is told what the other wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from vmlab.core.bits import MASK64
from vmlab.core.events import Access, EventKind, Mmio
from vmlab.derive.t1 import layout
from vmlab.derive.t1.layout import ARENA_AT, BETWEEN, MOST_BREAKPOINTS, MOST_WATCHES
from vmlab.derive.t1.loop import RUN
from vmlab.derive.t1.module import HOST
from vmlab.derive.t1.numbers import Out
from vmlab.engine.api import Halt, Listeners, PendingTrap, StopAt, Watch, WatchHit
from vmlab.engine.effort import Effort
from vmlab.engine.modulecache import engine_module
from vmlab.engine.reference import Reference
from vmlab.engine.sharedarena import SharedArena
from vmlab.engine.t1words import Words
from vmlab.engine.translations import Translated, TranslationCounters, TranslationEvent
from vmlab.engine.translator import Translator
from vmlab.isa.state import MODE, PC, RETIRED, TRAP_CAUSE, TRAP_TVAL
from vmlab.isa.system.memory import PARCEL_BYTES
from vmlab.machine.platform import Machine

HALTS: Final = {
    Out.BUDGET: Halt.BUDGET,
    Out.BREAKPOINT: Halt.BREAKPOINT,
    Out.WATCHPOINT: Halt.WATCHPOINT,
    Out.TRAP: Halt.TRAP,
    Out.MODE: Halt.MODE,
    Out.REQUEST: Halt.REQUEST,
    Out.WAITING: Halt.WAITING,
    Out.TRAP_LOOP: Halt.TRAP_LOOP,
    Out.INTERCEPT: Halt.INTERCEPT,
}
NO_MODE: Final = 7
_INTERCEPT: Final = int(Out.INTERCEPT)
# Where `go_on` finds what it needs, in the block's words.
_END, _STOP_REQUESTED, _RING_USED, _RETIRED, _PC, _CAUSE, _TVAL = (
    (ARENA_AT + field.offset_bytes) >> 3
    for field in (
        layout.END,
        layout.STOP_REQUESTED,
        layout.RING_USED,
        RETIRED,
        PC,
        TRAP_CAUSE,
        TRAP_TVAL,
    )
)
NO_DOUBLEWORD: Final = 1
"""An address that no doubleword has."""
NEVER: Final = (1 << 30) - 1
"""So many jumps go by before the loop looks at one."""
FARTHEST: Final = (1 << 63) - 1


class Interpreter:
    """T1 on a machine whose arena is shared with WebAssembly. `patient` says from how many
    instructions on a run is worth T1; shorter ones are the reference engine's. With an `effort`,
    hot pages are translated (T2)."""

    def __init__(
        self,
        machine: Machine,
        arena: SharedArena,
        patient: int = 0,
        effort: Effort | None = None,
    ) -> None:
        self.machine = machine
        self.pending_trap: PendingTrap | None = None
        self.watch_hit: WatchHit | None = None
        self.reference = Reference(machine)
        self.listeners: Listeners = self.reference.listeners
        self._patient = patient
        self._w = Words(arena)
        joined = arena.block.join_to(engine_module(), self._imports(), layout.TABLE)
        loop = joined.functions[RUN]
        self._loop: Callable[[], int] = loop
        self._translator: Translator | None = None
        self._ran_reference = True
        self._written: set[int] = set()
        """Pages written, not yet asked for."""
        self._news: set[int] = set()
        """Pages that T1 has written since the reference engine last ran."""
        self._breakpoints: frozenset[int] = frozenset()
        self._watches: tuple[Watch, ...] = ()
        self._asked = StopAt()
        """What the last run was asked for."""
        self._began = (0, 0)
        """Where it began: a breakpoint there is passed over."""
        self._heard: EventKind | None = None
        """What T1 records; None before the first run, when its words may be an earlier engine's."""
        self._quick = False
        """True if `go_on` finds in T1's words all that the last run was asked for."""
        self._w[layout.HEAT_PERIOD] = self._w[layout.HEAT_TICKS] = NEVER
        if effort is not None:
            translator = self._translator = Translator(machine, self._w, joined, effort)
            self._loop = lambda: translator.run(loop)
        self._w[layout.TOHOST] = NO_DOUBLEWORD if machine.tohost is None else machine.tohost
        self._tells_accesses = self._keeps_order = False
        self._tell_reference = machine.dma.on_write
        machine.dma.on_write = self.device_wrote

    @property
    def name(self) -> str:
        """The tier that ran last."""
        return self.reference.name if self._ran_reference and self._patient else self.tier

    @property
    def tier(self) -> str:
        """The tier that runs all but what is the reference engine's. If T2 was not asked for by its
        name, it is T1 until something has turned out to be hot."""
        if self._translator is None or (self._patient and not self._translator.has_run()):
            return "t1"
        return "t2"

    # The protocol --------------------------------------------------------------------------------

    def run(self, budget: int, stop: StopAt) -> Halt:
        w = self._w
        self._asked, self._began = stop, stop.began or (w[PC], w[RETIRED])
        if self._is_for_reference(budget, stop):
            return self._run_reference(budget, stop)
        self.watch_hit = None
        self._take_over()
        # Where a watch was met and which mode was left is said anew at the beginning of each run.
        self._quick = stop.mode is None and not stop.watches
        w[layout.END] = min(w[RETIRED] + budget, FARTHEST)
        w[layout.STOP_AT_TRAP] = int(stop.trap)
        w[layout.STOP_MODE] = NO_MODE if stop.mode is None else stop.mode
        w[layout.MODE_BEFORE] = w[MODE]
        w[layout.RESUMED_PC], w[layout.RESUMED_AT] = self._began
        w[layout.STOP_REQUESTED] = w[layout.HIT] = 0
        self._listen()
        self._set_breakpoints(stop.breakpoints)
        self._set_watches(stop.watches)
        w[layout.TOHOST] = NO_DOUBLEWORD if self.machine.tohost is None else self.machine.tohost
        try:
            out = Out(self._loop())
        finally:
            self._drain()
        if out is Out.INTERCEPT:
            self.pending_trap = PendingTrap(w[TRAP_CAUSE], w[TRAP_TVAL], w[PC])
        elif out is Out.WATCHPOINT:
            self.watch_hit = self._hit()
        return HALTS[out]

    def _listen(self) -> None:
        """Have T1 record what is listened to now."""
        kinds = self.listeners.kinds
        if kinds is not self._heard:  # a flag has one object for each value
            self._heard = kinds
            self._w[layout.LISTEN] = self._w.listening(kinds)
            self._tells_accesses = bool(kinds & EventKind.MMIO)
            self._keeps_order = bool(kinds & (EventKind.MMIO | EventKind.CONSOLE))

    def go_on(self, budget: int) -> Halt:
        words = self._w.words
        if not self._quick or words[_STOP_REQUESTED] or self.listeners.kinds is not self._heard:
            return self.run(budget, replace(self._asked, began=self._began))
        words[_END] = min(words[_RETIRED] + budget, FARTHEST)
        out = self._loop()
        if words[_RING_USED]:
            self._drain()
        if out == _INTERCEPT:
            self.pending_trap = PendingTrap(words[_CAUSE], words[_TVAL], words[_PC])
            return Halt.INTERCEPT
        return HALTS[Out(out)]

    def request_stop(self) -> None:
        self.reference.request_stop()
        self._w[layout.STOP_REQUESTED] = 1
        self._w[layout.ATTENTION] |= BETWEEN

    def forget(self, pages: set[int] | None = None) -> None:
        self._w.forget(pages)
        self._news = set()
        self.reference.forget(pages)

    def peek(self, va: int, access: Access) -> int | None:
        return self.reference.peek(va, access)

    def read_csr(self, number: int) -> int:
        return self.reference.read_csr(number)

    def write_csr(self, number: int, value: int) -> None:
        self.reference.write_csr(number, value)
        self.forget(set())

    def kernel(self, name: str) -> Any:
        """A kernel's Python form on this machine, for tests and tools."""
        return self.reference.kernel(name)

    def take_dirty_pages(self) -> set[int]:
        taken = self._written | self._collect() | self._collect_reference()
        self._written = set()
        return taken

    # What T2 has made ----------------------------------------------------------------------------

    def translations(self) -> tuple[Translated, ...]:
        return () if self._translator is None else self._translator.translations()

    def translation_counters(self) -> TranslationCounters:
        return TranslationCounters() if self._translator is None else self._translator.counters()

    def translation_log(self) -> tuple[TranslationEvent, ...]:
        return () if self._translator is None else self._translator.log()

    # Taking turns with the reference engine ------------------------------------------------------

    def _is_for_reference(self, budget: int, stop: StopAt) -> bool:
        return (
            budget < self._patient
            or self.listeners.retires
            or len(stop.breakpoints) > MOST_BREAKPOINTS
            or len(stop.watches) > MOST_WATCHES
        )

    def _run_reference(self, budget: int, stop: StopAt) -> Halt:
        if not self._ran_reference:
            self._written |= self._collect()
            self.reference.forget(self._news)
            self._news = set()
            self._ran_reference = True
        self._quick = False
        halt = self.reference.run(budget, stop)
        self.pending_trap, self.watch_hit = self.reference.pending_trap, self.reference.watch_hit
        return halt

    def _take_over(self) -> None:
        """The reference engine may have run: believe nothing that it may have changed."""
        if self._ran_reference:
            self._written |= self._collect_reference()
            self._w.forget(set())
            self._ran_reference = False

    def _collect(self) -> set[int]:
        """Pages that T1 has written since this was last called."""
        pages = self._w.take_dirty()
        self._news |= pages
        return pages

    def _collect_reference(self) -> set[int]:
        pages = self.reference.take_dirty_pages()
        self._w.drop_code(pages)
        return pages

    # What the module calls -----------------------------------------------------------------------

    def _imports(self) -> Mapping[str, Callable[[], None]]:
        return {f"hook_{name}": getattr(self, f"_{name}") for name in HOST}

    def _device_load(self) -> None:
        w = self._w
        self._before_access()
        pa, size = w[layout.MAIL_ADDRESS], w[layout.MAIL_SIZE]
        value = self.machine.bus.read(pa, size)
        if self._tells_accesses:
            self.listeners.emit(Mmio(w[RETIRED], pa, size, value or 0, False))
        self._answer(value)

    def _device_store(self) -> None:
        w = self._w
        self._before_access()
        pa, size = w[layout.MAIL_ADDRESS], w[layout.MAIL_SIZE]
        value = w[layout.MAIL_VALUE] & ((1 << 8 * size) - 1)
        if self._tells_accesses:
            self.listeners.emit(Mmio(w[RETIRED], pa, size, value, True))
        w[layout.MAIL_ANSWERED] = int(self.machine.bus.write(pa, size, value))
        if self.machine.finisher.written is not None:
            self.request_stop()

    def _device_fetch(self) -> None:
        pa, rom = self._w[layout.MAIL_ADDRESS], self.machine.rom
        here = self.machine.bus.find(pa, PARCEL_BYTES) is rom
        self._answer((rom.read(pa - rom.base, PARCEL_BYTES) or 0) if here else None)

    def _answer(self, value: int | None) -> None:
        self._w[layout.MAIL_ANSWERED] = int(value is not None)
        self._w[layout.MAIL_VALUE] = (value or 0) & MASK64

    def _tick(self) -> None:
        self.machine.tick()

    def _before_access(self) -> None:
        """Who is told of an access, or of what it prints, has to hear of the traps before."""
        if self._keeps_order:
            self._drain()

    def _drain(self) -> None:
        """Hand on the records that the ring holds."""
        batch = self._w.take_records()
        if batch is not None:
            self.listeners.batch(batch)

    # What writes RAM besides the guest -----------------------------------------------------------

    def device_wrote(self, offset: int, length: int) -> None:
        self._tell_reference(offset, length)
        pages = set(range(offset >> 12, (offset + length - 1 >> 12) + 1))
        self._written |= pages
        if self._translator is not None:
            self._translator.before_write(offset, length)
        self._w.drop_code(pages)

    # Breakpoints and watchpoints -----------------------------------------------------------------

    def _set_breakpoints(self, breakpoints: frozenset[int]) -> None:
        if breakpoints != self._breakpoints:
            self._w.undecode_at({address & 0xFFF for address in breakpoints ^ self._breakpoints})
            self._w.fill(layout.BREAK, sorted(breakpoints))
            self._w[layout.BREAKPOINTS] = len(breakpoints)
            if self._translator is not None:
                self._translator.set_stops(breakpoints)
            self._breakpoints = breakpoints

    def _set_watches(self, watches: tuple[Watch, ...]) -> None:
        if watches != self._watches:
            w = self._w
            w.forget_pages()
            w.fill(layout.WATCH_FIRST, [watch.first for watch in watches])
            w.fill(layout.WATCH_LAST, [watch.last for watch in watches])
            w.fill(layout.WATCH_ACCESS, [watch.accesses for watch in watches])
            w[layout.WATCHES] = len(watches)
            self._watches = watches

    def _hit(self) -> WatchHit:
        w = self._w
        return WatchHit(
            self._watches[w[layout.HIT] - 1],
            w[layout.HIT_ADDRESS],
            w[layout.HIT_SIZE],
            Access(w[layout.HIT_ACCESS]),
            w[layout.HIT_PC],
        )
