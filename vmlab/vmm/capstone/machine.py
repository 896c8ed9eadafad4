"""A guest under the capstone, as a subject of the comparison: a real machine and no Python monitor.

The hypervisor is code on the same hart as its guest. So what the others' monitors do in Python,
which no clock of the machine sees, it does in instructions that retire and can be counted:
`monitor_insns` is measured here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

from vmlab.core.errors import Unsupported
from vmlab.core.units import MIB
from vmlab.engine.api import Halt, Listeners, StopAt
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.tiers import new_arena
from vmlab.guests import catalog
from vmlab.guests.loader import load_elf
from vmlab.isa.extensions import ISA_STRING
from vmlab.isa.state import FIELDS
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.capstone.measure import ExitKind, ExitMeter
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.direct import NOWHERE
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.hearing import hear
from vmlab.vmm.common.host import real_engine
from vmlab.vmm.common.vhart import VirtualHart
from vmlab.vmm.common.vm import Payload, State

RAM_BYTES: Final = 16 * MIB
"""Of the real machine; its guest has half of it."""
REASONS: Final = {
    ExitKind.FILL: Reason.GSTAGE_FAULT,
    ExitKind.MMIO_LOAD: Reason.DEVICE,
    ExitKind.MMIO_STORE: Reason.DEVICE,
    ExitKind.SBI: Reason.FIRMWARE_CALL,
    ExitKind.IDLE: Reason.IDLE,
    ExitKind.TIMER: Reason.TIMER,
    ExitKind.INJECTED: Reason.EXCEPTION,
}

EMULATED: Final = frozenset({ExitKind.MMIO_LOAD, ExitKind.MMIO_STORE, ExitKind.IDLE, ExitKind.SBI})
"""Exits for an instruction that the hypervisor carries out in place of the guest; a call of
firmware counts as one (`common.sbi`)."""


class CapstoneMachine:
    """The hypervisor, and a guest of half of the machine's RAM."""

    name: ClassVar[str] = "capstone"

    def __init__(self, platform: Platform, payload: Payload, engine: str = "auto") -> None:
        if platform.ram_bytes * 2 != RAM_BYTES:
            raise Unsupported(
                f"expected a guest of {RAM_BYTES // 2} bytes of RAM under the capstone, found "
                f"{platform.ram_bytes}"
            )
        hypervisor = load_elf(catalog.find(self.name).read(), name=self.name, ram_size=RAM_BYTES)
        self.machine = Machine(Platform(RAM_BYTES, isa=ISA_STRING), arena=new_arena(RAM_BYTES))
        segments = [
            *((part.pa, part.data.ljust(part.mem_size, b"\0")) for part in hypervisor.segments),
            *payload.segments,
        ]
        tree = self.machine.device_tree(payload.append) if payload.append else None
        self.machine.load(segments, hypervisor.entry, tree)
        self.engine = real_engine(self.machine, engine)
        real = self.engine
        self.hart = VirtualHart(
            self.machine, real.reference if isinstance(real, Interpreter) else None
        )
        self.output = bytearray()
        self.machine.uart.on_output = self.output.append
        self.state, self.why = State.READY, ""
        self._meter = ExitMeter()
        hear(real.listeners, ExitMeter.KINDS, self._meter)
        self.engine.run(0, StopAt())

    @property
    def listeners(self) -> Listeners:
        """Who hears of what the hart does."""
        return self.engine.listeners

    @property
    def counters(self) -> Counters:
        """Counts up to now. Instructions that the hypervisor retired are not the guest's."""
        words, found = self.machine.arena.words, Counters(monitor_insns=0)
        inside = 0
        for kind, insns in self._meter.insns.items():
            found.exits[REASONS[kind]] += len(insns)
            inside += sum(insns)
            found.emulated_insns += len(insns) if kind in EMULATED else 0
            found.gstage_faults += len(insns) if kind is ExitKind.FILL else 0
        found.monitor_insns = inside
        found.direct_insns = self.hart.retired - inside
        found.tlb_misses = words[FIELDS["tlb_misses"].slot]
        found.pte_reads = words[FIELDS["pte_reads"].slot]
        return found

    @property
    def runnable(self) -> bool:
        return self.state is State.READY

    def run(self, most: int, stops: frozenset[int] = NOWHERE) -> bool:
        """Run until `most` more instructions have retired, the hypervisor's among them, or the
        guest stands before an instruction at one of `stops`: then True."""
        goal = self.hart.retired + most
        go: Callable[[int], Halt] = partial(self.engine.run, stop=StopAt(stops))
        while self.runnable and self.hart.retired < goal:
            halt = go(goal - self.hart.retired)
            go = self.engine.go_on
            if halt is Halt.BREAKPOINT:
                return True
            if halt is Halt.WAITING:
                self.state = State.WAITING
            elif self.machine.finisher.written is not None:
                self.state = State.ENDED
            elif halt is Halt.TRAP_LOOP:
                self.state, self.why = State.CRASHED, "the hypervisor traps for ever"
        return False

    def run_slice(self, insns: int) -> None:
        """As `run`: there is one guest."""
        self.run(insns)

    def settle(self) -> None:
        """Nothing: it is all the real machine's."""

    def type(self, data: bytes) -> None:
        """Input arrives at the real UART; the hypervisor passes it on."""
        self.machine.receive(data)
        if self.state is State.WAITING:
            self.state = State.READY

    def count_operations(self, on: bool) -> None:
        """Nothing: what the hypervisor does is always counted, in instructions."""
