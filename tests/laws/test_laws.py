"""Every technique keeps the laws that it declares, on random kernels and against hostile guests."""

from __future__ import annotations

import pytest

from tests.laws.conftest import BESIDE, PROGRAMS
from vmlab.vmm.laws.hostile import HOSTILES, Hostile
from vmlab.vmm.laws.judge import Case, hostile_trial
from vmlab.vmm.laws.subjects import catalogued, random_kernels
from vmlab.vmm.techniques import TECHNIQUES, Profile, Verdict, find

NATIVE = [name for name, row in TECHNIQUES.items() if Profile.NATIVE in row.profiles]
DIVIDING = [name for name, row in TECHNIQUES.items() if row.divides]
MONITORED = [name for name in NATIVE if name != "bare"]


@pytest.mark.parametrize("name", MONITORED)
def test_a_random_kernel_is_in_step_with_the_bare_machine(name: str) -> None:
    case = Case(find(name))
    for trial in random_kernels(find(name), 0, PROGRAMS):
        case.equivalence(trial)
        assert case.laws["equivalence"].witness is None, case.laws["equivalence"].witness
    assert case.laws["equivalence"].judged == PROGRAMS


@pytest.mark.parametrize("name", MONITORED)
def test_efficiency_is_as_declared(name: str) -> None:
    case = Case(find(name))
    for trial in random_kernels(find(name), 0, PROGRAMS):
        case.efficiency(trial)
        if find(name).promise.efficiency is Verdict.HOLDS:
            assert case.laws["efficiency"].witness is None, case.laws["efficiency"].witness
    assert case.laws["efficiency"].as_declared


@pytest.mark.parametrize("name", [name for name in DIVIDING if name in NATIVE])
def test_a_random_kernel_reaches_nothing_that_is_not_its_own(name: str) -> None:
    case = Case(find(name))
    for trial in random_kernels(find(name), 0, BESIDE):
        case.control(trial)
    assert case.laws["control"].witness is None, case.laws["control"].witness
    assert case.laws["control"].judged == BESIDE


@pytest.mark.parametrize("hostile", HOSTILES, ids=lambda one: one.name)
@pytest.mark.parametrize("name", [name for name in DIVIDING if name in NATIVE])
def test_a_hostile_guest_reaches_nothing(name: str, hostile: Hostile) -> None:
    case = Case(find(name))
    case.control(hostile_trial(hostile))
    assert case.laws["control"].witness is None, case.laws["control"].witness


@pytest.mark.parametrize("name", MONITORED)
def test_nano_keeps_step_and_is_bounded(name: str) -> None:
    case = Case(find(name))
    trial = catalogued("nano", "sys 5", 0)
    case.equivalence(trial)
    assert case.laws["equivalence"].witness is None, case.laws["equivalence"].witness
    case.efficiency(trial)
    assert case.laws["efficiency"].as_declared, case.laws["efficiency"].witness
