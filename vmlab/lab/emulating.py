"""What the exercise `emulate` is about: one hart that its kernel believes to be in S.

The guest runs deprivileged, in the real U. At each trap the monitor's loop asks `handle` what is to
be done; what the guest is to see, `handle` does to a `Vcpu`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.modes import Mode
from vmlab.isa.layouts import INTERRUPTS, MSTATUS
from vmlab.lab.wire import carried, live, record
from vmlab.lab.words import GVA, Fault

SIE: Final = MSTATUS.mask("SIE")
"""sstatus: interrupts are enabled in S."""
SPIE: Final = MSTATUS.mask("SPIE")
"""sstatus: they were before the last trap."""
SPP: Final = MSTATUS.mask("SPP")
"""sstatus: the last trap came from S, not from U."""

WRITABLE: Final[dict[str, int]] = {
    "sstatus": SIE | SPIE | SPP,
    "sie": INTERRUPTS.mask("SSI", "STI", "SEI"),
    "sip": INTERRUPTS.mask("SSI"),
    "stvec": MASK64 & ~2,
    "sscratch": MASK64,
    "sepc": MASK64 & ~1,
    "scause": MASK64,
    "stval": MASK64,
    "satp": 0,
    "stimecmp": MASK64,
    "time": 0,
}
"""The CSRs of the virtual hart, and for each the bits that a write changes. The hart has no
floating point and translates no addresses: so sstatus has no more, and satp is always 0."""


@record
@dataclass(frozen=True, slots=True)
class Resume:
    """The trap is dealt with, and the guest must not learn of it: go on at `v.pc`."""


@record
@dataclass(frozen=True, slots=True)
class Reflect:
    """The guest's own kernel is to have the trap. The loop does what the hart would: sepc takes
    `v.pc`, scause and stval these values, SPP the mode, SPIE takes SIE, SIE becomes 0; then it goes
    on in virtual S at stvec."""

    cause: int
    tval: int


@record
@dataclass(frozen=True, slots=True)
class SbiCall:
    """The guest's kernel calls its firmware: the loop answers in a0 and a1, then goes on at
    `v.pc`."""


@record
@dataclass(frozen=True, slots=True)
class Idle:
    """The guest has nothing to do: the loop lets time pass until an interrupt is pending, then goes
    on at `v.pc`."""


Decision = Resume | Reflect | SbiCall | Idle


class CsrFile:
    """CSRs by name. It keeps what is written to it: it is memory, and no hart."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, int]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def read(self, name: str) -> int:
        """Raises `ValueError` for a CSR that it does not have."""
        self._check(name)
        return self._values[name]

    def write(self, name: str, value: int) -> None:
        """Of the value the low 64 bits. Raises `ValueError` for a CSR that it does not have."""
        self._check(name)
        self._values[name] = value & MASK64

    def _check(self, name: str) -> None:
        if name not in self._values:
            raise ValueError(f"expected one of {', '.join(self._values)}, found {name!r}")


@live("fetch")
class Memory:
    """The guest's memory, which stays with the loop."""

    def fetch(self, gva: GVA) -> int | Fault:
        raise NotImplementedError


@carried
@dataclass
class Vcpu:
    """The hart that the guest believes in, at a trap."""

    x: list[int]
    """The registers, by number. x[0] is 0, whatever is written to it."""
    pc: int
    """The instruction that trapped. What you leave here is where the guest goes on."""
    mode: Mode
    """The mode that the guest believes to be in: S or U. The real one is U."""
    csrs: dict[str, int]
    reals: dict[str, int]
    memory: Memory

    @property
    def csr(self) -> CsrFile:
        """The guest's CSRs, those of `WRITABLE`. `time`, and in `sip` the timer's bit, are up to
        date."""
        return CsrFile(self.csrs)

    @property
    def real(self) -> CsrFile:
        """CSRs of the real hart's S, which is the monitor's: they say where *its* traps go, and by
        which tables memory is protected from the guest."""
        return CsrFile(self.reals)

    def fetch(self, gva: GVA) -> int | Fault:
        """The instruction at an address, 16 or 32 bits of it."""
        return self.memory.fetch(gva)
