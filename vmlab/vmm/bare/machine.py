"""The guest on a bare machine: S is the real S, and firmware answers in M.

The firmware is `common.sbi`, the very text by which monitors answer for firmware; it owns M and
nothing else, so all but SBI calls is the hart's own. It retires no instructions: the guest's clock
counts the guest alone, here as under every monitor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, Listeners, StopAt
from vmlab.engine.tiers import new_arena
from vmlab.isa.causes import ECALL_FROM_S
from vmlab.isa.state import INTERCEPTS
from vmlab.machine.disk import Disk
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.direct import NOWHERE
from vmlab.vmm.common.host import real_engine, real_hart
from vmlab.vmm.common.sbi import Sbi
from vmlab.vmm.common.vm import Payload, State, power_on, traps_for_ever


class BareMachine:
    """One guest and nothing else."""

    name: ClassVar[str] = "bare"

    def __init__(
        self, platform: Platform, payload: Payload, engine: str = "auto", seed: int = 0
    ) -> None:
        disk = None if payload.disk is None else Disk(payload.disk)
        self.payload = payload
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
        go: Callable[[int], Halt] = partial(self.engine.run, stop=StopAt(stops))
        goal = self.hart.retired + most
        misses, reads = self.hart.event_counts()
        before, met = self.hart.retired, False
        while self.runnable and self.hart.retired < goal:
            halt = go(goal - self.hart.retired)
            go = self.engine.go_on
            if halt is Halt.INTERCEPT:
                self._call()
            elif halt is Halt.BREAKPOINT:
                met = True
                break
            elif halt is Halt.WAITING:
                self.state = State.WAITING
            elif halt is Halt.TRAP_LOOP:
                self.state = State.CRASHED
                self.why = traps_for_ever(self.machine.hart.pc)
            elif halt is Halt.REQUEST or self.machine.finisher.written is not None:
                self._end()
        now = self.hart.event_counts()
        self.counters.direct_insns += self.hart.retired - before
        self.counters.tlb_misses += now[0] - misses
        self.counters.pte_reads += now[1] - reads
        return met

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
