"""Pure interpretation, as Bochs and Simics do it: the guest never has the hart.

Each instruction of the guest is fetched, decoded and carried out by a program: here by the printed
description over the virtual machine's words. So there is nothing to intercept and nothing to
exit from, and the monitor owns everything, always. Equivalence and control come for nothing;
efficiency, in Popek and Goldberg's sense, cannot be had: no instruction runs directly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, StopAt
from vmlab.isa.causes import ECALL_FROM_S
from vmlab.isa.state import FIELDS, INTERCEPTS
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.vm import State, Vm
from vmlab.vmm.interpret.counting import CountingReference

_MISSES, _READS = FIELDS["tlb_misses"].slot, FIELDS["pte_reads"].slot
_RUN_ON: Final = StopAt()


class Interpreter:
    """The interpreter of one host. With `count_ops` it counts operations, and is slower."""

    name: ClassVar[str] = "interpret"

    def __init__(self, host: Host, count_ops: bool = False) -> None:
        self.host = host
        self.count_ops = count_ops
        self.current: Vm | None = None
        """Whose instructions were carried out last."""
        if count_ops:
            host.reference = CountingReference

    def admit(self, vm: Vm) -> None:
        """What traps to M is a call of firmware, whose place we take."""
        vm.hart.words[INTERCEPTS.slot] = 1 << Mode.M

    def settle(self, vm: Vm) -> None:
        """Nothing: a virtual machine's state is never anywhere but in its own words."""

    def type(self, vm: Vm, data: bytes) -> None:
        """Input arrives at a virtual machine's console."""
        vm.type(data)

    # The loop ------------------------------------------------------------------------------------

    def run(self, vm: Vm, most: int, slice_insns: int | None = None) -> None:
        """Carry out at most `most` more of the guest's instructions, fewer if its slice ends, it
        waits for input, or it is over. Whoever carries a guest out needs no timer to end that."""
        if self.current is not vm:
            vm.counters.world_switches += self.current is not None
            self.current = vm
        goal = vm.hart.retired + (most if slice_insns is None else min(most, slice_insns))
        with self.accounted(vm):
            while vm.runnable and vm.hart.retired < goal:
                self.act_on(
                    vm, self._one_by_one(vm, goal) if self.count_ops else self._on(vm, goal)
                )
        self.host.monitor_wrote(vm)

    @contextmanager
    def accounted(self, vm: Vm) -> Iterator[None]:
        """What happens in here is charged to the virtual machine."""
        words, engine = vm.hart.words, vm.hart.reference
        counting = engine if isinstance(engine, CountingReference) else None
        began, misses, reads = vm.hart.retired, words[_MISSES], words[_READS]
        operations = counting.operations if counting else 0
        try:
            yield
        finally:
            vm.counters.emulated_insns += vm.hart.retired - began
            vm.counters.tlb_misses += words[_MISSES] - misses
            vm.counters.pte_reads += words[_READS] - reads
            vm.counters.host_ops += counting.operations - operations if counting else 0

    def _on(self, vm: Vm, goal: int) -> Halt:
        """Until something is to be done; what is run again and again is printed as blocks."""
        return vm.hart.reference.run(goal - vm.hart.retired, _RUN_ON)

    def _one_by_one(self, vm: Vm, goal: int) -> Halt | None:
        """The same, which is how an interpreter is written."""
        hart, halt = vm.hart, None
        while halt is None and hart.retired < goal and not vm.asks:
            halt = hart.between() or hart.emulate()
        return halt

    def act_on(self, vm: Vm, halt: Halt | None) -> None:
        """The virtual hart has stopped: what the board and its firmware do then."""
        if halt is Halt.INTERCEPT:
            self._call_firmware(vm)
        elif halt is Halt.WAITING:
            vm.stop(State.WAITING)
        elif halt is Halt.TRAP_LOOP:
            vm.stop(State.CRASHED, f"it traps for ever at {vm.machine.hart.pc:#x}")
        if vm.asks:
            self._end(vm)

    def _call_firmware(self, vm: Vm) -> None:
        pending = vm.hart.reference.pending_trap
        assert pending is not None
        if pending.cause != ECALL_FROM_S:
            raise BrokenInvariant(f"expected an SBI call, found cause {pending.cause:#x} for M")
        vm.sbi.call()

    def _end(self, vm: Vm) -> None:
        """The guest has asked for its end, or to begin again."""
        if not vm.machine.finisher.asks_reset:
            vm.stop(State.ENDED)
            return
        vm.hart.reference.forget(vm.reboot())
