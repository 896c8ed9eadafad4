"""Every technique keeps the laws that it declares, on random kernels and against hostile guests."""

from __future__ import annotations

from functools import cache

import pytest

from tests.laws.conftest import BESIDE, LONG, PROGRAMS
from vmlab.vmm.common.path import GuestPath
from vmlab.vmm.common.vm import State
from vmlab.vmm.laws.control import beside
from vmlab.vmm.laws.judge import Case, hostile_guests, trials_of
from vmlab.vmm.laws.kernels.program import Build, board, random_program
from vmlab.vmm.laws.subjects import Trial, catalogued
from vmlab.vmm.laws.tracing import trace
from vmlab.vmm.techniques import TECHNIQUES, Verdict, find

MONITORED = [name for name in TECHNIQUES if name != "bare"]
DIVIDING = [name for name, row in TECHNIQUES.items() if row.divides]
NATIVE = [name for name in MONITORED if not TECHNIQUES[name].build]
NANO_PROGRAMS = 50 if LONG else 3
"""Of the programs of nano by which paravirtual techniques are judged: they are long. (For a kernel
in U there are no random kernels.)"""


@cache
def programs(name: str) -> list[Trial]:
    """The random kernels of a technique, and as many of nano's programs as there is time for."""
    found = list(trials_of(find(name), 0, PROGRAMS))
    nano = [trial for trial in found if trial.native is not None and not trial.is_random]
    late = {trial.seed for trial in nano[NANO_PROGRAMS:]}
    return [trial for trial in found if trial.seed not in late]


@cache
def path_of(name: str, seed: int) -> GuestPath:
    """The path of a random kernel: the same for all techniques that run the same build."""
    trial = next(one for one in programs(name) if one.seed == seed)
    return trace(trial.platform, trial.payload, trial.most_insns)


@pytest.mark.parametrize("name", MONITORED)
def test_a_guest_is_what_it_is_on_the_bare_machine(name: str) -> None:
    case = Case(find(name))
    law = case.laws["equivalence"]
    for trial in programs(name):
        case.equivalence(trial)
        assert law.witness is None, law.witness
    assert law.judged == len(programs(name)) >= NANO_PROGRAMS


@pytest.mark.parametrize("name", MONITORED)
def test_efficiency_is_as_declared(name: str) -> None:
    case = Case(find(name))
    law = case.laws["efficiency"]
    for trial in programs(name):
        case.efficiency(trial, path_of(NATIVE[0], trial.seed) if name in NATIVE else None)
        if find(name).promise.efficiency is Verdict.HOLDS:
            assert law.witness is None, law.witness
    assert law.as_declared


@pytest.mark.parametrize("name", DIVIDING)
def test_a_guest_reaches_nothing_that_is_not_its_own(name: str) -> None:
    case = Case(find(name))
    law = case.laws["control"]
    for trial in programs(name)[:BESIDE]:
        case.control(trial)
        assert law.witness is None, law.witness
    assert law.judged >= NANO_PROGRAMS


HOSTILE = [(name, guest) for name in DIVIDING for guest in hostile_guests(TECHNIQUES[name])]


@cache
def hostile_case(name: str) -> Case:
    """It runs the neighbour beside nobody once for all hostile guests."""
    return Case(find(name))


@pytest.mark.parametrize(
    ("name", "guest"), HOSTILE, ids=[f"{name}-{guest}" for name, guest in HOSTILE]
)
def test_a_hostile_guest_reaches_nothing(name: str, guest: str) -> None:
    case = hostile_case(name)
    law = case.laws["control"]
    law.judged, law.witness = 0, None
    case.control(hostile_guests(TECHNIQUES[name])[guest]())
    assert law.judged == 1
    assert law.witness is None, law.witness


@pytest.mark.parametrize("name", NATIVE)
def test_nano_keeps_step_and_is_bounded(name: str) -> None:
    case = Case(find(name))
    trial = catalogued(find(name), "nano", "sys 5", 0)
    case.equivalence(trial)
    assert case.laws["equivalence"].witness is None, case.laws["equivalence"].witness
    case.efficiency(trial)
    assert case.laws["efficiency"].as_declared, case.laws["efficiency"].witness


def test_floating_point_registers_are_a_paravirtual_kernels_own() -> None:
    """It turns FS on by itself, with no exit: what it finds must not be its neighbour's."""
    paravirt = find("paravirt")
    guests = [(board(), random_program(s, Build.PARAVIRTUAL).payload()) for s in (1, 4)]
    neighbour = board(), random_program(1_000_003, Build.PARAVIRTUAL).payload()
    (alone,) = paravirt.start((neighbour,), "auto")
    alone.run(100_000)
    assert alone.state is State.ENDED
    ends = {beside(paravirt, guest, neighbour).neighbour for guest in guests}
    assert len(ends) == 1
