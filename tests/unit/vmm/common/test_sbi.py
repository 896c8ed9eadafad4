"""The SBI in Python, call by call: as the specification says, and as our firmware in C answers."""

from __future__ import annotations

import pytest

import vmlab
from tests.unit.vmm.common.sbi_calls import (
    BAD_MEMORY_CALLS,
    CALLS,
    CONSOLE_CALLS,
    PRINTED,
    Call,
    answers,
    program,
    wrong,
)
from tests.unit.vmm.guests import guest
from tests.unit.vmm.lanes import NATIVE, alone, facts
from vmlab.core.units import MIB
from vmlab.guests.sbi import firmware
from vmlab.machine.devices.finisher import FAIL, PASS
from vmlab.session.snapshot import Reason
from vmlab.vmm.common import sbi
from vmlab.vmm.common.payloads import raw_kernel
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.techniques import TECHNIQUES

BOARD = guest_platform(16 * MIB)
MOST_INSNS = 100_000


@pytest.mark.parametrize("calls", [CALLS, CONSOLE_CALLS, BAD_MEMORY_CALLS])
def test_each_call_is_answered_as_the_specification_says(calls: tuple[Call, ...]) -> None:
    subject = TECHNIQUES["bare"].alone(BOARD, raw_kernel("calls", program(calls)))
    subject.run(MOST_INSNS)
    assert subject.state is State.ENDED
    assert not wrong(answers(subject.machine.read, calls), calls)
    if calls is CONSOLE_CALLS:
        assert subject.output == PRINTED


@pytest.mark.parametrize("calls", [CALLS, CONSOLE_CALLS])
def test_our_firmware_in_c_answers_each_call_alike(calls: tuple[Call, ...]) -> None:
    """All but bad memory: it takes addresses for granted, and a wrong one is its own fault."""
    raw = program(calls)
    subject = TECHNIQUES["bare"].alone(BOARD, raw_kernel("calls", raw))
    subject.run(MOST_INSNS)
    session = vmlab.open(ram="16M", bios=firmware(), kernel=raw)
    assert session.run(limit=MOST_INSNS).reason is Reason.PASSED
    assert answers(session.machine.read, calls) == answers(subject.machine.read, calls)
    assert bytes(session.console) == subject.output


def reset(kind: int, reason: int) -> str:
    return f"li a0, {kind}\nli a1, {reason}\nli a6, 0\nli a7, {sbi.SRST}\necall\n"


@pytest.mark.parametrize("technique", NATIVE)
@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("li a7, 8\necall\n", PASS),
        (reset(sbi.SHUTDOWN, sbi.NO_REASON), PASS),
        (reset(sbi.SHUTDOWN, sbi.SYSTEM_FAILURE), FAIL | 1 << 16),
        ("li t0, 0x100000\nli t1, 0x73333\nsw t1, 0(t0)\n", FAIL | 7 << 16),
    ],
)
def test_a_guest_ends_itself_and_says_how(technique: str, source: str, written: int) -> None:
    subject = alone(technique, guest(source + "1: j 1b\n"))
    subject.run(1_000)
    assert subject.state is State.ENDED
    assert subject.machine.finisher.written == written


@pytest.mark.parametrize("technique", NATIVE)
def test_a_suspended_hart_wakes_when_its_timer_is_due(technique: str) -> None:
    source = f"""
    li a0, 5000
    csrw stimecmp, a0
    li t0, 0x20
    csrw sie, t0
    li a7, {sbi.HSM}
    li a6, 3
    li a0, 0
    ecall
    rdtime s0
    li a7, 8
    ecall
    """
    subject, bare = alone(technique, guest(source)), alone("bare", guest(source))
    for each in (subject, bare):
        each.run(1_000)
    assert facts(subject) == facts(bare)
    assert subject.state is State.ENDED
    assert 5_000 <= subject.machine.hart.x[8] < 5_010
    assert subject.hart.retired < 100, "it slept"


@pytest.mark.parametrize("technique", NATIVE)
def test_the_console_reads_what_was_typed_into_the_guests_memory(technique: str) -> None:
    source = f"""
    li a7, {sbi.DBCN}
    li a6, 1
    li a0, 3
    la a1, here
    li a2, 0
    ecall
    mv s1, a1
    li a7, 8
    ecall
.data
here: .dword 0
    """
    subject = alone(technique, guest(source))
    subject.type(b"abcde")
    subject.run(100)
    assert subject.machine.hart.x[9] == 3
    first, data = guest(source).segments[-1]
    assert subject.machine.read(first + len(data) - 8, 8) == b"abc\0\0\0\0\0"
