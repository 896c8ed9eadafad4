"""Addresses, modes, causes, page-table entries: the vocabulary that all exercises share.

The numbers are those of the RISC-V privileged manual, and come from the tables that the machine
itself is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag
from typing import Final, NewType

from vmlab.core.bits import bits, sext
from vmlab.core.modes import Mode
from vmlab.core.units import VA
from vmlab.isa import causes
from vmlab.lab.wire import record, symbol

__all__ = [
    "GPA",
    "GVA",
    "SPA",
    "VA",
    "A",
    "Access",
    "Cause",
    "D",
    "Fault",
    "Flags",
    "G",
    "Mode",
    "Pte",
    "R",
    "Trap",
    "U",
    "V",
    "W",
    "X",
    "bits",
    "sext",
]

GVA = NewType("GVA", int)
"""A guest-virtual address: what a guest's program uses."""
GPA = NewType("GPA", int)
"""A guest-physical address: what the guest takes for memory."""
SPA = NewType("SPA", int)
"""A system-physical address: real memory."""

symbol(Mode)


@symbol
class Access(Enum):
    """What an instruction wants from memory."""

    FETCH = "fetch"
    LOAD = "load"
    STORE = "store"


@symbol
class Cause(IntEnum):
    """Causes of exceptions, as scause numbers them."""

    ILLEGAL_INSTRUCTION = causes.ILLEGAL_INSTRUCTION
    BREAKPOINT = causes.BREAKPOINT
    INSTRUCTION_ACCESS_FAULT = causes.INSTRUCTION_ACCESS_FAULT
    LOAD_ACCESS_FAULT = causes.LOAD_ACCESS_FAULT
    STORE_ACCESS_FAULT = causes.STORE_ACCESS_FAULT
    ECALL_FROM_U = causes.ECALL_FROM_U
    ECALL_FROM_S = causes.ECALL_FROM_S
    ECALL_FROM_VS = causes.ECALL_FROM_VS
    INSTRUCTION_PAGE_FAULT = causes.INSTRUCTION_PAGE_FAULT
    LOAD_PAGE_FAULT = causes.LOAD_PAGE_FAULT
    STORE_PAGE_FAULT = causes.STORE_PAGE_FAULT


@symbol
class Flags(IntFlag):
    """The low bits of a page-table entry (privileged manual, Sv39).

     7   6   5   4   3   2   1   0
    +---+---+---+---+---+---+---+---+
    | D | A | G | U | X | W | R | V |
    +---+---+---+---+---+---+---+---+
    """

    V = 1 << 0
    R = 1 << 1
    W = 1 << 2
    X = 1 << 3
    U = 1 << 4
    G = 1 << 5
    A = 1 << 6
    D = 1 << 7


V: Final = Flags.V
R: Final = Flags.R
W: Final = Flags.W
X: Final = Flags.X
U: Final = Flags.U
G: Final = Flags.G
A: Final = Flags.A
D: Final = Flags.D


@record
@dataclass(frozen=True, slots=True)
class Pte:
    """A page-table entry: the number of the page it names, and its flags."""

    ppn: int
    flags: Flags


@record
@dataclass(frozen=True, slots=True)
class Fault:
    """A memory access that the tables refuse. `tval2` is for a guest-page fault: gpa >> 2."""

    cause: Cause
    tval: int
    tval2: int = 0


@record
@dataclass(frozen=True, slots=True)
class Trap:
    """What the hart wrote down when it took a trap."""

    cause: int
    epc: int
    tval: int
