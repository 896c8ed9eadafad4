"""A guest's kernel in the real U, and the same guest on a bare machine: what one exit at a time is
compared.

Between two exits both machines run the same instructions directly. At an exit a student's `handle`
decides for the one; the other executes the instruction. After that they must be the same: this is
the homomorphism of Popek and Goldberg, tried at every instruction that a monitor has a hand in.

The clock of both counts the guest's instructions, whoever carries them out. Interrupts are the
loop's own affair: they are delivered here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode
from vmlab.derive.decoder import size_of
from vmlab.engine.api import Halt, PendingTrap, StopAt
from vmlab.engine.reference import Reference
from vmlab.isa.causes import (
    INSTRUCTION_ACCESS_FAULT,
    INTERRUPT_BIT,
    SUPERVISOR_EXTERNAL,
    SUPERVISOR_SOFTWARE,
    SUPERVISOR_TIMER,
)
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import (
    INTERCEPTS,
    MIE,
    MODE,
    NO_RESERVATION,
    RESERVATION,
    RETIRED,
    SKIPPED,
    STIMECMP,
    WAITING,
    X,
)
from vmlab.lab.emulating import SIE, SPIE, SPP, WRITABLE, Memory
from vmlab.lab.words import GVA, Cause, Fault
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.sbi import Sbi
from vmlab.vmm.common.vhart import VirtualHart
from vmlab.vmm.common.vm import Payload, power_on

_STI: Final = INTERRUPTS.mask("STI")
_NEVER: Final = MASK64
_PARCEL: Final = 2
_X: Final = slice(X.slot, X.slot + X.length)
_NUMBERS: Final = tuple((name, CSRS[name].number) for name in WRITABLE)
_FIRST: Final = (SUPERVISOR_EXTERNAL, SUPERVISOR_SOFTWARE, SUPERVISOR_TIMER)
"""Interrupts of S, the most urgent first (privileged manual, 10.1.3)."""


class Happened(Enum):
    """What an instruction came to on the bare machine."""

    RETIRED = "it retired"
    TRAPPED = "it trapped to the guest's kernel"
    CALLED = "it called firmware"
    WAITS = "it retired, and the hart waits"


@dataclass(frozen=True, slots=True)
class HartState:
    """What a guest can see of its hart."""

    x: tuple[int, ...]
    pc: int
    mode: Mode
    csrs: dict[str, int]

    def differences(self, other: HartState) -> tuple[tuple[str, int, int], ...]:
        """(what, its value here, its value there) for all that is not the same."""
        if self == other:
            return ()
        pairs = [("mode", self.mode, other.mode), ("pc", self.pc, other.pc)]
        pairs += [(name, value, other.csrs[name]) for name, value in self.csrs.items()]
        pairs += [(f"x{n}", here, other.x[n]) for n, here in enumerate(self.x)]
        return tuple(one for one in pairs if one[1] != one[2])


class _OnMachine:
    """A guest on a machine of its own, which T0 runs."""

    def __init__(self, platform: Platform, payload: Payload) -> None:
        self.machine = Machine(platform)
        self.engine = Reference(self.machine)
        self.hart = self._make_hart()
        self.sbi = Sbi(self.hart)
        self.output = bytearray()
        self.machine.uart.on_output = self.output.append
        power_on(self.machine, self.hart, payload)

    def _make_hart(self) -> VirtualHart:
        return VirtualHart(self.machine, self.engine)

    @property
    def retired(self) -> int:
        return self.hart.retired

    def _registers(self) -> tuple[int, ...]:
        return tuple(self.hart.words[_X])

    def is_at(self, other: _OnMachine) -> bool:
        """Whether both guests stand at the same instruction, with the same registers."""
        here, there = self.machine.hart, other.machine.hart
        return here.pc == there.pc and self.hart.words[_X] == other.hart.words[_X]


class Native(_OnMachine):
    """The guest on the bare machine, its firmware in M."""

    def __init__(self, platform: Platform, payload: Payload) -> None:
        super().__init__(platform, payload)
        self._read = self.engine.kernel("csr_read")
        self.hart.words[INTERCEPTS.slot] = 1 << Mode.M
        self.engine.forget()

    def run_to(self, count: int) -> None:
        """On until so many instructions have retired."""
        halt = self.engine.run(count - self.retired, StopAt())
        if halt is not Halt.BUDGET or self.retired != count:
            raise BrokenInvariant(f"expected the bare machine to run on, found {halt.value}")

    def step(self) -> Happened:
        """The instruction at pc, and nothing before it."""
        before = self.retired
        if self.engine.emulate() is Halt.INTERCEPT:
            self.sbi.call()
            return Happened.CALLED
        if self.retired == before:
            return Happened.TRAPPED
        return Happened.WAITS if self.hart.words[WAITING.slot] else Happened.RETIRED

    def between(self) -> None:
        """What comes before the next instruction."""
        if self.engine.between() is not None:
            raise BrokenInvariant("expected a guest that goes on, found one that waits for ever")

    def state(self) -> HartState:
        csrs = {name: self._read(number) for name, number in _NUMBERS}
        return HartState(self._registers(), self.machine.hart.pc, self.hart.mode, csrs)


class _FirmwareHart(VirtualHart):
    """The hart that firmware finds: its timer is the virtual one."""

    csrs: dict[str, int] | None = None

    def csr_write(self, name: str, value: int) -> None:
        if self.csrs is not None and name == "stimecmp":
            self.csrs[name] = value & MASK64
        else:
            super().csr_write(name, value)


class GuestMemory(Memory):
    """What a student may fetch from: the guest's memory, which is the machine's."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def fetch(self, gva: GVA) -> int | Fault:
        """The instruction at an address that is not translated."""
        dma = self._machine.dma
        if gva % _PARCEL or not dma.holds(gva, _PARCEL):
            return Fault(Cause(INSTRUCTION_ACCESS_FAULT), gva)
        low = int.from_bytes(dma.read(gva, _PARCEL), "little")
        if size_of(low) == _PARCEL:
            return low
        if not dma.holds(gva, 2 * _PARCEL):
            return Fault(Cause(INSTRUCTION_ACCESS_FAULT), gva + _PARCEL)
        return int.from_bytes(dma.read(gva, 2 * _PARCEL), "little")


class Deprivileged(_OnMachine):
    """The guest in U. S is the monitor's: what the guest has of it is `csrs` and `mode`."""

    hart: _FirmwareHart

    def __init__(self, platform: Platform, payload: Payload) -> None:
        super().__init__(platform, payload)
        self.memory = GuestMemory(self.machine)
        self.mode, self.waiting = Mode.S, False
        self.csrs = {name: self.hart.csr_read(name) for name in WRITABLE}
        self.hart.csr_write("mcounteren", 0)  # no guest reads the real clock
        for name, value in _OF_THE_MONITOR.items():
            self.hart.csr_write(name, value)
        words = self.hart.words
        words[MODE.slot] = Mode.U
        words[MIE.slot] |= _STI
        self.reals = {name: self.hart.csr_read(name) for name in _SHOWN}
        self.hart.csrs = self.csrs
        words[INTERCEPTS.slot] = 1 << Mode.S
        self.engine.forget()

    def _make_hart(self) -> _FirmwareHart:
        return _FirmwareHart(self.machine, self.engine)

    def run(self, most: int, end: int) -> PendingTrap | None:
        """On to the next exit, which is told; None at the program's end."""
        hart = self.machine.hart
        if hart.pc == end:
            return None
        takes = self._takes_interrupts and self.csrs["sie"] & _STI
        self.hart.words[STIMECMP.slot] = self.csrs["stimecmp"] if takes else _NEVER
        halt = self.engine.run(most, StopAt(frozenset({end})))
        if halt is Halt.BREAKPOINT:
            return None
        if halt is not Halt.INTERCEPT or self.engine.pending_trap is None:
            raise BrokenInvariant(f"expected an exit or the program's end, found {halt.value}")
        return self.engine.pending_trap

    @property
    def _takes_interrupts(self) -> bool:
        return self.mode is Mode.U or bool(self.csrs["sstatus"] & SIE)

    def _refresh(self) -> None:
        """What a hart shows of its clock."""
        self.csrs["time"] = self.hart.time
        due = _STI if self.hart.time >= self.csrs["stimecmp"] else 0
        self.csrs["sip"] = self.csrs["sip"] & ~_STI | due

    def state(self) -> HartState:
        self._refresh()
        return HartState(self._registers(), self.machine.hart.pc, self.mode, dict(self.csrs))

    def put(self, state: HartState) -> None:
        """The guest's hart is so now."""
        for number, value in enumerate(state.x):
            self.machine.hart.x[number] = value
        self.machine.hart.pc, self.mode = state.pc, state.mode
        self.csrs.update(state.csrs)

    def retire(self, waits: bool = False) -> None:
        """An instruction has been carried out for the guest."""
        self.hart.words[RETIRED.slot] += 1
        self.waiting = waits

    def call_firmware(self) -> None:
        """Answer an SBI call, and stay at pc."""
        pc = self.machine.hart.pc
        self.sbi.call()
        self.machine.hart.pc = pc

    def deliver(self, cause: int, tval: int) -> None:
        """The guest's hart takes a trap (privileged manual, 10.1.1)."""
        csrs, hart = self.csrs, self.machine.hart
        status = csrs["sstatus"] & ~(SIE | SPIE | SPP)
        status |= SPIE if csrs["sstatus"] & SIE else 0
        status |= SPP if self.mode is Mode.S else 0
        csrs.update(sstatus=status, sepc=hart.pc, scause=cause & MASK64, stval=tval & MASK64)
        vectored = cause & INTERRUPT_BIT and csrs["stvec"] & 1
        hart.pc = (csrs["stvec"] & ~3) + (4 * (cause & ~INTERRUPT_BIT) if vectored else 0)
        self.mode = Mode.S
        self.hart.words[RESERVATION.slot] = NO_RESERVATION

    def between(self) -> bool:
        """The end of a wait, and an interrupt; whether there was any of them."""
        self._refresh()
        waited = self.waiting
        if waited and not self.csrs["sip"] & self.csrs["sie"]:
            left = self.csrs["stimecmp"] - self.hart.time
            self.hart.words[SKIPPED.slot] += left
            self._refresh()
        self.waiting = False
        pending = self.csrs["sip"] & self.csrs["sie"]
        if pending and self._takes_interrupts:
            first = next(number for number in _FIRST if pending >> number & 1)
            self.deliver(INTERRUPT_BIT | first, 0)
            return True
        return waited


_OF_THE_MONITOR: Final = {"stvec": 0x8010_0000, "sscratch": 0x8010_2000}
_SHOWN: Final = ("sstatus", "sie", "stvec", "sscratch", "sepc", "scause", "stval", "satp")
"""CSRs of the real S that a student's monitor can reach."""
