"""The board as rows: what was measured, what was modelled, and what is not applicable."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from vmlab.session.board import Board, BoardSnapshot, Judged
from vmlab.session.lanes import PROMPT, Goal
from vmlab.views import board as view
from vmlab.views import papers
from vmlab.views.lane_strip import strip
from vmlab.views.table import render
from vmlab.vmm.compare.papers import PAPERS
from vmlab.vmm.compare.report import compare
from vmlab.vmm.laws.judge import Finding, Judgement
from vmlab.vmm.techniques import Verdict, find

CHOSEN = ("bare", "interpret", "trap_emulate", "paravirt")


def raced(goal: Goal, names: tuple[str, ...] = CHOSEN, ticks: int | None = None) -> BoardSnapshot:
    clock = count()
    board = Board(lambda: next(clock) * 1e-5, goal, names)
    board.race()
    while board.tick(0) and ticks != 0:
        ticks = None if ticks is None else ticks - 1
    return board.snapshot()


@pytest.fixture(scope="module")
def syscalls() -> BoardSnapshot:
    return raced(Goal())


def test_the_numbers_are_those_of_the_command(syscalls: BoardSnapshot) -> None:
    """Every cell that the board shows is a cell of compare/1."""
    found = compare([find(name) for name in CHOSEN], ["syscall"])
    cells = {
        (cell.technique, cell.counter if cell.preset is None else f"cycles.{cell.preset}"): cell
        for cell in found.cells()
    }
    rows = view.count_rows(syscalls)
    for row in rows:
        for name, value in zip(CHOSEN, row.values, strict=True):
            cell = cells[name, row.id]
            assert (value, row.kind.value) == (cell.value, cell.kind)
    assert {"insns", "exits_total", "direct_fraction", "cycles.p4-2006"} <= {row.id for row in rows}


def test_modelled_numbers_say_so_and_measured_ones_do_not(syscalls: BoardSnapshot) -> None:
    for row in view.count_rows(syscalls):
        modelled = row.kind is view.Kind.MODELLED
        for text in row.texts:
            assert str(text).startswith("≈") == (modelled and text != view.ABSENT), row.id


def test_a_strip_of_one_operation_is_as_long_as_the_operation(syscalls: BoardSnapshot) -> None:
    bare, _, trapped, _ = (strip(lane) for lane in syscalls.lanes)
    assert bare.one_operation and bare.length == 147
    assert (bare.exits_total, trapped.exits_total) == (0, 8)
    for one in (bare, trapped):
        assert sum(one.insns(owner) for owner in range(3)) == one.length
    assert trapped.insns(2) == 7  # what the monitor carried out in its guest's place


def test_on_the_way_the_strip_is_the_whole_run() -> None:
    shown = raced(Goal(point=PROMPT), ("bare", "trap_emulate"), ticks=8)
    assert not shown.arrived and not view.per_operation(shown)
    for lane in shown.lanes:
        one = strip(lane)
        assert not one.one_operation and one.length == lane.position
        assert one.exits_total == lane.counters.exits_total
    assert view.equality(shown, shown.lanes[1]).mark is view.Mark.TODO


def test_what_was_not_counted_is_not_modelled() -> None:
    """Plain interpretation counts no operations: nothing to model cycles from."""
    shown = raced(Goal(insns=2_000), ("bare", "interpret", "paravirt"))
    cycles = next(row for row in view.count_rows(shown) if row.id == "cycles.unit")
    assert cycles.values[0] is not None
    assert cycles.values[1:] == (None, None) and cycles.texts[1:] == (view.ABSENT,) * 2
    cell = view.equality(shown, shown.lanes[2])
    assert (cell.mark, cell.evidence) == (view.Mark.OPEN, ())


def test_a_law_shows_what_was_run_and_its_witness(syscalls: BoardSnapshot) -> None:
    before = view.law(syscalls, syscalls.lanes[2], "control")
    assert (before.mark, str(before.line)) == (view.Mark.TODO, "declared: It holds")
    laws = {
        "equivalence": Finding(Verdict.HOLDS, 3, witness="random-2: pc: bare 0x0, here 0x4"),
        "control": Finding(Verdict.HOLDS, 20),
        "efficiency": Finding(Verdict.FAILS, 3, witness="too much"),
    }
    judged = Judged(Judgement("trap_emulate", 1, 3, laws), 20)
    shown = replace(syscalls, judged={"trap_emulate": judged})
    lane = shown.lanes[2]
    broken = view.law(shown, lane, "equivalence")
    assert broken.mark is view.Mark.FAIL and "declared" in str(broken.line)
    facts = {str(name): str(value) for name, value in broken.evidence}
    assert facts["Witness"].startswith("random-2") and facts["Guests judged"] == "3"
    assert "--technique trap_emulate --seed 1 --programs 3" in facts["In a terminal"]
    assert view.law(shown, lane, "control").mark is view.Mark.PASS


def test_the_twin_has_every_row_and_lane(syscalls: BoardSnapshot) -> None:
    table = view.table(syscalls)
    assert len(table.columns) == 2 + len(CHOSEN)
    names = [str(row[0]) for row in table.rows]
    assert names[: len(view.count_rows(syscalls))] == [
        str(row.name) for row in view.count_rows(syscalls)
    ]
    assert "measured" in render(table) and "≈" in render(table)


def test_papers_stand_beside_ours_as_ratios_to_native(syscalls: BoardSnapshot) -> None:
    xen = PAPERS[1]
    null_call, fork = papers.operations(xen, syscalls)[:2]
    theirs = {dot.name: dot for dot in null_call.dots if not dot.ours}
    ours = {dot.name: dot for dot in null_call.dots if dot.ours}
    assert theirs["native"].ratio == ours["bare"].ratio == 1
    assert theirs["vmware"].ratio == pytest.approx(0.73 / 0.45)
    assert ours["trap_emulate"].ratio is not None and ours["trap_emulate"].text.startswith("≈")
    assert null_call.asked and not fork.asked
    twin = papers.tables(syscalls)
    assert len(twin.rows) == sum(
        len(one.dots) for paper in PAPERS for one in papers.operations(paper, syscalls)
    )
