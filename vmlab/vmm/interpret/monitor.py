"""Pure interpretation, as Bochs and Simics do it: the guest never has the hart.

Each instruction of the guest is fetched, decoded and carried out by a program: here by the printed
description over the virtual machine's words. So there is nothing to intercept and nothing to
exit from, and the monitor owns everything, always. Equivalence and control come for nothing;
efficiency, in Popek and Goldberg's sense, cannot be had: no instruction runs directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Final

from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode, mode_name
from vmlab.engine.api import Halt, Listeners, StopAt, WatchHit
from vmlab.isa.causes import ECALL_FROM_S
from vmlab.isa.state import INTERCEPTS
from vmlab.vmm.common.direct import NOWHERE
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.tables import NO_TABLES, Tables
from vmlab.vmm.common.vm import State, Vm, halt_of, traps_for_ever
from vmlab.vmm.interpret.counting import CountingReference

_STOPS: Final = frozenset({Halt.BREAKPOINT, Halt.WATCHPOINT, Halt.TRAP, Halt.MODE})


class Interpreter:
    """The interpreter of one host. With `count_ops` it counts operations, and is slower."""

    name: ClassVar[str] = "interpret"
    on_told: Callable[[TrapExit, Reason, int], None] | None = None
    """Never called: there are no exits."""

    def __init__(self, host: Host, count_ops: bool = False) -> None:
        self.host = host
        self.count_ops = count_ops
        self.current: Vm | None = None
        """Whose instructions were carried out last."""
        self.stop_requested = False
        """The run is to end after what is being carried out now."""
        self.watch_hit: WatchHit | None = None
        if count_ops:
            host.reference = CountingReference

    def admit(self, vm: Vm) -> None:
        """What traps to M is a call of firmware, whose place we take."""
        vm.hart.words[INTERCEPTS.slot] = 1 << Mode.M

    def bring_home(self, vm: Vm) -> None:
        """Nothing: its registers are always there."""

    def after_reset(self, vm: Vm) -> None:
        """Nothing: it derives nothing from the guest's memory."""

    def settle(self, vm: Vm) -> None:
        """Nothing: a virtual machine's state is never anywhere but in its own words."""

    def type(self, vm: Vm, data: bytes) -> None:
        """Input arrives at a virtual machine's console."""
        vm.type(data)

    def listeners(self, vm: Vm) -> Listeners:
        """Who hears of what the virtual hart does."""
        return vm.hart.listeners

    def guest_mode(self, vm: Vm) -> Mode:
        """The virtual hart's."""
        return vm.hart.mode

    def real_mode(self, believed: Mode) -> str:
        """No mode of the real hart: a program is in this one."""
        return f"simulated {mode_name(believed)}"

    @property
    def owner_mode(self) -> str:
        """Whatever mode the program runs in: all of the hart is its own."""
        return "any"

    def ahead(self, vm: Vm) -> int:
        """Nothing: the count that is heard of is the guest's own."""
        return 0

    def count_operations(self, on: bool) -> None:
        """Count operations from now on, or go faster. It must have been made with `count_ops`."""
        if on and self.host.reference is not CountingReference:
            raise BrokenInvariant("expected an interpreter that can count, found a plain one")
        self.count_ops = on

    # The loop ------------------------------------------------------------------------------------

    def run(
        self,
        vm: Vm,
        most: int,
        slice_insns: int | None = None,
        stops: frozenset[int] = NOWHERE,
    ) -> bool:
        """Carry out at most `most` more of the guest's instructions, fewer if its slice ends, it
        waits for input, it is over, or it stands before an instruction at one of `stops`: then
        True. Who carries a guest out needs no timer to end its slice."""
        return self.drive(vm, most, StopAt(stops), slice_insns) is Halt.BREAKPOINT

    def drive(self, vm: Vm, most: int, stop: StopAt, slice_insns: int | None = None) -> Halt:
        """`run` as an engine runs a machine: with all that can end a run, and with what did."""
        if self.current is not vm:
            vm.counters.world_switches += self.current is not None
            self.current = vm
        goal = vm.hart.retired + (most if slice_insns is None else min(most, slice_insns))
        # Where it stands now it may go on, though that be a stop.
        stop = replace(stop, began=stop.began or (vm.machine.hart.pc, vm.hart.retired))
        halt: Halt | None = None
        self.stop_requested = False
        vm.hart.reference.ask(stop)
        with self.accounted(vm):
            while vm.runnable and vm.hart.retired < goal and halt not in _STOPS:
                halt = self._some(vm, goal, stop)
                rebooted = self.act_on(vm, halt)
                if self.stop_requested or (rebooted and slice_insns is not None):
                    break
        self.host.monitor_wrote(vm)
        if halt is not None and halt in _STOPS:
            self.watch_hit = vm.hart.reference.watch_hit
            return halt
        return halt_of(vm.state, self.stop_requested)

    @contextmanager
    def accounted(self, vm: Vm) -> Iterator[None]:
        """What happens in here is charged to the virtual machine."""
        engine = vm.hart.reference
        counting = engine if isinstance(engine, CountingReference) else None
        began, (misses, reads) = vm.hart.retired, vm.hart.event_counts()
        operations = counting.operations if counting else 0
        try:
            yield
        finally:
            vm.counters.emulated_insns += vm.hart.retired - began
            now = vm.hart.event_counts()
            vm.counters.tlb_misses += now[0] - misses
            vm.counters.pte_reads += now[1] - reads
            vm.counters.host_ops += counting.operations - operations if counting else 0

    def _some(self, vm: Vm, goal: int, stop: StopAt) -> Halt | None:
        """Until something is to be done. What is run again and again is printed as blocks, unless
        operations are to be counted: then all goes the way that interpreters are written."""
        hart = vm.hart
        if not self.count_ops:
            return hart.reference.run(goal - hart.retired, stop)
        while hart.retired < goal and not vm.asks:
            halt = hart.between()
            pc = vm.machine.hart.pc
            if halt is None and pc in stop.breakpoints and (pc, hart.retired) != stop.began:
                halt = Halt.BREAKPOINT
            halt = halt or hart.emulate()
            if halt is not None:
                return halt
        return None

    def act_on(self, vm: Vm, halt: Halt | None) -> bool:
        """The virtual hart has stopped: what the board and its firmware do then. True if the guest
        begins anew, which gives the rest of its slice away."""
        if halt is Halt.INTERCEPT:
            self._call_firmware(vm)
        elif halt is Halt.WAITING:
            vm.stop(State.WAITING)
        elif halt is Halt.TRAP_LOOP:
            vm.stop(State.CRASHED, traps_for_ever(vm.machine.hart.pc))
        return bool(vm.asks) and self._end(vm)

    def _call_firmware(self, vm: Vm) -> None:
        pending = vm.hart.reference.pending_trap
        assert pending is not None
        if pending.cause != ECALL_FROM_S:
            raise BrokenInvariant(f"expected an SBI call, found cause {pending.cause:#x} for M")
        vm.sbi.call()

    def _end(self, vm: Vm) -> bool:
        """The guest has asked for its end, or to begin again: then True."""
        if not vm.machine.finisher.asks_reset:
            vm.stop(State.ENDED)
            return False
        changed = vm.reboot()
        vm.hart.reference.forget(changed)
        self.host.pages_changed(vm, changed)
        return True

    def mapped(self, vm: Vm, most: int) -> Tables:
        """None: the program walks the guest's own."""
        return NO_TABLES

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """Whose instructions were carried out last: there is nothing else to remember."""
        return self.current

    def recall(self, memo: Any) -> None:
        """Remember that."""
        self.current = memo
