"""The loop of every monitor that lets the guest run on the real hart.

    before an entry   what the guest's own hart would do first: end a wait, take an interrupt
    entry             its registers go to the real hart, and the real timer is set
    the guest runs    until a trap goes to the level that the monitor owns
    exit              the technique answers

An exit that needs nothing but the tables (a hidden fault) leaves the registers where they are;
for any other they come home, the virtual hart acts, and they go back: `vm.home` says where they
are. The guest's clock counts its own instructions, the hart's and the monitor's, so that a virtual
machine is in step with a bare one, and hears nothing of its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Final

from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode, mode_name
from vmlab.engine.api import Halt, Listeners, StopAt, WatchHit
from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.isa.lang import Field
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import (
    FIELDS,
    INTERCEPTS,
    MIDELEG,
    MIE,
    NO_RESERVATION,
    RESERVATION,
    RETIRED,
    STIMECMP,
)
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.lending import REGISTERS, Lent
from vmlab.vmm.common.moving import bring_home, send_out
from vmlab.vmm.common.tables import NO_TABLES, Tables
from vmlab.vmm.common.vm import State, Vm, halt_of, traps_for_ever

_RETIRED, _RESERVATION = RETIRED.slot, RESERVATION.slot
_TRAPS: Final = FIELDS["traps"].slot
_NEVER: Final = (1 << 64) - 1
NOWHERE: Final[frozenset[int]] = frozenset()
_GONE_ON: Final = (1, 0)
"""Where no run begins."""
_STOPS: Final = frozenset({Halt.BREAKPOINT, Halt.WATCHPOINT, Halt.TRAP, Halt.MODE})
"""What the real hart may meet that a run of the guest was to stop at."""
MOST_FUTILE_FAULTS: Final = 64
"""So many hidden faults with nothing retired in between are a bug of the monitor's."""


class DirectMonitor:
    """What techniques share; each says what it owns, and answers its exits (`on_exit`)."""

    name: ClassVar[str]
    owns: ClassVar[Mode]
    timer: ClassVar[Field] = STIMECMP
    """The word of the real timer: that of the level that the monitor owns."""
    lends: ClassVar[Lent] = REGISTERS
    """Words of the real hart that may hold the guest's values."""
    hart_walks_guest: ClassVar[bool] = False
    """True if the real hart walks the guest's own tables: its walks are the guest's then."""
    hart_traps_guest: ClassVar[bool] = False
    """True if the guest's kernel takes traps of the real hart."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.current: Vm | None = None
        """Whose registers the real hart holds, or held last."""
        self._retired = 0
        """The real hart's count when it was last looked at."""
        self._counted = (0, 0)
        self._trapped = 0
        self._futile = 0
        self._met: Halt | None = None
        """What the run was to stop at, and what the monitor has come to."""
        self.stop_requested = False
        """The run is to end after what the monitor is doing now."""
        self.watch_hit: WatchHit | None = None
        self._slice_end: int | None = None
        self.slice_over = False
        """The guest has given away what is left of its slice."""
        self._go: Callable[[int], Halt] = host.engine.go_on
        self.on_told: Callable[[TrapExit, Reason, int], None] | None = None
        """Hears of each exit when it has been answered: what it was, what it was for, and the
        guest's count of instructions when it came."""
        self.set_up()

    # What a technique adds -----------------------------------------------------------------------

    def set_up(self) -> None:
        """Take the real hart over: the state that firmware leaves, and the monitor's own CSRs."""
        host = self.host
        host.hart.hand_over(0, 0)
        host.hart.csr_write("mcounteren", 0)  # no guest reads the real clock
        host.words[MIDELEG.slot] |= INTERRUPTS["STI"].mask
        host.words[MIE.slot] |= INTERRUPTS["STI"].mask
        host.words[INTERCEPTS.slot] = 1 << self.owns
        host.hart_changed()

    def admit(self, vm: Vm) -> None:
        """A virtual machine has been placed: make what it needs."""

    def ready(self, vm: Vm) -> bool:
        """What the guest's own hart would do before the next instruction; False if it can only
        wait for input, or if that is where the run was to stop."""
        halt = vm.hart.between()
        if halt is Halt.TRAP_LOOP:
            vm.stop(State.CRASHED, traps_for_ever(vm.machine.hart.pc))
            return False
        if halt is Halt.WAITING:
            vm.stop(State.WAITING)
            return False
        self._met = halt
        return halt is None

    def enter(self, vm: Vm) -> None:
        """The registers are on the real hart: put there whatever else the guest runs on."""
        raise NotImplementedError

    def leave(self, vm: Vm) -> None:
        """Bring home what `enter` put there and the guest may have changed."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        """Answer an exit, and say what it was for."""
        raise NotImplementedError

    def due(self, vm: Vm) -> int | None:
        """The guest's virtual time at which it needs its monitor, if it will."""
        return vm.hart.deadline()

    def listeners(self, vm: Vm) -> Listeners:
        """Who hears of what the real hart does."""
        return self.host.engine.listeners

    def guest_mode(self, vm: Vm) -> Mode:
        """The mode that the guest believes to be in, wherever its registers are."""
        return vm.hart.mode

    def real_mode(self, believed: Mode) -> str:
        """The mode that the hart is in while the guest believes to be in this one."""
        return mode_name(Mode.U)

    @property
    def owner_mode(self) -> str:
        """The mode that the monitor owns."""
        return mode_name(self.owns)

    def ahead(self, vm: Vm) -> int:
        """How much the guest's count of instructions is ahead of the hart's, while it runs."""
        return vm.hart.retired - self._retired

    def after_reset(self, vm: Vm) -> None:
        """The guest has rebooted: nothing that was derived from its memory holds."""

    def mapped(self, vm: Vm, most: int) -> Tables:
        """What the monitor's table maps for the guest now, `most` leaves of it. Its words are up to
        date."""
        return NO_TABLES

    def keep(self) -> Any:
        """A copy of what the technique remembers outside of real memory."""

    def put_back(self, kept: Any) -> None:
        """What `keep` gave, perhaps more than once; real memory is as it was then."""

    # Home and away -------------------------------------------------------------------------------

    def pull(self, vm: Vm) -> None:
        """Bring the registers home from the real hart."""
        if vm.home:
            return
        bring_home(vm, self.host.words)
        vm.home = True
        self.leave(vm)

    def push(self, vm: Vm) -> None:
        """Put the registers onto the real hart."""
        send_out(vm, self.host.words)
        vm.home = False
        self.enter(vm)
        self.set_timer(vm)

    def settle(self, vm: Vm) -> None:
        """Bring a virtual machine's words up to date, so that it can be looked at."""
        self.bring_home(vm)

    def bring_home(self, vm: Vm) -> None:
        """`settle`, as far as its registers go."""
        if vm is self.current:
            self._account(vm)
            self.pull(vm)

    # Acting for the guest ------------------------------------------------------------------------

    def emulate(self, vm: Vm, word: int | None = None) -> None:
        """Carry out the instruction at pc on the virtual hart: it may trap into the guest's own
        kernel, and that is right. The registers must be home."""
        self._acted(vm, vm.hart.emulate(word))

    def inject(self, vm: Vm, cause: int, tval: int) -> None:
        """The guest's hart takes an exception at pc. The registers must be home."""
        self._acted(vm, vm.hart.deliver(cause, tval))

    def call_firmware(self, vm: Vm) -> None:
        """Answer an SBI call. The registers must be home."""
        vm.sbi.call()
        self._acted(vm, None)

    def _acted(self, vm: Vm, halt: Halt | None) -> None:
        self.host.monitor_wrote(vm)
        if halt is Halt.TRAP_LOOP:
            vm.stop(State.CRASHED, traps_for_ever(vm.machine.hart.pc))
        elif halt is not None:
            self._meets(halt)

    def _is_to_end(self) -> bool:
        return self._met is not None or self.stop_requested

    def _ended(self, vm: Vm) -> Halt:
        """What a run came to."""
        return halt_of(vm.state, self.stop_requested) if self._met is None else self._met

    def _meets(self, halt: Halt) -> None:
        """The run ends here; what comes first counts."""
        self._met = halt if self._met is None else self._met

    def type(self, vm: Vm, data: bytes) -> None:
        """Input arrives at a virtual machine's console."""
        self.bring_home(vm)
        vm.type(data)

    def count_operations(self, on: bool) -> None:
        """Nothing: what this monitor does between exit and entry is the host's, and modelled."""

    # The clock -----------------------------------------------------------------------------------

    def set_timer(self, vm: Vm) -> None:
        """The real timer goes off when the guest needs its monitor, or when its slice ends."""
        now, due = self.host.time, self.due(vm)
        at = _NEVER if due is None else now + due - vm.hart.time
        if self._slice_end is not None:
            at = min(at, self._slice_end)
        self.host.words[self.timer.slot] = at

    def _account(self, vm: Vm) -> None:
        """The guest's clock goes on by what the hart has retired for it."""
        real = self.host.words[_RETIRED]
        ran = real - self._retired
        if ran:
            self._retired = real
            vm.hart.words[_RETIRED] += ran
            vm.counters.direct_insns += ran
            self._futile = 0

    def _count_events(self, vm: Vm) -> None:
        """Charge what the hart has counted since to the machine that ran."""
        counted = self.host.hart.event_counts()
        vm.counters.tlb_misses += counted[0] - self._counted[0]
        vm.counters.pte_reads += counted[1] - self._counted[1]
        self._counted = counted
        # Traps that the hart takes by itself are the guest's own: others come here.
        trapped = self.host.words[_TRAPS]
        vm.hart.words[_TRAPS] += trapped - self._trapped
        self._trapped = trapped

    # The loop ------------------------------------------------------------------------------------

    def run(
        self,
        vm: Vm,
        most: int,
        slice_insns: int | None = None,
        stops: frozenset[int] = NOWHERE,
    ) -> bool:
        """Let the guest run until it has carried out `most` more instructions, its slice ends,
        it waits for input, it is over, or it stands before an instruction at one of `stops`
        (virtual addresses): then True. The slice is the real timer's; `most` is who asks."""
        return self.drive(vm, most, StopAt(stops), slice_insns) is Halt.BREAKPOINT

    def drive(self, vm: Vm, most: int, stop: StopAt, slice_insns: int | None = None) -> Halt:
        """`run` as an engine runs a machine: with all that can end a run, in the guest's terms,
        and with what did."""
        if self.current is not vm:
            self._switch(vm)
        self.slice_over = False
        host, hart = self.host, vm.hart
        here = (vm.machine.hart if vm.home else host.machine.hart).pc, hart.retired
        # A breakpoint is passed over only where the run began, and only if that is here.
        began = (here[0], host.retired) if stop.began in (None, here) else _GONE_ON
        self._go = partial(host.engine.run, stop=replace(stop, began=began))
        hart.reference.ask(stop)
        self._met, self.stop_requested = None, False
        self._retired = host.retired
        goal = hart.retired + most
        end = None if slice_insns is None else host.time + slice_insns
        if end != self._slice_end:
            self._slice_end = end
            if not vm.home:
                self.set_timer(vm)
        try:
            while vm.runnable and hart.retired < goal:
                if vm.home:
                    if not self.ready(vm):
                        break
                    self.push(vm)
                halt = self._go(goal - hart.retired)
                self._account(vm)
                if halt is Halt.INTERCEPT:
                    # From here on, with as little as can be between an exit and an entry.
                    self._go, emulated = host.engine.go_on, vm.counters.emulated_insns
                    mode = None if stop.mode is None else self.guest_mode(vm)
                    timer = self._exit(vm)
                    if mode is not None and self.guest_mode(vm) is stop.mode is not mode:
                        self._meets(Halt.MODE)
                    if self._is_to_end():
                        break
                    if stop.breakpoints and vm.counters.emulated_insns != emulated:
                        # The monitor has gone on for the guest: no stop is passed over any more.
                        self._go = partial(host.engine.run, stop=replace(stop, began=_GONE_ON))
                    if end is not None and (self.slice_over or (timer and host.time >= end)):
                        break
                elif halt is Halt.TRAP_LOOP:  # of a guest that takes its traps itself
                    self.pull(vm)
                    vm.stop(State.CRASHED, traps_for_ever(vm.machine.hart.pc))
                elif halt in _STOPS:
                    self._met = halt
                    break
                elif halt is not Halt.BUDGET:
                    raise BrokenInvariant(f"expected an exit from the guest, found {halt.value}")
        finally:
            self._account(vm)
            self._count_events(vm)
        if self._met is Halt.WATCHPOINT:
            self.watch_hit = (
                host.engine.watch_hit if halt is self._met else hart.reference.watch_hit
            )
        return self._ended(vm)

    def _exit(self, vm: Vm) -> bool:
        """The guest has left; True if the real timer made it."""
        pending = self.host.engine.pending_trap
        assert pending is not None
        interrupt = bool(pending.cause & INTERRUPT_BIT)
        exit = TrapExit(pending.cause & ~INTERRUPT_BIT, interrupt, pending.tval, pending.epc)
        before = vm.hart.retired
        reason = self.on_exit(vm, exit)
        vm.counters.exits[reason] += 1
        vm.counters.emulated_insns += vm.hart.retired - before
        if self.on_told is not None:
            self.on_told(exit, reason, before)
        if vm.asks:
            self._end(vm)
        # Where the registers came home, the monitor has acted: that is going on, too.
        self._futile = 0 if vm.home else self._futile + 1
        if self._futile > MOST_FUTILE_FAULTS:
            raise BrokenInvariant(
                f"expected the guest to go on after an exit, found cause {exit.cause} at "
                f"{exit.pc:#x} again and again"
            )
        return interrupt

    def _switch(self, vm: Vm) -> None:
        """The world switch."""
        if self.current is not None:
            self.bring_home(self.current)
            self.host.words[_RESERVATION] = NO_RESERVATION
            vm.counters.world_switches += 1
        self.current = vm
        counted = self.host.hart.event_counts()
        self._counted, self._trapped = counted, self.host.words[_TRAPS]

    def _end(self, vm: Vm) -> None:
        """The guest has asked for its end, or to begin again."""
        self.pull(vm)
        if not vm.machine.finisher.asks_reset:
            vm.stop(State.ENDED)
            return
        self.host.pages_changed(vm, vm.reboot())
        self.after_reset(vm)
        # That took the monitor as long as many slices, and the guest's clock shows none of it.
        self.slice_over = True

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """A copy of all that the monitor remembers outside of real memory."""
        own = (self.current, self._retired, self._counted, self._trapped, self._futile)
        return own, self._slice_end, self.keep()

    def recall(self, memo: Any) -> None:
        """Remember what `memo` gave, and nothing else."""
        own, self._slice_end, kept = memo
        self.current, self._retired, self._counted, self._trapped, self._futile = own
        self.put_back(kept)
