"""Exit costs in retired instructions, measured from outside, against breakpoints inside."""

from __future__ import annotations

from statistics import median

import pytest

from tests.unit.guests.capstone import LIMIT, Deed, Wanted, opened, ran, reasons, symbols
from vmlab.core.errors import BrokenInvariant
from vmlab.core.events import TrapTaken
from vmlab.core.modes import Mode
from vmlab.isa.causes import ECALL_FROM_U
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until
from vmlab.vmm.capstone.measure import ExitKind, kind_of, measure

WITHOUT_SSTC = "rv64gch_zicntr"
BUSY = Wanted(calls=3, pages=3, registers=3, prints=2, naps=3, deed=Deed.LOAD_NOTHING)


def by_breakpoints() -> list[int]:
    """Instructions from exit_enter to exit_leave, both counted, exit by exit."""
    session = opened(BUSY)
    enter, leave = symbols()["exit_enter"], symbols()["exit_leave"]
    session.run(Until.pc(leave), limit=LIMIT)  # the first entry ends no exit
    costs = []
    while session.run(Until.pc(enter), limit=LIMIT).reason is Reason.PC:
        began = session.position
        if session.run(Until.pc(leave), limit=LIMIT).reason is Reason.PC:
            costs.append(session.position + 1 - began)
    return costs


def test_events_and_breakpoints_count_the_same_instructions() -> None:
    costs = measure(opened(BUSY), LIMIT)
    assert sorted(cost for kind in costs.values() for cost in kind) == sorted(by_breakpoints())


@pytest.mark.parametrize("isa", [None, WITHOUT_SSTC])
def test_each_exit_is_measured_once_but_the_last_which_never_returns(isa: str | None) -> None:
    costs = {str(kind): len(one) for kind, one in measure(opened(BUSY, isa=isa), LIMIT).items()}
    counted = reasons(ran(BUSY, isa=isa))
    assert costs == {**{kind: counted[kind] for kind in costs}, "sbi": counted["sbi"] - 1}


def test_the_names_are_those_that_the_hypervisor_prints() -> None:
    assert [*map(str, ExitKind), "again"] == list(reasons(ran(BUSY)))


def test_the_same_exit_costs_the_same_again() -> None:
    costs = measure(opened(BUSY), LIMIT)
    assert len(set(costs[ExitKind.IDLE])) == 1
    assert median(costs[ExitKind.MMIO_LOAD]) < median(costs[ExitKind.FILL])


def test_both_tiers_measure_the_same() -> None:
    assert measure(opened(BUSY, engine="t0"), LIMIT) == measure(opened(BUSY), LIMIT)


def test_a_trap_that_the_guest_handles_itself_is_no_exit_of_the_capstone() -> None:
    odd = TrapTaken(0, Mode.U, Mode.S, ECALL_FROM_U, False, 0, 0, from_virtual=True)
    with pytest.raises(BrokenInvariant, match=f"found cause {ECALL_FROM_U}"):
        kind_of(odd, 0)
