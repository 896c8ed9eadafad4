"""Our firmware answers SBI calls as the specification (2.0) says a platform of one hart does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

import vmlab
from vmlab.core.errors import Unsupported
from vmlab.derive.asm import assemble
from vmlab.guests import sbi
from vmlab.guests.firmware import fetch
from vmlab.isa.causes import SUPERVISOR_TIMER
from vmlab.session import Session
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until

BASE, TIME, IPI, RFENCE = 0x10, 0x54494D45, 0x735049, 0x52464E43
HSM, SRST, DBCN = 0x48534D, 0x53525354, 0x4442434E
ALL: Final = (1 << 64) - 1
OK, FAILED, NOT_SUPPORTED, INVALID, AVAILABLE = 0, -1, -2, -3, -6
BUFFER: Final = 0x8030_0000
S2: Final = 18
NO_SSTC: Final = "rv64imac_zicsr_zifencei"


@dataclass(frozen=True)
class Call:
    """An SBI call and the error and value that it must return."""

    extension: int
    function: int
    arguments: tuple[int, ...]
    error: int
    value: int | None = None


CALLS = (
    Call(BASE, 0, (), OK, 2 << 24),
    Call(BASE, 2, (), OK, 1),
    *(
        Call(BASE, 3, (one,), OK, 1)
        for one in (0, 1, 2, 8, BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN)
    ),
    *(Call(BASE, 3, (one,), OK, 0) for one in (9, 0x0F, 0x504D55, 0x12345678)),
    Call(BASE, 4, (), OK, 0),
    Call(BASE, 7, (), NOT_SUPPORTED),
    Call(0x504D55, 0, (), NOT_SUPPORTED),
    Call(TIME, 0, (ALL,), OK),
    Call(TIME, 1, (), NOT_SUPPORTED),
    Call(IPI, 0, (1, 0), OK),
    Call(IPI, 0, (0, ALL), OK),
    Call(IPI, 0, (2, 0), INVALID),
    Call(IPI, 0, (1, 1), INVALID),
    Call(IPI, 1, (1, 0), NOT_SUPPORTED),
    *(Call(RFENCE, one, (1, 0), OK) for one in range(3)),
    Call(RFENCE, 1, (3, 0, 0, ALL), INVALID),
    Call(RFENCE, 3, (1, 0), NOT_SUPPORTED),
    Call(HSM, 0, (0, BUFFER, 0), AVAILABLE),
    Call(HSM, 0, (1, BUFFER, 0), INVALID),
    Call(HSM, 1, (), FAILED),
    Call(HSM, 2, (0,), OK, 0),
    Call(HSM, 2, (1,), INVALID),
    Call(HSM, 3, (0x80000000, 0, 0), NOT_SUPPORTED),
    Call(SRST, 0, (3, 0), INVALID),
    Call(SRST, 0, (0, 9), INVALID),
    Call(SRST, 1, (0, 0), NOT_SUPPORTED),
    Call(DBCN, 0, (3, BUFFER, 0), OK, 3),
    Call(DBCN, 0, (3, BUFFER, 1), INVALID),
    Call(DBCN, 1, (3, BUFFER, 0), OK, 0),
    Call(DBCN, 2, (ord("x"),), OK),
    Call(DBCN, 3, (), NOT_SUPPORTED),
)


def asking(extension: int, function: int, *arguments: int, isa: str | None = None) -> Session:
    """A machine that has just returned from an SBI call of a kernel that does nothing else."""
    loads = [f"li a{i}, {value}" for i, value in enumerate(arguments)]
    text = "\n".join(
        [*loads, f"li a6, {function}", f"li a7, {extension}", "ecall", "csrr s2, sip", "j ."]
    )
    kernel = assemble(f"_start:\n{text}").section(".text").data
    session = vmlab.open(bios=sbi.firmware(), kernel=kernel, ram="4M", isa=isa)
    stop = session.run(until=Until.pc(sbi.KERNEL_BASE), limit=10_000)
    assert stop.reason is Reason.PC
    session.run(until=Until.pc(sbi.KERNEL_BASE + len(kernel) - 4), limit=1_000)
    return session


def signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


@pytest.mark.parametrize("call", CALLS, ids=lambda c: f"{c.extension:#x}.{c.function}{c.arguments}")
def test_a_call_returns_what_the_specification_says(call: Call) -> None:
    x = asking(call.extension, call.function, *call.arguments).machine.hart.x
    assert signed(x[10]) == call.error
    if call.value is not None:
        assert x[11] == call.value


def test_a_call_changes_no_register_but_a0_and_a1() -> None:
    session = vmlab.open(bios=sbi.firmware(), kernel=b"\x73\0\0\0\x6f\0\0\0", ram="4M")
    session.run(until=Until.pc(sbi.KERNEL_BASE), limit=10_000)
    x = session.machine.hart.x
    for number in range(1, 32):
        x[number] = 0x1000 + number
    x[16], x[17] = 0, BASE
    before = [*x]
    session.run(until=Until.pc(sbi.KERNEL_BASE + 4), limit=1_000)
    after = [*x]
    assert [i for i in range(32) if before[i] != after[i]] == [10, 11]


@pytest.mark.parametrize("isa", [None, NO_SSTC])
def test_a_timer_that_is_due_is_pending_and_one_for_later_is_not(isa: str | None) -> None:
    for extension, when, due in ((TIME, 0, 1), (TIME, ALL, 0), (0, 0, 1), (0, ALL, 0)):
        sip = asking(extension, 0, when, isa=isa).machine.hart.x[S2]
        assert sip >> SUPERVISOR_TIMER & 1 == due


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [((0, 0), Reason.PASSED), ((0, 1), Reason.FAILED), ((1, 0), None), ((2, 1), None)],
)
def test_the_machine_ends_as_it_was_asked_to(
    arguments: tuple[int, int], reason: Reason | None
) -> None:
    session = asking(SRST, 0, *arguments)
    if reason is not None:
        assert session.stop is not None
        assert session.stop.reason is reason
    else:
        again = session.run(until=Until.pc(sbi.KERNEL_BASE), limit=10_000)
        assert again.reason is Reason.PC, "it starts again"


def test_the_old_calls_print_read_and_shut_down() -> None:
    assert bytes(asking(1, 0, ord("x")).console) == b"x"
    assert signed(asking(2, 0).machine.hart.x[10]) == -1
    stop = asking(8, 0).stop
    assert stop is not None
    assert stop.reason is Reason.PASSED


def test_s_mode_u_boot_of_debian_runs_on_it() -> None:
    """Outside evidence: a kernel that nobody here wrote finds the extensions and its prompt."""
    try:
        uboot = fetch().uboot_s
    except Unsupported as reason:
        pytest.skip(str(reason))
    session = vmlab.open(bios=sbi.firmware(), kernel=uboot, ram="64M")
    for wanted, typed in (("Hit any key", b" "), ("=> $", b"sbi\n"), ("=> $", b"poweroff\n")):
        stop = session.run(until=Until.console(wanted), limit=60_000_000)
        assert stop.reason is Reason.CONSOLE
        session.send(typed)
    assert session.run(limit=90_000_000).reason is Reason.PASSED
    said = bytes(session.console).decode()
    for name in ("Timer", "IPI", "RFENCE", "Hart State Management", "System Reset"):
        assert f"  {name} Extension" in said
