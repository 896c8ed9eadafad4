"""Pictures of walks in two stages: each read in its place, and a reason for each refusal.

The pictures are made of the events alone; the machine does not say which step refused.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.property import manual
from tests.property.board import SCALE, Board
from tests.property.test_two_stages import ALL_PAGES, PAGE, World, stage_of
from tests.unit.views.make import registers, snapshot
from vmlab.core.events import Event, EventKind, Stage, Walk
from vmlab.core.modes import VIRTUAL_ACTOR
from vmlab.views import walk as view
from vmlab.views.walk_grid import index_of


def walks(seed: int, count: int) -> list[tuple[Walk, view.WalkPicture]]:
    """Random walks and their pictures."""
    rng = Random(seed)
    world = World(rng)
    board = world.board
    board.open_memory()
    seen: list[Event] = []
    board.engine.listeners.kinds = EventKind.WALK
    board.engine.listeners.emit = seen.append
    made = []
    for _ in range(count):
        world.hart()
        va = world.base + rng.randrange(ALL_PAGES * PAGE)
        if rng.random() < 0.5:
            va = rng.getrandbits(64) >> rng.choice((25, 26, 33, 34, 45))
        mode = rng.choice((manual.U, manual.S))
        board.call("walk", va, rng.randrange(3), VIRTUAL_ACTOR | mode, 1)
        walk = seen.pop()
        assert isinstance(walk, Walk)
        csrs = {name: board.hart.word(name) for name in ("mstatus", "vsstatus")}
        found = view.picture(snapshot(walk=walk, now=registers(**csrs)))
        assert found is not None
        made.append((walk, found))
    return made


@pytest.mark.parametrize("seed", range(2 * SCALE))
def test_every_read_has_its_place(seed: int) -> None:
    for walk, found in walks(seed, 400):
        assert found.grid is not None
        cells = [cell for row in found.grid.rows for cell in row.cells]
        assert [cell.number for cell in cells] == list(range(1, len(cells) + 1))
        assert len(cells) <= found.grid.planned
        shown = [cell.address for cell in cells]
        read = [entry.address for entry in walk.reads]
        assert ([address for address in read if address in shown] and shown) or not read
        for row in found.grid.rows:
            columns = [cell.column for cell in row.cells]
            assert columns == sorted(set(columns))
            assert all(cell.translates == row.gpa for cell in row.cells if cell.stage is Stage.G)
            for cell in row.cells:
                entry = index_of(cell, walk.guest_levels)
                assert cell.address & 0xFF8 == entry << 3 & 0xFF8
        if walk.fault is None:
            assert found.grid.rows[-1].gpa == walk.gpa == found.gpa


def test_every_refusal_has_its_stage_and_its_reason() -> None:
    reasons = set()
    for walk, found in walks(100, 6000 * SCALE):
        if walk.fault is None:
            continue
        reason = str(found.reason)
        assert reason.startswith("G-stage: " if walk.stage is Stage.G else "VS-stage: ")
        assert (walk.fault in (20, 21, 23)) <= (walk.stage is Stage.G)
        assert "No step" not in reason and "No entry" not in reason
        assert found.grid is not None
        refused = [cell for row in found.grid.rows for cell in row.cells if cell.refused]
        assert len(refused) <= 1
        assert not refused or refused[0].pte in {read.pte for read in walk.reads}
        if walk.fault in (12, 13, 15) and "Step 1" not in reason:
            assert refused[0].stage is Stage.VS
        reasons.add(reason[: reason.index("Step") + 6] if "Step" in reason else "")
    steps = {f"{stage}: Step {n}" for stage in ("G-stage", "VS-stage") for n in (3, 5, 6, 7)}
    assert steps <= reasons
    assert "VS-stage: Step 1" in reasons


def test_the_longest_walk_of_sv39_is_a_grid_of_15_numbered_reads() -> None:
    board = Board()
    board.open_memory()
    behind = stage_of(board, 0, 3, 0, 4)
    stage_of(board, behind, 3, 0, 1)
    board.hart.set_word("vsatp", 8 << 60 | (board.ram_base >> 12) + behind)
    board.hart.set_word("hgatp", 8 << 60 | board.ram_base >> 12)
    seen: list[Event] = []
    board.engine.listeners.kinds = EventKind.WALK
    board.engine.listeners.emit = seen.append
    board.call("walk", board.ram_base, manual.LOAD, VIRTUAL_ACTOR, 1)
    walk = seen.pop()
    assert isinstance(walk, Walk)
    found = view.picture(snapshot(walk=walk))
    assert found is not None and found.grid is not None
    numbers = [[cell.number for cell in row.cells] for row in found.grid.rows]
    assert numbers == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15]]
    assert [[cell.column for cell in row.cells] for row in found.grid.rows] == [
        [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2],
    ]  # fmt: skip
    assert (found.grid.reads, found.grid.planned) == (15, 15)
    twin = view.table(found)
    assert "load in VU at va 8000 0000" in str(twin.title)
    assert "The VS-stage makes gpa 8000 0000 of it" in str(twin.title)
    assert [row[0] for row in twin.rows] == [str(n) for n in range(1, 16)]
    assert "".join(str(row[1]) for row in twin.rows) == "GGGVS" * 3 + "GGG"


def test_a_walk_with_both_stages_bare_or_one_is_drawn_too() -> None:
    for walk, found in walks(9, 300):
        assert found.grid is not None
        assert len(found.levels) == walk.levels
        view.table(found)
