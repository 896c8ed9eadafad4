"""The virtual machine as its monitor sees it, and the loop that runs it."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from vmlab.core.bits import MASK64
from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS
from vmlab.engine.api import Engine, StopAt
from vmlab.engine.api import Halt as EngineHalt
from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.machine import memmap
from vmlab.machine.hart import Registers
from vmlab.machine.platform import Machine
from vmlab.vmm.smallest.exits import Decision, Enter, Halt, TrapExit


class Vm:
    """One guest: its registers, memory and counters. The monitor reads and writes it in exits."""

    def __init__(self, machine: Machine, engine: Engine) -> None:
        self.machine = machine
        self.engine = engine
        self.counters: Counter[str] = Counter()

    @property
    def x(self) -> Registers:
        return self.machine.hart.x

    @property
    def pc(self) -> int:
        return self.machine.hart.pc

    @pc.setter
    def pc(self, value: int) -> None:
        self.machine.hart.pc = value & MASK64

    @property
    def mode(self) -> Mode:
        return self.machine.hart.mode

    def read(self, address: int, length: int) -> bytes:
        """Guest memory by physical address."""
        return self.machine.read(address, length)

    def write(self, address: int, data: bytes) -> None:
        """Write guest memory by physical address; cached code there is dropped."""
        self.machine.write(address, data)
        offset = address - memmap.RAM
        pages = range(offset >> PAGE_BITS, (offset + len(data) - 1 >> PAGE_BITS) + 1)
        self.engine.forget(set(pages))


class Monitor(Protocol):
    """A VMM: it owns a level, and decides what happens at each exit."""

    owns: Mode

    def on_exit(self, vm: Vm, exit: TrapExit) -> Decision: ...


def run_monitor(vm: Vm, monitor: Monitor, budget: int) -> Halt | None:
    """Run the guest under the monitor for at most `budget` retired instructions.

    Traps that would go to the owned level come to the monitor instead. Returns its `Halt`, or
    None when the budget ended first. The exit counts stand in `vm.counters`.
    """
    hart = vm.machine.hart
    end = hart.retired + budget
    hart.set_word("intercepts", 1 << monitor.owns)
    try:
        while hart.retired < end:
            why = vm.engine.run(end - hart.retired, StopAt())
            if why is EngineHalt.BUDGET:
                return None
            if why is not EngineHalt.INTERCEPT:
                raise BrokenInvariant(
                    f"expected an intercepted trap, found the engine stop {why.value}"
                )
            pending = vm.engine.pending_trap
            assert pending is not None
            interrupt = bool(pending.cause & INTERRUPT_BIT)
            cause = pending.cause & ~INTERRUPT_BIT
            vm.counters["exits_total"] += 1
            vm.counters[f"exits.{'i' if interrupt else ''}{cause}"] += 1
            decision = monitor.on_exit(
                vm, TrapExit(cause, interrupt, pending.tval, pending.epc, hart.mode)
            )
            if isinstance(decision, Halt):
                return decision
            assert isinstance(decision, Enter)
        return None
    finally:
        hart.set_word("intercepts", 0)
