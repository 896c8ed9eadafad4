"""The comparison: lanes end at one point, in pieces or whole, and are judged by what was run."""

from __future__ import annotations

from itertools import count

import pytest

import vmlab
from vmlab.core.errors import BadInput
from vmlab.session.board import BARE, Board, How
from vmlab.session.lanes import PROMPT, Goal, Lane, Standing, guests, points
from vmlab.vmm.compare.measure import Counting, cost
from vmlab.vmm.compare.shapes import SHAPES
from vmlab.vmm.laws.judge import judge
from vmlab.vmm.techniques import TECHNIQUES, find

FAR = {"bare": 50_500, "trap_emulate": 50_500, "paravirt_u": 101_500}
"""Instructions that each is sure not to have come to its first mark with."""
SEVERAL = ("bare", "interpret", "trap_emulate", "hwassist", "paravirt", "paravirt_u")


def clock_of(step_s: float):
    """A clock of the test's own: pieces must not depend on how fast this machine is."""
    ticks = count()
    return lambda: next(ticks) * step_s


def finished(board: Board) -> Board:
    while board.tick(0.008):
        pass
    return board


def raced(goal: Goal, *techniques: str, step_s: float = 1e-5) -> Board:
    board = Board(clock_of(step_s), goal, techniques)
    board.race()
    return finished(board)


@pytest.fixture(scope="module")
def syscalls() -> Board:
    return raced(Goal(point="syscall"), *SEVERAL)


def test_every_lane_stands_at_the_same_point_with_the_same_state(syscalls: Board) -> None:
    shown = syscalls.snapshot()
    assert shown.arrived
    bare = shown.equalities[BARE]
    for lane in shown.lanes:
        found = shown.equalities[lane.technique.name]
        assert found.equal, found.told
        if not lane.technique.build and lane.technique.name != BARE:
            assert found.how is How.STATE
            assert (found.position, found.state_hash) == (bare.position, bare.state_hash)


def test_another_build_is_judged_by_what_its_users_see(syscalls: Board) -> None:
    shown = syscalls.snapshot()
    for name in ("paravirt", "paravirt_u"):
        found = shown.equalities[name]
        assert found.how is How.USERS and found.equal
        assert found.state_hash != found.bare_hash  # so the hash could not have said it
        assert found.calls > 64 and found.processes == 1


def test_pieces_change_no_count(syscalls: Board) -> None:
    """A board's numbers are those of `vmlab compare`, which runs without a pause."""
    for lane in syscalls.snapshot().lanes:
        whole = cost(lane.technique, "syscall")
        assert lane.cost is not None
        assert lane.cost.counters.packed() == whole.counters.packed(), lane.technique.name


def test_the_size_of_the_pieces_changes_no_count() -> None:
    goal = Goal(point="pte")
    fine, coarse = (
        raced(goal, "trap_emulate", step_s=step_s).snapshot().lanes[1].cost
        for step_s in (4e-3, 1e-6)
    )
    assert fine is not None and coarse is not None
    assert fine.counters.packed() == coarse.counters.packed()


@pytest.mark.parametrize("name", ["bare", "trap_emulate", "paravirt_u"])
def test_a_piece_that_ends_at_a_mark_does_not_run_past_it(name: str) -> None:
    """One instruction a piece: each mark is where a piece ends."""
    counting = Counting(find(name), "csr", times=1)
    while not counting.done:
        # The way to the first mark is long; between the marks, and near the first, step by step.
        far = counting.before is None and counting.subject.hart.retired < FAR[name]
        counting.advance(500 if far else 1)
    assert counting.cost.counters.packed() == cost(find(name), "csr", times=1).counters.packed()


def test_a_state_that_differs_is_seen() -> None:
    board = Board(clock_of(1e-5), Goal(point=PROMPT), ("trap_emulate",))
    board.race()
    lane = board._lanes[1]
    while not lane.done:
        board.tick(0)
    lane.way.subject.settle()
    lane.way.subject.machine.hart.x[5] ^= 1
    found = finished(board).snapshot().equalities["trap_emulate"]
    assert not found.equal and found.state_hash != found.bare_hash


def test_a_prompt_is_one_place_of_the_run() -> None:
    shown = raced(Goal(point=PROMPT), "bare", "trap_emulate", "hwassist").snapshot()
    assert len({lane.position for lane in shown.lanes}) == 1
    assert all(one.equal for one in shown.equalities.values())
    assert shown.lanes[0].cost is None


def test_a_number_of_instructions_is_no_point_of_another_kernel() -> None:
    shown = raced(Goal(insns=5_000), "bare", "hwassist", "paravirt").snapshot()
    assert [lane.position for lane in shown.lanes] == [5_000, 5_000, 0]
    absent = shown.lanes[-1]
    assert absent.standing is Standing.ABSENT and "another program" in absent.why
    assert shown.arrived and "paravirt" not in shown.equalities


def test_a_step_takes_each_lane_to_its_next_exit() -> None:
    board = Board(clock_of(1e-5), Goal(point=PROMPT), ("trap_emulate", "hwassist"))
    for exits in (1, 2):
        board.race(one_exit=True)
        finished(board)
        lanes = {lane.technique.name: lane for lane in board.snapshot().lanes}
        assert lanes["trap_emulate"].counters.exits_total == exits
        assert lanes["hwassist"].counters.exits_total == exits
        assert lanes["bare"].position == 0  # nobody leaves it
    assert finished(board).snapshot().equalities == {}


def test_a_lane_opens_in_the_workbench_where_it_stands(syscalls: Board) -> None:
    for lane in syscalls.snapshot().lanes[2:5]:
        session = vmlab.open("nano", technique=lane.technique.name, ram="8M", append=lane.append)
        session.run(until=vmlab.Until.count(lane.position))
        found = syscalls.snapshot().equalities[lane.technique.name]
        assert session.position == lane.position
        assert session.state_hash() == found.state_hash


def test_a_judgement_here_is_the_command_s() -> None:
    board = Board(clock_of(1e-5), Goal(), ())
    board.judge(BARE, programs=2)
    found = finished(board).snapshot().judged[BARE].judgement
    whole = judge(find(BARE), found.seed, 2)
    assert found.laws == whole.laws
    with pytest.raises(BadInput, match="1 to 20 programs"):
        board.judge(BARE, programs=0)


def test_a_survey_asks_the_shapes_of_what_it_counted() -> None:
    board = Board(clock_of(1e-5), Goal(), ())
    before = {one.shape.id: one.reproduced for one in board.snapshot().shapes}
    assert set(before.values()) == {None} and len(before) == len(SHAPES)
    board.survey()
    shown = finished(board).snapshot()
    asked = {one.shape.id: one.reproduced for one in shown.shapes if one.reproduced is not None}
    assert asked == {"walk.bare": True}
    assert shown.steps[0] == shown.steps[1] > 0


def test_what_nobody_can_run_is_refused_and_changes_nothing(syscalls: Board) -> None:
    before = syscalls.goal, syscalls.techniques
    for goal, names in (
        (Goal("tour"), ()),
        (Goal(point="<b>"), ()),
        (Goal(insns=0), ()),
        (Goal(), ("kvm",)),
    ):
        with pytest.raises(BadInput):
            syscalls.choose(goal, names)
    assert (syscalls.goal, syscalls.techniques) == before


def test_every_guest_has_a_point_and_every_technique_a_lane() -> None:
    assert guests() and all(points(name) for name in guests())
    for technique in TECHNIQUES.values():
        assert not Lane(technique, Goal()).done
