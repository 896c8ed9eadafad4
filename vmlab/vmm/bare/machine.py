"""The guest on a bare machine: S is the real S, and firmware answers in M.

The firmware is `common.sbi`, the very text by which monitors answer for firmware; it owns M and
nothing else, so all but SBI calls is the hart's own. It retires no instructions: the guest's clock
counts the guest alone, here as under every monitor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final

from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, Listeners, StopAt, WatchHit
from vmlab.engine.tiers import new_arena
from vmlab.isa.causes import ECALL_FROM_S
from vmlab.isa.state import INTERCEPTS
from vmlab.machine.arena import Arena
from vmlab.machine.disk import Disk
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.direct import NOWHERE
from vmlab.vmm.common.host import follow, real_engine, real_hart
from vmlab.vmm.common.sbi import Sbi
from vmlab.vmm.common.vm import Payload, State, halt_of, power_on, traps_for_ever

_STOPS: Final = frozenset({Halt.BREAKPOINT, Halt.WATCHPOINT, Halt.TRAP, Halt.MODE})


class BareMachine:
    """One guest and nothing else."""

    name: ClassVar[str] = "bare"

    def __init__(
        self, platform: Platform, payload: Payload, engine: str = "auto", seed: int | None = None
    ) -> None:
        disk = None if payload.disk is None else Disk(payload.disk)
        self.payload = payload
        seed = payload.seed if seed is None else seed
        self.machine = Machine(platform, seed=seed, disk=disk, arena=new_arena(platform.ram_bytes))
        self.engine = real_engine(self.machine, engine)
        self.hart = real_hart(self.machine, self.engine)
        self.sbi = Sbi(self.hart)
        self.output = bytearray()
        self.machine.uart.on_output = self.output.append
        self.machine.terminal.on_output = self.output.append
        self.counters = Counters()
        self.firmware_calls = 0
        self.state = State.READY
        self.why = ""
        self.stop_requested = False
        """The run is to end after what firmware is doing now."""
        self._start()

    def _start(self) -> None:
        power_on(self.machine, self.hart, self.payload)
        self.hart.words[INTERCEPTS.slot] = 1 << Mode.M
        self.engine.forget()
        self.engine.run(0, StopAt())

    @property
    def listeners(self) -> Listeners:
        """Who hears of what the hart does."""
        return self.engine.listeners

    @property
    def runnable(self) -> bool:
        return self.state is State.READY

    def type(self, data: bytes) -> None:
        """Input arrives at the console."""
        self.machine.receive(data)
        if self.state is State.WAITING:
            self.state = State.READY

    def run(self, most: int, stops: frozenset[int] = NOWHERE) -> bool:
        """Run until `most` more instructions have retired, it waits for input, it is over, or it
        stands before an instruction at one of `stops`: then True."""
        return self.drive(most, StopAt(stops)) is Halt.BREAKPOINT

    def drive(self, most: int, stop: StopAt) -> Halt:
        """`run` as an engine runs a machine: with all that can end a run, and with what did."""
        go: Callable[[int], Halt] = partial(self.engine.run, stop=stop)
        goal = self.hart.retired + most
        misses, reads = self.hart.event_counts()
        before, met = self.hart.retired, Halt.BUDGET
        self.stop_requested = False
        while self.runnable and self.hart.retired < goal:
            halt = go(goal - self.hart.retired)
            go = self.engine.go_on
            if halt is Halt.INTERCEPT:
                self._call()
            elif halt is Halt.WAITING:
                self.state = State.WAITING
            elif halt is Halt.TRAP_LOOP:
                self.state = State.CRASHED
                self.why = traps_for_ever(self.machine.hart.pc)
            elif self.machine.finisher.written is not None:
                self._end()
            elif halt in _STOPS:
                met = halt
                break
            if self.stop_requested:
                break
        now = self.hart.event_counts()
        self.counters.direct_insns += self.hart.retired - before
        self.counters.tlb_misses += now[0] - misses
        self.counters.pte_reads += now[1] - reads
        return halt_of(self.state, self.stop_requested) if met is Halt.BUDGET else met

    def request_stop(self) -> None:
        """The run is to end after the instruction that is running now."""
        self.stop_requested = True
        self.engine.request_stop()

    def count_from(self, counters: Counters) -> None:
        """Count on from these."""
        self.counters = counters

    def look_again(self) -> None:
        """It may be that it can go on: the next run finds out."""
        if self.state in (State.WAITING, State.CRASHED):
            self.state, self.why = State.READY, ""

    def _call(self) -> None:
        pending = self.engine.pending_trap
        assert pending is not None
        if pending.cause != ECALL_FROM_S:
            raise BrokenInvariant(f"expected an SBI call, found cause {pending.cause:#x} for M")
        self.firmware_calls += 1
        self.sbi.call()
        if self.machine.finisher.written is not None:
            self._end()

    def _end(self) -> None:
        if not self.machine.finisher.asks_reset:
            self.state = State.ENDED
            return
        changed = self.machine.reboot()
        self.hart.hand_over(self.payload.entry, self.machine.tree_address)
        self.engine.forget(changed)

    def run_slice(self, insns: int) -> None:
        """As `run`: it has the hart to itself."""
        self.run(insns)

    def count_operations(self, on: bool) -> None:
        """Nothing: there is no monitor."""

    def settle(self) -> None:
        """Nothing: its words are where they belong."""

    def show(self) -> None:
        """Nothing, as well."""

    @property
    def arena(self) -> Arena:
        """The machine's."""
        return self.machine.arena

    @property
    def watch_hit(self) -> WatchHit | None:
        """The engine's."""
        return self.engine.watch_hit

    def pages_of(self, pages: set[int]) -> set[int]:
        """The same: the guest's RAM is the machine's."""
        return pages

    def take_written(self) -> set[int]:
        """As the engine says."""
        return self.engine.take_dirty_pages()

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """A copy of what stands neither in the machine nor in its devices."""
        return self.counters.copy(), self.state, self.why, self.firmware_calls, bytes(self.output)

    def recall(self, memo: Any, changed: set[int]) -> None:
        """As it was when `memo` gave that. The hart and these pages of RAM have been put back."""
        counters, self.state, self.why, self.firmware_calls, output = memo
        self.counters = counters.copy()
        self.output[:] = output
        self.engine.forget(changed)

    def use_engine(self, name: str) -> None:
        """Go on with another engine. Raises as `make_engine` does; the old one stays then."""
        engine = real_engine(self.machine, name)
        follow(engine, self.engine)
        self.engine = engine
        self.hart = real_hart(self.machine, engine)
        self.sbi = Sbi(self.hart)
        engine.run(0, StopAt())
