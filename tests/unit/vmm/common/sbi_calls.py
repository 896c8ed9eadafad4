"""One program in S that makes every call of the SBI and writes the answers down, to be run under
whichever firmware."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.derive.asm import assemble
from vmlab.derive.objfile import to_elf
from vmlab.guests.loader import load_elf
from vmlab.guests.sbi import KERNEL_BASE, flat
from vmlab.vmm.common import sbi

ANSWERS_AT: Final = KERNEL_BASE + 0x8000
TEXT_AT: Final = KERNEL_BASE + 0x7000
TEXT: Final = b"hello"
ANSWER_BYTES: Final = 24
FREE: Final = None
"""The specification leaves it to the firmware."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call, and the (error, value) that the specification wants; None for any."""

    extension: int
    function: int
    arguments: tuple[int, ...] = ()
    error: int | None = sbi.SUCCESS
    value: int | None = 0
    sip: int | None = 0
    """Interrupts pending afterwards: SSIP 2, STIP 32."""

    def __str__(self) -> str:
        given = ",".join(f"{each & MASK64:x}" for each in self.arguments)
        return f"{self.extension:x}.{self.function}({given})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the registers and sip were after a call."""

    a0: int
    a1: int
    sip: int


def old(extension: int, *arguments: int, a0: int | None = 0, sip: int | None = 0) -> Call:
    """A call of SBI 0.1: it has one result and leaves a1 alone."""
    padded = (*arguments, *(0,) * (2 - len(arguments)))
    return Call(extension, 0, padded, a0, padded[1], sip)


def _no(extension: int, function: int, *arguments: int) -> Call:
    return Call(extension, function, arguments, sbi.NOT_SUPPORTED, FREE)


def _bad(extension: int, function: int, *arguments: int) -> Call:
    return Call(extension, function, arguments, sbi.INVALID_PARAMETER, FREE)


_HART0, _ALL, _NONE, _HART1 = (1, 0), (0, MASK64), (0, 0), (2, 0)
_SSIP, _STIP = 2, 32
_ANYWHERE = MASK64 - 7
CALLS: Final = (
    Call(sbi.TIME, 0, (MASK64,)),
    # Base
    Call(sbi.BASE, 0, value=FREE),
    Call(sbi.BASE, 1, value=FREE),
    Call(sbi.BASE, 2, value=FREE),
    *(Call(sbi.BASE, 3, (each,), value=1) for each in sorted(sbi.EXTENSIONS - {sbi.DBCN})),
    *(Call(sbi.BASE, 3, (each,), value=1) for each in range(9)),
    Call(sbi.BASE, 3, (0x1234567,), value=0),
    *(Call(sbi.BASE, each) for each in (4, 5, 6)),
    _no(sbi.BASE, 7),
    _no(0x1234567, 0),
    # The timer: never, long ago, never
    Call(sbi.TIME, 0, (MASK64,)),
    Call(sbi.TIME, 0, (0,), sip=_STIP),
    Call(sbi.TIME, 0, (MASK64,)),
    _no(sbi.TIME, 1, 0),
    # Interrupts from hart to hart; the old call takes the last one back
    Call(sbi.IPI, 0, _NONE),
    Call(sbi.IPI, 0, _HART0, sip=_SSIP),
    old(sbi.LEGACY_CLEAR_IPI),
    Call(sbi.IPI, 0, _ALL, sip=_SSIP),
    old(sbi.LEGACY_CLEAR_IPI),
    _bad(sbi.IPI, 0, *_HART1),
    _bad(sbi.IPI, 0, 1, 1),
    _bad(sbi.IPI, 0, 3, 0),
    old(sbi.LEGACY_CLEAR_IPI),
    _no(sbi.IPI, 1, *_HART0),
    # Fences on other harts
    *(
        Call(sbi.RFENCE, function, (*harts, 0, MASK64, 0))
        for function in (0, 1, 2)
        for harts in (_HART0, _ALL, _NONE)
    ),
    *(_bad(sbi.RFENCE, function, *_HART1, 0, MASK64, 0) for function in (0, 1, 2)),
    _no(sbi.RFENCE, 7, *_HART0, 0, MASK64, 0),
    # Harts
    Call(sbi.HSM, 0, (0, KERNEL_BASE, 0), sbi.ALREADY_AVAILABLE, FREE),
    _bad(sbi.HSM, 0, 7, KERNEL_BASE, 0),
    Call(sbi.HSM, 2, (0,), value=0),
    _bad(sbi.HSM, 2, 7),
    _no(sbi.HSM, 9),
    # Reset: calls that must not reset anything
    _no(sbi.SRST, 1),
    _bad(sbi.SRST, 0, 3, 0),
    _bad(sbi.SRST, 0, 0x7FFF_FFFF, 0),
    _bad(sbi.SRST, 0, 0, 2),
    # SBI 0.1
    old(sbi.LEGACY_SET_TIMER, 0, sip=_STIP),
    old(sbi.LEGACY_SET_TIMER, MASK64),
    old(sbi.LEGACY_PUTCHAR, ord("o")),
    old(sbi.LEGACY_GETCHAR, a0=-1),
    old(sbi.LEGACY_SEND_IPI, 0, sip=_SSIP),
    old(sbi.LEGACY_CLEAR_IPI),
    *(old(each, 0) for each in (sbi.LEGACY_FENCE_I, sbi.LEGACY_FENCE, sbi.LEGACY_FENCE_ASID)),
)
CONSOLE_CALLS: Final = (
    Call(sbi.TIME, 0, (MASK64,)),
    Call(sbi.BASE, 3, (sbi.DBCN,), value=1),
    Call(sbi.DBCN, 0, (len(TEXT), TEXT_AT, 0), value=len(TEXT)),
    Call(sbi.DBCN, 0, (0, TEXT_AT, 0), value=0),
    Call(sbi.DBCN, 1, (8, TEXT_AT + 64, 0), value=0),
    Call(sbi.DBCN, 2, (ord("!"),), value=0),
    Call(sbi.DBCN, 2, (0x123456700 + ord("?"),), value=0),
    _bad(sbi.DBCN, 0, 8, TEXT_AT, 1),
    _no(sbi.DBCN, 3, 0),
)
"""Of SBI 2.0: not every firmware has them."""
PRINTED: Final = TEXT + b"!?"
BAD_MEMORY_CALLS: Final = (
    _bad(sbi.DBCN, 0, 8, _ANYWHERE, 0),
    _bad(sbi.DBCN, 1, 8, _ANYWHERE, 0),
    _bad(sbi.DBCN, 0, 8, 0, 0),
    _bad(sbi.DBCN, 1, MASK64, TEXT_AT, 0),
)
"""The console, and memory that is not there."""


def program(calls: tuple[Call, ...] = CALLS) -> bytes:
    """A raw kernel that makes these calls one after another and ends by the finisher."""
    rows = []
    for call in calls:
        words = (call.extension, call.function, *call.arguments)
        rows += [f".dword {word & MASK64:#x}" for word in (*words, *(0,) * (7 - len(words)))]
    table = "\n".join(rows)
    source = f"""
    .globl _start
_start:
    csrw sie, zero
    la s0, calls
    li s1, {ANSWERS_AT}
    li s2, {len(calls)}
1:  ld a7, 0(s0)
    ld a6, 8(s0)
    ld a0, 16(s0)
    ld a1, 24(s0)
    ld a2, 32(s0)
    ld a3, 40(s0)
    ld a4, 48(s0)
    ecall
    sd a0, 0(s1)
    sd a1, 8(s1)
    csrr t0, sip
    sd t0, 16(s1)
    addi s0, s0, 56
    addi s1, s1, {ANSWER_BYTES}
    addi s2, s2, -1
    bnez s2, 1b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
2:  j 2b
.balign 8
calls:
{table}
"""
    image = load_elf(
        to_elf(assemble(source, "calls.S", text_base=KERNEL_BASE)), ram_size=16 << 20, name="calls"
    )
    code = flat(image, KERNEL_BASE)
    return code.ljust(TEXT_AT - KERNEL_BASE, b"\0") + TEXT


def answers(
    read: Callable[[int, int], bytes], calls: tuple[Call, ...] = CALLS
) -> dict[str, Answer]:
    """What the program has written down, by call."""
    found = {}
    for number, call in enumerate(calls):
        data = read(ANSWERS_AT + number * ANSWER_BYTES, ANSWER_BYTES)
        a0, a1, sip = (int.from_bytes(data[at : at + 8], "little") for at in (0, 8, 16))
        found[f"{number}: {call}"] = Answer(a0, a1, sip)
    return found


def wrong(found: dict[str, Answer], calls: tuple[Call, ...] = CALLS) -> dict[str, Answer]:
    """The answers that are not what the specification wants."""
    return {
        name: answer
        for (name, answer), call in zip(found.items(), calls, strict=True)
        if (call.error is not None and answer.a0 != call.error & MASK64)
        or (call.value is not None and answer.a1 != call.value & MASK64)
        or (call.sip is not None and answer.sip != call.sip)
    }
