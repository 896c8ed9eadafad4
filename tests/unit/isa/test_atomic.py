"""Atomics where the manual leaves a choice: devices, alignment, what ends a reservation."""

from __future__ import annotations

import pytest

from tests.unit.programs import session
from vmlab.isa import causes
from vmlab.session import Until
from vmlab.session.session import Session

FRAME = """
    la t0, handler
    csrw mtvec, t0
    la a1, place
    li a2, 0x2000000
    li a0, -1
{body}
    j .
    .balign 4
handler:
    csrr s0, mcause
    csrr s1, mtval
    csrr s2, mepc
    addi s2, s2, 4
    csrw mepc, s2
    mret
    .balign 8
place:
    .dword 0x80000000
    .dword 0
"""


def ended(body: str, **options: object) -> Session:
    run = session(FRAME.format(body=body), **options)
    run.run(Until.count(200))
    return run


def x(run: Session, number: int) -> int:
    return run.machine.hart.x[number]


@pytest.mark.parametrize(
    ("access", "cause"),
    [
        ("lr.w a0, (a2)", causes.LOAD_ACCESS_FAULT),
        ("sc.w a0, a0, (a2)", causes.STORE_ACCESS_FAULT),
        ("amoadd.w a0, a0, (zero)", causes.STORE_ACCESS_FAULT),
    ],
)
def test_only_ram_is_reserved_and_nothing_else_answers(access: str, cause: int) -> None:
    run = ended(access)
    assert (x(run, 8), x(run, 9)) == (cause, 0x200_0000 if "a2" in access else 0)


def test_a_device_takes_an_amo_as_a_read_and_a_write() -> None:
    run = ended("li a3, 1\namoor.w a0, a3, (a2)\nlw a4, 0(a2)")  # the CLINT's msip
    assert (x(run, 8), x(run, 10), x(run, 14)) == (0, 0, 1)


@pytest.mark.parametrize("misaligned", ["trap", "done"])
@pytest.mark.parametrize("access", ["lr.d a0, (a1)", "sc.d a0, a0, (a1)", "amoswap.d a0, a0, (a1)"])
def test_atomics_are_never_done_misaligned(access: str, misaligned: str) -> None:
    run = ended(f"addi a1, a1, 4\n{access}", misaligned=misaligned)
    load = access.startswith("lr")
    trapped = causes.LOAD_ADDRESS_MISALIGNED if load else causes.STORE_ADDRESS_MISALIGNED
    done = causes.LOAD_ACCESS_FAULT if load else causes.STORE_ACCESS_FAULT
    assert x(run, 8) == (done if misaligned == "done" else trapped)
    assert x(run, 9) == x(run, 11)


@pytest.mark.parametrize(
    ("between", "failed"),
    [
        ("nop", 0),
        ("sd a0, 0(a1)", 0),
        ("fence.i", 0),
        ("ecall", 1),
        ("sc.d a3, a4, (a1)", 1),
        ("addi a1, a1, 8", 1),
    ],
)
def test_what_ends_a_reservation(between: str, failed: int) -> None:
    run = ended(f"lr.d a5, (a1)\n{between}\nsc.d a0, a1, (a1)")
    assert x(run, 10) == failed
    assert x(run, 15) == 0x8000_0000


def test_a_word_is_sign_extended_and_keeps_its_neighbour() -> None:
    run = ended("li a3, -1\namomaxu.w a0, a3, (a1)\nld a4, 0(a1)")
    assert x(run, 10) == 0xFFFF_FFFF_8000_0000
    assert x(run, 14) == 0xFFFF_FFFF


def test_going_back_brings_the_reservation_back() -> None:
    run = session(FRAME.format(body="lr.d a5, (a1)\nnop\nsc.d a0, a1, (a1)"))
    run.run(Until.count(40))
    assert x(run, 10) == 0
    whole = run.state_hash()
    steps = run.steps
    run.go_to(12)
    run.run(Until.count(40))
    assert (run.steps, run.state_hash()) == (steps, whole)
