"""The comparator by itself, on steps that are a line of Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from vmlab.vmm.popek_goldberg.pool import close
from vmlab.vmm.popek_goldberg.search import Verdict, classify
from vmlab.vmm.popek_goldberg.states import Mode, Outcome, State, TrapTaken, image, relocate

START = State((7, 1, 2, 3, 9, 9, 9, 9), Mode.SUPERVISOR, 0, 1, 3, (5,), (40, 50), 100)
POOL = close(START, [4], [(41, 50), (40, 51)], [200])
REFUSED = TrapTaken(1)
FAULT = TrapTaken(2, memory=True)


def ask(step: Callable[[State], Outcome]) -> Verdict:
    return classify(step, POOL)


def only_supervisor(step: Callable[[State], Outcome]) -> Callable[[State], Outcome]:
    return lambda s: REFUSED if s.mode is Mode.USER else step(s)


def nop(s: State) -> State:
    return replace(s, pc=s.pc + 1)


def test_what_does_nothing_is_innocuous() -> None:
    verdict = ask(nop)
    assert verdict.innocuous
    assert not verdict.privileged
    assert verdict.runs == {Mode.SUPERVISOR, Mode.USER}


def test_what_traps_in_user_mode_alone_is_privileged_and_may_be_innocuous() -> None:
    verdict = ask(only_supervisor(nop))
    assert verdict.privileged
    assert verdict.innocuous


def test_what_traps_in_both_modes_is_not_privileged_and_shows_nothing() -> None:
    verdict = ask(lambda s: REFUSED)
    assert not verdict.privileged
    assert verdict.innocuous
    assert verdict.runs == set()


def test_a_silent_no_op_in_user_mode_is_not_privileged() -> None:
    def popf(s: State) -> State:
        return nop(s) if s.mode is Mode.USER else replace(nop(s), owned=(0, s.owned[1]))

    verdict = ask(popf)
    assert not verdict.privileged
    assert verdict.control is not None
    assert verdict.mode is not None
    assert verdict.user is None, "user code that runs in user mode gets what it always got"


def test_one_pair_that_does_not_trap_in_user_mode_ends_privilege() -> None:
    verdict = ask(lambda s: nop(s) if s.clock == 200 else only_supervisor(nop)(s))
    assert not verdict.privileged


def test_memory_traps_say_nothing_of_privilege() -> None:
    def step(s: State) -> Outcome:
        return FAULT if s.owned[0] == 41 else only_supervisor(nop)(s)

    assert ask(step).privileged
    assert not ask(lambda s: FAULT).privileged
    assert not ask(lambda s: FAULT if s.mode is Mode.USER else nop(s)).privileged


def test_a_change_of_mode_is_control() -> None:
    verdict = ask(lambda s: replace(nop(s), mode=Mode.USER))
    assert verdict.control is not None
    assert verdict.control.mode is Mode.SUPERVISOR
    assert verdict.mode is None, "both end alike: only the mode was different"
    assert verdict.user is None, "JRST 1: from user mode it is a jump"


@pytest.mark.parametrize(
    "change",
    [{"base": 0}, {"bound": 2}, {"owned": (40, 0)}, {"clock": 0}, {"mem": (0,) * 8}],
    ids=str,
)
def test_a_change_of_any_resource_is_control_from_user_mode_too(change: dict[str, object]) -> None:
    verdict = ask(lambda s: replace(s, **change))  # type: ignore[arg-type]
    assert verdict.control is not None
    assert isinstance(verdict.user, State)
    assert verdict.user.mode is Mode.USER


def test_the_programs_own_storage_and_registers_are_no_resource() -> None:
    def store(s: State) -> State:
        return replace(s, mem=(*s.mem[: s.base], 0, *s.mem[s.base + 1 :]), registers=(0,))

    assert ask(store).innocuous


@pytest.mark.parametrize(
    "shown",
    [lambda s: s.base, lambda s: s.owned[0], lambda s: s.clock],
    ids=["base", "owned", "clock"],
)
def test_a_result_that_shows_the_placement_is_location_sensitive(
    shown: Callable[[State], int],
) -> None:
    verdict = ask(lambda s: replace(s, registers=(shown(s),)))
    assert verdict.location is not None
    a, b = verdict.location
    assert image(a) == image(b)
    assert shown(a) != shown(b)
    assert verdict.control is None
    assert verdict.user is not None
    assert (verdict.timing is not None) == (shown(START) == START.clock)


def test_reading_through_the_map_is_not_location_sensitive() -> None:
    assert ask(lambda s: replace(s, registers=(s.mem[s.base + 2],))).innocuous


def test_reading_real_storage_is_location_sensitive() -> None:
    assert ask(lambda s: replace(s, registers=(s.mem[2],))).location is not None


def test_a_result_that_shows_the_mode_is_mode_sensitive_and_no_more() -> None:
    verdict = ask(lambda s: replace(s, registers=(int(s.mode is Mode.USER),)))
    assert verdict.mode is not None
    assert verdict.location is None
    assert verdict.control is None
    assert verdict.user is None


def test_each_state_is_stepped_once() -> None:
    stepped: Counter[State] = Counter()

    def step(s: State) -> State:
        stepped[s] += 1
        return nop(s)

    classify(step, [*POOL, *POOL])
    assert set(stepped.values()) == {1}


def test_relocation_keeps_the_image_and_comes_back() -> None:
    moved = relocate(START, 4)
    assert image(moved) == image(START)
    assert moved.mem != START.mem
    assert sorted(moved.mem) == sorted(START.mem)
    assert relocate(moved, START.base) == START


def test_a_pool_without_partners_finds_no_behaviour() -> None:
    verdict = classify(lambda s: replace(s, registers=(s.base,)), [START])
    assert verdict.behaviour is None
