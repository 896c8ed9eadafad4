"""A virtual machine: a whole machine whose words lie in the memory of another.

    real RAM    ...  | the virtual hart's words | the guest's RAM |  ...
                       the monitor's               the guest's

`machine` is the board that the guest believes in, with its own UART, PLIC, timer and disk. While
the guest runs, its registers are on the real hart; `Monitor.settle` brings them home. So what a
virtual machine *is* can be read off at any moment and compared with the machine it imitates: that
reading is the homomorphism of Popek and Goldberg.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.modes import Mode
from vmlab.core.units import MIB, PAGE_BITS
from vmlab.engine.api import Halt
from vmlab.engine.reference import Reference
from vmlab.isa.extensions import BUILT, extensions_of, isa_string
from vmlab.isa.state import ARENA_HART_BYTES
from vmlab.machine import memmap
from vmlab.machine.arena import Arena
from vmlab.machine.devices.finisher import PASS
from vmlab.machine.disk import Disk
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.sbi import Sbi
from vmlab.vmm.common.vhart import VirtualHart

GUEST_ISA: Final = isa_string(frozenset(BUILT) - {"h"})
"""What a guest's hart has where nobody says otherwise: all but the hypervisor extension."""
DEFAULT_GUEST_RAM_BYTES: Final = 16 * MIB
KERNEL_ENTRY: Final = memmap.RAM + 0x20_0000
"""Where firmware starts a raw kernel."""


class State(Enum):
    """Where a virtual machine stands."""

    READY = "ready"
    WAITING = "waiting"
    """It sleeps, and only input from outside can wake it."""
    ENDED = "ended"
    CRASHED = "crashed"
    """Its hart could only trap for ever."""
    STOPPED = "stopped"
    """Its monitor ended it: it broke a rule that the technique has."""


_HALTS: Final = {
    State.WAITING: Halt.WAITING,
    State.CRASHED: Halt.TRAP_LOOP,
    State.ENDED: Halt.REQUEST,
    State.STOPPED: Halt.REQUEST,
}


def halt_of(state: State, requested: bool) -> Halt:
    """What an engine would say of a run that left a guest in this state."""
    return _HALTS.get(state, Halt.REQUEST if requested else Halt.BUDGET)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a virtual machine starts with: bytes at guest-physical addresses, and where its kernel
    begins, in S under SBI."""

    name: str
    segments: tuple[tuple[int, bytes], ...]
    entry: int = KERNEL_ENTRY
    append: str | None = None
    """The kernel's command line."""
    disk: bytes | None = None
    symbols: Mapping[int, str] | None = None
    seed: int = 0
    """Of the board's source of entropy."""


def guest_platform(ram_bytes: int = DEFAULT_GUEST_RAM_BYTES, isa: str = GUEST_ISA) -> Platform:
    """A board for a guest. Its hart must have S's own timer, and no hypervisor of its own."""
    parts = extensions_of(isa)
    if "h" in parts:
        raise Unsupported("expected a guest without the hypervisor extension, found H in its ISA")
    if "sstc" not in parts:
        raise BadInput("expected a guest's ISA with Sstc, found none: firmware sets its timer so")
    return Platform(ram_bytes, isa=isa)


def power_on(machine: Machine, hart: VirtualHart, payload: Payload) -> None:
    """Load a payload and stand where firmware would start it."""
    tree = machine.device_tree(payload.append) if payload.append else None
    machine.load(payload.segments, payload.entry, tree)
    hart.hand_over(payload.entry, machine.tree_address)


def traps_for_ever(pc: int) -> str:
    """Why a guest crashed that can only trap. `pc` is virtual, the guest's."""
    return f"traps for ever at {pc:#x} (it must be a kernel that starts in S under SBI)"


class Vm:
    """One virtual machine, in real memory that begins at `words_at`."""

    tables_hold_real_addresses: ClassVar[bool] = False
    """True if its kernel's page tables are the hart's own, and name real memory."""

    def __init__(
        self,
        number: int,
        real: Machine,
        words_at: int,
        platform: Platform,
        payload: Payload,
        reference: Callable[[Machine], Reference] = Reference,
        arena: Arena | None = None,
    ) -> None:
        """`arena` if its memory is not the piece of real memory behind its words."""
        self.number = number
        self.payload = payload
        offset = words_at - memmap.RAM
        size = ARENA_HART_BYTES + platform.ram_bytes
        if arena is None:
            arena = Arena(platform.ram_bytes, real.arena.ram[offset : offset + size])
        disk = None if payload.disk is None else Disk(payload.disk)
        self.machine = Machine(platform, payload.seed, disk, arena)
        self.hart = VirtualHart(self.machine, reference(self.machine))
        self.sbi = Sbi(self.hart)
        self.ram_at = words_at + ARENA_HART_BYTES
        """The real physical address of the guest's first byte of RAM."""
        self.counters = Counters()
        self.state = State.READY
        self.why = ""
        """Why it was stopped or crashed."""
        self.home = True
        """True while its registers are in its own words, and not on the real hart."""
        self.touched: set[int] | None = None
        """Pages of its RAM (numbers from its start) that its monitor and its devices have written,
        while somebody asks for them."""
        self.asked = ""
        """Its last hypercall by name, and how many updates of page tables that carried if any."""
        self.output = bytearray()
        """What it has printed."""
        self.machine.uart.on_output = self.output.append
        self.machine.terminal.on_output = self.output.append
        power_on(self.machine, self.hart, payload)

    # Memory --------------------------------------------------------------------------------------

    def spa(self, gpa: int) -> int | None:
        """The real address of a guest-physical one; None if it is not the guest's RAM."""
        offset = gpa - memmap.RAM
        return self.ram_at + offset if 0 <= offset < self.machine.platform.ram_bytes else None

    def gpa(self, spa: int) -> int | None:
        """The guest-physical address of a real one; None if that is not the guest's."""
        offset = spa - self.ram_at
        return memmap.RAM + offset if 0 <= offset < self.machine.platform.ram_bytes else None

    def real_pages(self, pages: set[int]) -> set[int]:
        """Where pages of its RAM are in the real one; both are numbers from RAM's start."""
        first = self.ram_at - memmap.RAM >> PAGE_BITS
        return {first + page for page in pages}

    def show(self, pages: set[int]) -> None:
        """These pages of real RAM have been written: `machine` is to show them, if it does not of
        itself."""

    def read(self, gpa: int, length: int) -> bytes:
        """Guest memory. Raises `BadInput` outside RAM."""
        return self.machine.read(gpa, length)

    # How it stands -------------------------------------------------------------------------------

    @property
    def runnable(self) -> bool:
        return self.state is State.READY

    @property
    def mode(self) -> Mode:
        """The mode that the guest believes in."""
        return self.hart.mode

    def stop(self, state: State, why: str = "") -> None:
        """It runs no more."""
        self.state, self.why = state, why

    def type(self, data: bytes) -> None:
        """Input arrives at its console."""
        self.machine.receive(data)
        if self.state is State.WAITING:
            self.state = State.READY

    def look_again(self) -> None:
        """It may be that it can go on: the next run finds out."""
        if self.state in (State.WAITING, State.CRASHED):
            self.state, self.why = State.READY, ""

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """A copy of what stands neither in memory nor in the devices, and the words of its hart."""
        words = bytes(self.machine.arena.hart)
        return words, self.counters.copy(), self.state, self.why, self.home, bytes(self.output)

    def recall(self, memo: Any, changed: set[int]) -> None:
        """As it was when `memo` gave that; its memory, of which these pages have changed, and its
        devices are."""
        words, counters, self.state, self.why, self.home, output = memo
        self.machine.arena.hart[:] = words
        self.counters = counters.copy()
        self.output[:] = output
        self.hart.reference.forget(changed)
        self.hart.reference.take_dirty_pages()

    @property
    def asks(self) -> bool:
        """True if the guest has asked for the end of its machine, or for its beginning."""
        return self.machine.finisher.written is not None

    @property
    def passed(self) -> bool:
        """True if it has ended, and says that all went well."""
        written = self.machine.finisher.written
        return self.state is State.ENDED and written is not None and written & 0xFFFF == PASS

    def reboot(self) -> set[int]:
        """Start again as after power-on; which pages of its RAM that may have changed."""
        changed = self.machine.reboot()
        self.hart.hand_over(self.payload.entry, self.machine.tree_address)
        return changed
