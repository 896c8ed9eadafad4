"""A guest that runs, whatever it runs on: what the laws, the comparison and the command drive.

`settle` makes `machine` hold the guest's state, word for word as a bare machine would: whatever a
technique keeps elsewhere is brought there. That reading is what is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.core.modes import Mode
from vmlab.core.units import MIB, PAGE_BITS
from vmlab.engine.api import Engine, Halt, Listeners, StopAt, WatchHit
from vmlab.machine import memmap
from vmlab.machine.arena import MAX_RAM_BYTES, Arena
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.direct import NOWHERE
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.tables import Tables
from vmlab.vmm.common.vhart import VirtualHart
from vmlab.vmm.common.vm import Payload, State, Vm

GRACE_INSNS: Final = 1_000
"""How long past the end of its slice a guest may be found running before the hart counts as lost:
the real timer comes first."""


class Subject(Protocol):
    """One guest."""

    @property
    def machine(self) -> Machine: ...

    @property
    def hart(self) -> VirtualHart: ...

    @property
    def counters(self) -> Counters: ...

    @property
    def output(self) -> bytearray:
        """What it has printed."""

    @property
    def listeners(self) -> Listeners:
        """Who hears of what the hart does that carries the guest."""

    @property
    def state(self) -> State: ...

    @property
    def why(self) -> str:
        """Why it was stopped or crashed."""

    @property
    def runnable(self) -> bool: ...

    def run(self, most: int, stops: frozenset[int] = NOWHERE) -> bool:
        """Carry out at most so many more of the guest's instructions: exactly so many, unless it
        ends or waits for input before. True if it stands before an instruction at one of `stops`
        (virtual addresses); one at which it stands already is passed over."""

    def run_slice(self, insns: int) -> None:
        """Run for a slice of so many of the real hart's instructions. Who owns a real timer ends
        it by that; raises `BrokenInvariant` if the timer did not end it."""

    def settle(self) -> None:
        """Make `machine` hold the guest's state."""

    def type(self, data: bytes) -> None:
        """Input arrives at its console."""

    def count_operations(self, on: bool) -> None:
        """Whether what the monitor itself does is counted from now on, where that makes it slower
        and was asked for when it was started."""


class Carried(Subject, Protocol):
    """A guest that a session drives: forward as an engine does, and back."""

    @property
    def engine(self) -> Engine:
        """Of the machine that is real."""

    @property
    def arena(self) -> Arena:
        """The hart and the memory that are real: with `memo`, all that a run goes on from."""

    @property
    def watch_hit(self) -> WatchHit | None: ...

    def drive(self, most: int, stop: StopAt) -> Halt:
        """`run` with all that can end a run of an engine, in the guest's terms, and what did."""

    def count_from(self, counters: Counters) -> None:
        """Count on from these."""

    def request_stop(self) -> None:
        """The run is to end after the instruction that is running now."""

    def show(self) -> None:
        """`settle` after a run, with as little work as that takes."""

    def look_again(self) -> None:
        """It may be that the guest can go on: the next run finds out."""

    def use_engine(self, name: str) -> None:
        """Go on with another engine. Raises as `make_engine` does; the old one stays then."""

    def pages_of(self, pages: set[int]) -> set[int]:
        """Where these pages of the guest's RAM are in what is real."""

    def take_written(self) -> set[int]:
        """Pages of real memory written since the last call."""

    def memo(self) -> Any:
        """A copy of what is neither in real memory, nor on the real hart, nor in a device."""

    def recall(self, memo: Any, changed: set[int]) -> None:
        """As it was when `memo` gave that. The real hart and these pages have been put back."""


class Vmm(Protocol):
    """A monitor as those see it who drive it: one that lets its guests run on the hart
    (`common.direct`), or one that carries them out itself."""

    name: ClassVar[str]

    @property
    def host(self) -> Host: ...

    def admit(self, vm: Vm) -> None:
        """A virtual machine has been placed: make what it needs."""

    def listeners(self, vm: Vm) -> Listeners:
        """Who hears of what the hart does that carries the guest."""

    def run(
        self,
        vm: Vm,
        most: int,
        slice_insns: int | None = None,
        stops: frozenset[int] = NOWHERE,
    ) -> bool:
        """Let the guest go on for at most `most` instructions or until its slice ends; True if
        it stands before an instruction at one of `stops`."""

    def drive(self, vm: Vm, most: int, stop: StopAt, slice_insns: int | None = None) -> Halt:
        """`run` with all that can end a run of an engine, in the guest's terms, and what did."""

    def after_reset(self, vm: Vm) -> None:
        """Nothing that was derived from the guest's memory holds."""

    stop_requested: bool
    """The run is to end after what the monitor is doing now."""

    def memo(self) -> Any:
        """A copy of all that the monitor remembers outside of real memory."""

    def recall(self, memo: Any) -> None:
        """Remember what `memo` gave, and nothing else; real memory is as it was then."""

    def mapped(self, vm: Vm, most: int) -> Tables:
        """What the monitor's table maps for the guest now, `most` leaves of it."""

    @property
    def watch_hit(self) -> WatchHit | None:
        """Of the run that ended with `Halt.WATCHPOINT`."""

    def settle(self, vm: Vm) -> None:
        """Bring a virtual machine's words up to date."""

    def bring_home(self, vm: Vm) -> None:
        """Its registers, at least."""

    def type(self, vm: Vm, data: bytes) -> None:
        """Input arrives at a virtual machine's console."""

    def count_operations(self, on: bool) -> None:
        """Whether the monitor's own operations are counted."""

    on_told: Callable[[TrapExit, Reason, int], None] | None
    """Hears of each exit (`common.whoran`)."""

    def guest_mode(self, vm: Vm) -> Mode:
        """The mode that the guest believes to be in."""

    def real_mode(self, believed: Mode) -> str:
        """The mode that the hart is in meanwhile."""

    @property
    def owner_mode(self) -> str:
        """The mode that the monitor owns."""

    def ahead(self, vm: Vm) -> int:
        """How much the guest's count is ahead of the count of its hart's events."""


@dataclass(frozen=True, slots=True)
class Monitored:
    """One virtual machine under a monitor, as a subject."""

    monitor: Vmm
    vm: Vm

    @property
    def machine(self) -> Machine:
        return self.vm.machine

    @property
    def hart(self) -> VirtualHart:
        return self.vm.hart

    @property
    def counters(self) -> Counters:
        return self.vm.counters

    @property
    def output(self) -> bytearray:
        return self.vm.output

    @property
    def listeners(self) -> Listeners:
        return self.monitor.listeners(self.vm)

    @property
    def state(self) -> State:
        return self.vm.state

    @property
    def why(self) -> str:
        return self.vm.why

    @property
    def runnable(self) -> bool:
        return self.vm.runnable

    @property
    def mode(self) -> Mode:
        return self.vm.mode

    @property
    def engine(self) -> Engine:
        return self.monitor.host.engine

    @property
    def arena(self) -> Arena:
        return self.monitor.host.machine.arena

    @property
    def watch_hit(self) -> WatchHit | None:
        return self.monitor.watch_hit

    def run(self, most: int, stops: frozenset[int] = NOWHERE) -> bool:
        return self.monitor.run(self.vm, most, stops=stops)

    def drive(self, most: int, stop: StopAt) -> Halt:
        return self.monitor.drive(self.vm, most, stop)

    def count_from(self, counters: Counters) -> None:
        self.vm.counters = counters

    def request_stop(self) -> None:
        self.monitor.stop_requested = True
        self.vm.hart.reference.request_stop()

    def show(self) -> None:
        self.monitor.bring_home(self.vm)
        if self.vm.tables_hold_real_addresses:  # what is shown of its RAM is a copy
            self.vm.show(self.monitor.host.note_written())

    def look_again(self) -> None:
        self.vm.look_again()

    def use_engine(self, name: str) -> None:
        self.monitor.host.use_engine(name)

    def pages_of(self, pages: set[int]) -> set[int]:
        return self.vm.real_pages(pages)

    def take_written(self) -> set[int]:
        self.show()
        return self.monitor.host.take_written()

    def memo(self) -> Any:
        return self.monitor.host.memo(), self.vm.memo(), self.monitor.memo()

    def recall(self, memo: Any, changed: set[int]) -> None:
        host, vm, monitor = memo
        self.monitor.host.recall(host, changed)
        first = self.vm.ram_at - memmap.RAM >> PAGE_BITS
        last = first + (self.machine.platform.ram_bytes >> PAGE_BITS)
        self.vm.recall(vm, {page - first for page in changed if first <= page < last})
        self.vm.show(changed)
        self.monitor.recall(monitor)

    def run_slice(self, insns: int) -> None:
        host = self.monitor.host
        began = host.retired
        self.monitor.run(self.vm, insns + GRACE_INSNS, insns)
        if host.retired - began >= insns + GRACE_INSNS:
            raise BrokenInvariant(
                f"expected the real timer to end a slice of {insns} instructions, found virtual "
                f"machine {self.vm.number} still running"
            )

    def settle(self) -> None:
        self.monitor.settle(self.vm)

    def type(self, data: bytes) -> None:
        self.monitor.type(self.vm, data)

    def count_operations(self, on: bool) -> None:
        self.monitor.count_operations(on)


def where(subject: Subject) -> int:
    """pc (virtual, the guest's), wherever its registers are now."""
    if isinstance(subject, Monitored) and not subject.vm.home:
        return subject.monitor.host.machine.hart.pc
    return subject.machine.hart.pc


def run_to(subject: Subject, most: int, stops: frozenset[int]) -> bool:
    """`run` for who carries a guest on in pieces: True as well if it came to a stop with its last
    instruction. The next run would pass over that one."""
    return subject.run(most, stops) or (subject.runnable and where(subject) in stops)


def host_for(platforms: tuple[Platform, ...], engine: str = "auto", **choices: str) -> Host:
    """A host with room for virtual machines on these boards. Raises `BadInput` where no machine
    has so much."""
    needed = sum(ram_for(1, board.ram_bytes) for board in platforms)
    if needed > MAX_RAM_BYTES:
        raise BadInput(
            f"expected virtual machines that fit into {MAX_RAM_BYTES // MIB}M of RAM with their "
            f"monitor, found {len(platforms)} that need {-(-needed // MIB)}M"
        )
    return Host(needed, engine, **choices)


def admitted(monitor: Vmm, platform: Platform, payload: Payload) -> Monitored:
    """A new virtual machine under a monitor."""
    vm = monitor.host.place(platform, payload)
    monitor.admit(vm)
    return Monitored(monitor, vm)
