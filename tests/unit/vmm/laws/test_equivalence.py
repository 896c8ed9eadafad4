"""Where two runs part, the first instruction is named, and both states are shown."""

from __future__ import annotations

import itertools

import pytest

from tests.laws.bugs.monitors import WrongEcallCause
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.subject import Subject, admitted, host_for
from vmlab.vmm.laws.differences import differences
from vmlab.vmm.laws.equivalence import compare
from vmlab.vmm.laws.hostile import Hostile
from vmlab.vmm.laws.kernels.program import board

CALLS = Hostile(
    "calls",
    "call its kernel",
    """
    la t0, handler
    csrw stvec, t0
    la t0, user
    csrw sepc, t0
    sret
user:
    addi a1, a1, 1
    ecall
handler:
    csrr a0, scause
    li a7, 8
    ecall
""",
).payload()
BEFORE_ECALL = 8
"""Instructions up to the system call, as they are written above: each la is two."""


def bare() -> Subject:
    return BareMachine(board(), CALLS)


def wrong() -> Subject:
    return admitted(WrongEcallCause(host_for((board(),))), board(), CALLS)


@pytest.mark.parametrize("stride", [1, 3, 100])
def test_the_first_instruction_that_differs_is_found_whatever_the_checkpoints(stride: int) -> None:
    found = compare("calls", bare, wrong, 100, itertools.repeat(stride))
    assert found is not None
    assert found.count == BEFORE_ECALL + 1
    assert found.instruction.startswith("U at va 0x8000001a") or "ecall" in found.instruction
    what = {one.what: (one.bare, one.subject) for one in found.found}
    assert what["scause"] == ("0x8", "0x9")


def test_two_bare_machines_do_not_differ() -> None:
    assert compare("calls", bare, bare, 100, itertools.repeat(4)) is None


def test_differences_are_empty_exactly_if_the_hashes_are_equal() -> None:
    one, other = bare(), bare()
    assert differences(one.machine, other.machine) == ()
    for change in (
        lambda: other.machine.hart.x.__setitem__(5, 1),
        lambda: other.machine.arena.ram8.__setitem__(9, 7),
        lambda: other.machine.uart.receive(b"x"),
    ):
        before = len(differences(one.machine, other.machine))
        change()
        assert len(differences(one.machine, other.machine)) > before
        assert one.machine.state_hash() != other.machine.state_hash()
