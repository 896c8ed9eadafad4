"""Random kernels for the exercise `emulate`: a seed and a theme give the same program everywhere.

    s2  all that was read, folded together     s9   where U goes on after a fault
    gp  where the handler logs next            s10  where the kernel goes on after a fault
    t3 .. t5  the handler's own

Each operation is whole in itself and leaves the hart in S, but for the last of `RETURNS`. A program
is over when pc reaches `Guest.end`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from random import Random
from typing import Any, Final, TypeVar

from vmlab.core.units import KIB
from vmlab.derive.asm import assemble
from vmlab.isa.causes import ECALL_FROM_U, SUPERVISOR_TIMER
from vmlab.isa.layouts import INTERRUPTS, MSTATUS
from vmlab.lab.emulating import SIE, SPIE, SPP, WRITABLE
from vmlab.machine import memmap
from vmlab.machine.platform import Platform
from vmlab.vmm.common.sbi import BASE, LEGACY_PUTCHAR, TIME
from vmlab.vmm.common.vm import Payload

_T = TypeVar("_T")
ISA: Final = "rv64imac_zicntr_zicsr_zifencei_sstc"
RAM_BYTES: Final = 256 * KIB
LOG: Final = memmap.RAM + 64 * KIB
DATA: Final = memmap.RAM + 128 * KIB
_STI, _SSI, _FS = INTERRUPTS.mask("STI"), INTERRUPTS.mask("SSI"), MSTATUS.mask("FS")
_FORMS: Final = ("csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci")
_CSRS: Final = (*("sstatus", "sscratch", "sie", "sip", "stvec", "sepc", "scause", "stval", "satp"),)
_ACCESSES: Final = tuple((name, form) for name in _CSRS for form in _FORMS)
_ILLEGAL: Final = (
    *(".2byte 0", ".4byte 0xffffffff", ".2byte 0x9c5d", "mret", "ebreak", "c.ebreak"),
    *("csrr a0, mstatus", "csrw mscratch, a0", "csrr a0, 0x5c0", "csrrwi a0, 0x9c0, 1"),
    "sfence.vma a0, a1",
)
"""What is for M alone, or is not there at all, and two breakpoints. A hart without translation has
no sfence.vma."""
_READ_ONLY: Final = (
    *("csrw time, a0", "csrrw a0, time, x0", "csrrs a0, time, a1", "csrrsi a0, time, 1"),
    *("csrrc x0, time, a1", "csrrwi x0, time, 0"),
)
"""Writes of a CSR that is only to be read."""
_NOT_IN_U: Final = (
    *("sret", "wfi", "csrr a0, sstatus", "csrw sscratch, a0", "csrr a0, satp"),
    *("csrrw a0, stvec, a1", "csrsi sie, 2", "rdtime a0"),
)
_TOUCHES: Final = (
    "ld a0, 0(a1)", "sd a0, 0(a1)", "lbu a0, 0(a1)", "amoadd.d a0, a0, (a1)", "jalr ra, 0(a1)",
)  # fmt: skip
_READS_TIME: Final = ("rdtime a0", "csrrc a0, time, x0", "csrrsi a0, time, 0", "csrrci a0, time, 0")
_VECTOR: Final = "    j handler\n" * 16
"""The entries of a vectored stvec: all lead to the one handler."""
_CALLS: Final[tuple[tuple[int, int], ...]] = (
    *((LEGACY_PUTCHAR, 0), (1 << 29, 0), (TIME, 1)),
    *((BASE, function) for function in range(8)),
)
"""Calls that come back and change nothing but a0 and a1: (extension, function)."""
_HANDLER: Final = f"""
.balign 64
vector:
{_VECTOR}handler:
    csrr t3, scause
    csrr t4, sepc
    csrr t5, stval
    xor s2, s2, t3
    add s2, s2, t4
    xor s2, s2, t5
    csrr t5, sstatus
    add s2, s2, t5
    sd s2, 0(gp)
    addi gp, gp, 8
    bltz t3, interrupt
    andi t5, t5, {SPP}
    bnez t5, in_kernel
    li t5, {ECALL_FROM_U}
    bne t3, t5, in_user
    beqz a7, to_kernel
    add a0, a0, a7
    addi t4, t4, 4
    csrw sepc, t4
    sret
in_user:
    csrw sepc, s9
    sret
to_kernel:
    li t5, {SPP}
    csrs sstatus, t5
in_kernel:
    csrw sepc, s10
    sret
interrupt:
    slli t3, t3, 1
    srli t3, t3, 1
    li t4, {SUPERVISOR_TIMER}
    bne t3, t4, software
    li t4, -1
    csrw stimecmp, t4
    sret
software:
    csrci sip, {_SSI}
    sret
"""


class Theme(Enum):
    """What a program is about: the operations that it is made of."""

    CSRS = "CSR instructions, and no trap"
    RETURNS = "sret to S, and at the end to U"
    TRAPS = "faults and calls, in S and in U"
    FIRMWARE = "calls of firmware"
    TIME = "the clock, the timer, waiting"
    ALL = "all of these"


@dataclass(frozen=True, slots=True)
class Guest:
    """One program."""

    name: str
    payload: Payload
    end: int
    """It is over when pc is here."""


def board(illegal_tval: str = "word") -> Platform:
    """A small machine without floating point and without translation."""
    return Platform(RAM_BYTES, isa=ISA, translation="bare", illegal_tval=illegal_tval)


@lru_cache(maxsize=512)
def small_kernel(theme: Theme, seed: int) -> Guest:
    """The program of a theme and a seed."""
    source = _Writer(Random(f"{theme.name} {seed}"), theme).source()
    made = assemble(source, "kernel.S")
    (text,) = (section for section in made.sections if section.name == ".text")
    end = next(symbol.value for symbol in made.symbols if symbol.name == "end")
    name = f"{theme.name.lower()}-{seed}"
    return Guest(name, Payload(name, ((memmap.RAM, text.data),), memmap.RAM), end)


class _Writer:
    """Writes one program."""

    def __init__(self, random: Random, theme: Theme) -> None:
        self._random, self._theme = random, theme
        self._lines: list[str] = []
        self._labels = 0
        self._decks: dict[tuple[Any, ...], list[Any]] = {}

    def source(self) -> str:
        """The program's assembly."""
        self._emit("la t0, vector", "csrw stvec, t0", f"li gp, {LOG:#x}", "li ra, 0")
        self._emit(*(f"li a{n}, {self._value():#x}" for n in range(3)))
        operations = _OPERATIONS[self._theme]
        for _ in range(_LENGTHS[self._theme]):
            self._deal(operations)(self)
        if self._theme is Theme.RETURNS:
            self._return(to_user=True)
        self._emit("j end")
        return "\n".join(["_start:", *self._lines, _HANDLER, "end:", "    j end", ""])

    # Drawing and writing -------------------------------------------------------------------------

    def _value(self) -> int:
        """A doubleword: small, all ones, or anything."""
        small = self._random.randrange(64)
        return self._random.choice((small, (1 << 64) - 1, self._random.getrandbits(64)))

    def _deal(self, cards: tuple[_T, ...]) -> _T:
        """One of these; each comes before any comes again."""
        deck = self._decks.setdefault(cards, [])
        if not deck:
            deck += self._random.sample(cards, len(cards))
        card: _T = deck.pop()
        return card

    def _odds(self, one_in: int) -> bool:
        return self._random.randrange(one_in) == 0

    def _emit(self, *lines: str) -> None:
        self._lines += [f"    {line}" for line in lines]

    def _label(self) -> str:
        self._labels += 1
        return f"L{self._labels}"

    def _tried(self, resume: str, *lines: str) -> None:
        """Lines of which the last may trap: then its mode goes on behind it."""
        after = self._label()
        self._emit(f"la {resume}, {after}", *lines)
        self._lines.append(f"{after}:")
        self._emit("xor s2, s2, a0")

    # Operations ----------------------------------------------------------------------------------

    def csr(self) -> None:
        """One CSR instruction, in any of its forms."""
        name, form = self._deal(_ACCESSES)
        value, few = self._value(), self._random.randrange(32)
        quiet = self._theme is Theme.CSRS
        if name == "sstatus":
            value &= ~_FS
        if name == "sie" and quiet:
            value, few = value & ~(_STI | _SSI), few & ~_SSI
        if name == "stvec":
            self._emit(f"csrci sstatus, {SIE}")
        rd = self._random.choice(("a1", "a1", "a0", "zero"))
        source = str(few) if form.endswith("i") else self._random.choice(("a0", "a0", "zero"))
        self._emit(f"li a0, {value:#x}", f"{form} {rd}, {name}, {source}", "xor s2, s2, a1")
        self._emit(f"csrr a0, {name}", "add s2, s2, a0")
        if name == "stvec":
            self._emit("la t0, vector", f"addi t0, t0, {self._random.randrange(2)}")
            self._emit("csrw stvec, t0")

    def swap(self) -> None:
        """What a kernel does first when it is trapped into."""
        self._emit("csrrw sp, sscratch, sp", "xor s2, s2, sp")

    def address_space(self) -> None:
        """satp gets a table, which this hart has no use for."""
        self._emit(f"li a0, {8 << 60 | self._random.getrandbits(40):#x}", "csrw satp, a0")
        self._emit("csrr a0, satp", "xor s2, s2, a0")

    def return_to_self(self) -> None:
        self._return(to_user=False)

    def _return(self, to_user: bool, target: str | None = None) -> None:
        """sret to the next instruction, or to a label."""
        here = self._label()
        self._emit(f"csrci sstatus, {SIE}", f"la t0, {target or here}", "csrw sepc, t0")
        self._emit(f"li t0, {SPP}", f"{'csrc' if to_user else 'csrs'} sstatus, t0")
        self._emit(f"li t0, {SPIE}", f"{self._random.choice(('csrs', 'csrc'))} sstatus, t0")
        if self._theme is Theme.RETURNS and self._odds(2):  # elsewhere sepc might be lost
            self._emit(f"csrsi sstatus, {SIE}")
        self._emit("sret")
        self._lines.append(f"{here}:")
        if not to_user:
            self._emit("csrr a0, sstatus", "xor s2, s2, a0")

    def in_user(self) -> None:
        """Some steps in U, which goes back by a call."""
        here, back = self._label(), self._label()
        self._emit(f"la s10, {back}")
        self._return(to_user=True, target=here)
        self._lines.append(f"{here}:")
        self._system_call()
        for _ in range(self._random.randrange(1, 4)):
            self._deal(_IN_USER)(self)
        if self._theme in (Theme.TIME, Theme.ALL):
            self._spin()
        self._emit("li a7, 0", "ecall")
        self._lines.append(f"{back}:")

    def _compute(self) -> None:
        at = DATA + 8 * self._random.randrange(512)
        self._emit(f"li a1, {at:#x}", "add a0, a0, s2", "sd a0, 0(a1)", "ld a2, 0(a1)")
        self._emit("mul s2, s2, a2")

    def _spin(self) -> None:
        here = self._label()
        self._emit(f"li t0, {self._random.randrange(1, 60)}")
        self._lines.append(f"{here}:")
        self._emit("addi t0, t0, -1", f"bnez t0, {here}")

    def _system_call(self) -> None:
        self._emit(f"li a7, {self._random.randrange(1, 8)}", "ecall", "xor s2, s2, a0")

    def _forbidden(self) -> None:
        self._tried("s9", self._deal((*_ILLEGAL, *_NOT_IN_U)))

    def fault(self) -> None:
        """The kernel's own: an instruction that is none."""
        self._tried("s10", f"li a0, {self._value():#x}", self._deal(_ILLEGAL))

    def write_of_read_only(self) -> None:
        self._tried("s10", "li a1, 0", self._deal(_READ_ONLY))

    def touch(self) -> None:
        """Memory that is not there, or not where it should be."""
        self._touch("s10")

    def _user_touch(self) -> None:
        self._touch("s9")

    def _touch(self, resume: str) -> None:
        at = self._random.choice((0, memmap.RAM + RAM_BYTES, 1 << 63))
        access = self._deal(_TOUCHES)
        if self._odds(3) and "jalr" not in access:
            at = DATA + 1
        self._tried(resume, f"li a1, {at:#x}", access)

    def firmware(self) -> None:
        """A call that comes back."""
        extension, function = self._deal(_CALLS)
        argument = self._random.choice((TIME, self._random.randrange(32, 127), self._value()))
        self._emit(f"li a0, {argument:#x}", f"li a6, {function}", f"li a7, {extension:#x}")
        self._emit("ecall", "xor s2, s2, a0", "add s2, s2, a1")

    def read_time(self) -> None:
        self._emit(self._deal(_READS_TIME), "xor s2, s2, a0")

    def timer(self) -> None:
        """The timer goes off, if it is to interrupt."""
        self._emit("rdtime a0", f"addi a0, a0, {self._random.randrange(1, 120)}")
        if self._odds(2):
            self._emit(f"li a7, {TIME:#x}", "li a6, 0", "ecall")
        else:
            self._emit("csrw stimecmp, a0")
        self._emit(f"li t0, {_STI}", f"{'csrc' if self._odds(4) else 'csrs'} sie, t0")
        self._emit(f"{'csrci' if self._odds(3) else 'csrsi'} sstatus, {SIE}")
        self._spin()

    def wait(self) -> None:
        """wfi, until the timer interrupts or only wakes."""
        self._emit(f"csrci sstatus, {SIE}", f"li t0, {_STI}", "csrs sie, t0", "rdtime a0")
        self._emit(f"addi a0, a0, {self._random.randrange(100, 2000)}", "csrw stimecmp, a0")
        if self._odds(2):
            self._emit(f"csrsi sstatus, {SIE}")
        self._emit("wfi", "csrr a1, sip", "rdtime a0", "xor s2, s2, a0", "add s2, s2, a1")
        self._emit("li a0, -1", "csrw stimecmp, a0")

    def interrupt(self) -> None:
        """A software interrupt, which the kernel raises itself."""
        self._emit(f"csrsi sie, {_SSI}", f"csrsi sip, {_SSI}", f"csrsi sstatus, {SIE}", "nop")


_IN_USER: Final[tuple[Callable[[_Writer], None], ...]] = (
    _Writer._compute,
    _Writer._system_call,
    _Writer._forbidden,
    _Writer._user_touch,
)
_OPERATIONS: Final[dict[Theme, tuple[Callable[[_Writer], None], ...]]] = {
    Theme.CSRS: (*(_Writer.csr,) * 8, _Writer.swap, _Writer.address_space),
    Theme.RETURNS: (_Writer.return_to_self,),
    Theme.TRAPS: (_Writer.fault, _Writer.in_user, _Writer.write_of_read_only, _Writer.touch),
    Theme.FIRMWARE: (_Writer.firmware,),
    Theme.TIME: (_Writer.read_time, _Writer.timer, _Writer.wait, _Writer.interrupt),
    Theme.ALL: (
        *(_Writer.csr,) * 4, *(_Writer.in_user,) * 3, _Writer.fault, _Writer.firmware,
        _Writer.timer, _Writer.wait, _Writer.return_to_self, _Writer.address_space,
        _Writer.interrupt, _Writer.touch, _Writer.write_of_read_only, _Writer.swap,
        _Writer.read_time,
    ),
}  # fmt: skip
_LENGTHS: Final = {
    Theme.CSRS: 40,
    Theme.RETURNS: 12,
    Theme.TRAPS: 24,
    Theme.FIRMWARE: 12,
    Theme.TIME: 16,
    Theme.ALL: 28,
}
"""How many operations."""
assert set(_CSRS) < set(WRITABLE)
