"""Several machines on one hart: fair, deterministic, and none can tell that it is not alone."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.unit.vmm.guests import SHUTDOWN, TABLES, USERLAND, guest
from tests.unit.vmm.lanes import DIVIDING, alone, facts, together
from tests.unit.vmm.paravirt.script import HYPERCALL, LIST, Pair, Step
from vmlab.vmm.common.scheduler import next_to_run, run_all
from vmlab.vmm.common.subject import GRACE_INSNS, Subject
from vmlab.vmm.common.vm import State
from vmlab.vmm.paravirt.abi import Call

SLICE = 2_000
SPINS = guest("csrw sie, zero\n1: j 1b\n")
CALLS = guest("li a7, 0x10\nli a6, 0\n" + "ecall\n" * 30_000 + "1: j 1b\n")
CRASHES = guest("csrw stvec, zero\nli t0, 900\n1: addi t0, t0, -1\nbnez t0, 1b\nunimp\n")
FENCES = guest("1: sfence.vma\ncsrw sscratch, t0\nj 1b\n")
SLEEPS = guest(
    """
    li t0, 0x20
    csrw sie, t0
1:  rdtime t0
    addi t0, t0, 500
    csrw stimecmp, t0
    wfi
    j 1b
"""
)
WAITS = guest("1: wfi\nj 1b\n")
WORKS = guest(USERLAND + TABLES)
SELFISH = {"spins": SPINS, "calls": CALLS, "fences": FENCES}


def times(subjects: tuple[Subject, ...]) -> list[int]:
    return [subject.hart.time for subject in subjects]


@pytest.mark.parametrize("technique", DIVIDING)
@pytest.mark.parametrize("name", SELFISH)
def test_two_busy_machines_stay_within_one_slice_of_each_other(technique: str, name: str) -> None:
    subjects = together(technique, SELFISH[name], SPINS)
    seen: list[tuple[int, int]] = []

    def look() -> bool:
        one, two = times(subjects)
        seen.append((one, two))
        return False

    run_all(subjects, 12 * SLICE, SLICE, look)
    assert len(seen) >= 6
    for one, two in seen:
        assert abs(one - two) <= SLICE + GRACE_INSNS
    assert all(later != earlier for earlier, later in pairwise(seen))


@pytest.mark.parametrize("technique", DIVIDING)
def test_one_that_sleeps_neither_starves_nor_is_starved(technique: str) -> None:
    sleeper, spinner = subjects = together(technique, SLEEPS, SPINS)
    run_all(subjects, 10 * SLICE, SLICE)
    one, two = times(subjects)
    assert abs(one - two) <= SLICE * 500
    assert spinner.hart.retired > 4 * SLICE
    assert sleeper.hart.time > spinner.hart.time / 2


@pytest.mark.parametrize("technique", DIVIDING)
def test_one_that_waits_for_input_gives_the_hart_away_until_it_comes(technique: str) -> None:
    waiter, spinner = subjects = together(technique, WAITS, SPINS)
    run_all(subjects, 4 * SLICE, SLICE)
    assert waiter.state is State.WAITING
    assert next_to_run(subjects) is spinner
    waiter.type(b"x")
    assert waiter.state is State.READY
    assert next_to_run(subjects) is waiter, "it is furthest behind"


@pytest.mark.parametrize("technique", DIVIDING)
def test_a_machine_cannot_tell_that_it_has_neighbours(technique: str) -> None:
    only = alone(technique, WORKS)
    only.run(1_000_000)
    subjects = together(technique, SPINS, WORKS, CRASHES)
    run_all(subjects, 60 * SLICE, SLICE)
    assert facts(subjects[1])[:-1] == facts(only)[:-1]
    assert subjects[1].machine.state_hash() == only.machine.state_hash()
    assert subjects[2].state is State.CRASHED
    assert subjects[0].state is State.READY


@pytest.mark.parametrize("technique", DIVIDING)
def test_the_same_machines_take_the_same_turns(technique: str) -> None:
    def ran() -> list[tuple[object, ...]]:
        subjects = together(technique, WORKS, SLEEPS, FENCES)
        run_all(subjects, 9 * SLICE, SLICE)  # three turns of each
        return [(*facts(subject), subject.counters.rows()) for subject in subjects]

    assert ran() == ran()


@pytest.mark.parametrize("technique", DIVIDING)
def test_it_ends_when_nobody_can_go_on(technique: str) -> None:
    subjects = together(technique, WAITS, CRASHES, guest(SHUTDOWN))
    run_all(subjects, 1 << 40, SLICE)
    assert [subject.state for subject in subjects] == [State.WAITING, State.CRASHED, State.ENDED]
    assert next_to_run(subjects) is None


def test_who_looks_is_asked_after_each_slice_and_can_end_it() -> None:
    subjects = together("trap_emulate", SPINS, SPINS)
    asked: list[int] = []

    def look() -> bool:
        asked.append(sum(times(subjects)))
        return len(asked) == 3

    run_all(subjects, 1 << 40, SLICE, look)
    assert len(asked) == 3
    assert asked[-1] <= 3 * (SLICE + GRACE_INSNS)


REBOOTS = guest("li a7, 0x53525354\nli a6, 0\nli a0, 1\nli a1, 0\necall\n")


@pytest.mark.parametrize("technique", DIVIDING)
def test_one_that_reboots_again_and_again_gives_its_slice_away_each_time(technique: str) -> None:
    """To begin anew is thousands of times the work of an instruction, and its clock shows none."""
    rebooter, spinner = subjects = together(technique, REBOOTS, SPINS)
    run_all(subjects, 4 * SLICE, SLICE)
    assert 0 < rebooter.hart.time < 100
    assert spinner.hart.time >= 3 * SLICE


def test_one_that_yields_lets_another_run_though_it_is_behind() -> None:
    yields = Pair("m")
    yields.put(LIST, b"".join(Step(HYPERCALL, Call.YIELD).words() for _ in range(20)))
    yielder, neighbour = subjects = (yields.subject, yields.neighbour)
    run_all(subjects, 3 * SLICE, SLICE)
    assert yielder.hart.time < SLICE
    assert neighbour.hart.time >= 2 * SLICE
