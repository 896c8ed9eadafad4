"""No monitor: the reference of the laws. Budgets are exact, and firmware is all there is above."""

from __future__ import annotations

import pytest

import vmlab
from tests.unit.vmm.guests import SHUTDOWN, TABLES, USERLAND, guest
from tests.unit.vmm.lanes import BOARD, alone, facts
from vmlab.core.errors import Unsupported
from vmlab.core.modes import Mode
from vmlab.guests.sbi import firmware
from vmlab.session.snapshot import Reason
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.techniques import TECHNIQUES

FAR = 10_000_000


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_a_budget_is_retired_to_the_instruction(engine: str) -> None:
    bare = BareMachine(BOARD, guest(USERLAND + TABLES), engine)
    total = 0
    for budget in (1, 1, 2, 0, 7, 100, 1_000):
        bare.run(budget)
        total += budget
        assert bare.hart.retired == bare.counters.direct_insns == total
        assert not bare.counters.exits


def test_cut_into_pieces_it_runs_as_in_one() -> None:
    whole, pieces = (BareMachine(BOARD, guest(USERLAND + TABLES)) for _ in range(2))
    whole.run(FAR)
    while pieces.runnable:
        pieces.run(13)
    assert facts(pieces) == facts(whole)
    assert pieces.firmware_calls == whole.firmware_calls > 3


def test_only_calls_of_firmware_leave_s_and_u() -> None:
    bare = BareMachine(BOARD, guest("li a7, 0x10\nli a6, 0\necall\nunimp\n" + SHUTDOWN))
    bare.run(50)
    assert bare.firmware_calls == 1
    assert bare.hart.mode in (Mode.S, Mode.U)


def test_nobody_divides_the_bare_machine() -> None:
    with pytest.raises(
        Unsupported, match="expected one guest where nobody divides the machine, found 2"
    ):
        TECHNIQUES["bare"].start([(BOARD, guest("nop"))] * 2, "auto")


def test_the_engines_agree_on_it() -> None:
    runs = [alone("bare", guest(USERLAND + TABLES), engine) for engine in ("t0", "t1")]
    for budget in (5, 400, 1, 700, FAR):
        for each in runs:
            each.run(budget)
        assert facts(runs[0]) == facts(runs[1])
    assert runs[0].state is State.ENDED


def test_nano_says_the_same_under_python_as_under_our_firmware_in_c() -> None:
    bare = BareMachine(guest_platform(16 << 20), payload_of("nano", append="sieve"))
    bare.run(FAR)
    real = vmlab.open("nano", ram="16M", append="sieve", bios=firmware())
    assert real.run(limit=FAR).reason is Reason.PASSED
    own, theirs = (bytes(output).splitlines() for output in (bare.output, real.console))
    assert own[1:] == theirs[1:]
    assert b"2262 primes" in own[1]
