"""The views of virtualization, against the counters and against memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

import vmlab
from tests.unit.session.monitored import nano
from vmlab.core.events import Access, Stage
from vmlab.isa.layouts import PTE
from vmlab.session import Session
from vmlab.session.frames import FrameRun, Use
from vmlab.session.tables import Of, Path, Tree
from vmlab.views import exits, frames, shadow, sides, tlb, traps, tree, walk
from vmlab.views.shadow import State
from vmlab.vmm.common.costs import P4_2006
from vmlab.vmm.common.exits import Reason

RUN: Final = 30_000
EARLY: Final = 4_000
"""So few exits by then that all of them are in the bands."""
TECHNIQUES: Final = ("trap_emulate", "hwassist", "paravirt", "interpret", "bare")


@pytest.fixture(scope="module", params=TECHNIQUES)
def ran(request: pytest.FixtureRequest) -> Session:
    session = nano(request.param)
    session.run(limit=RUN)
    return session


@pytest.fixture(scope="module")
def trapped() -> Session:
    session = nano("trap_emulate")
    session.run(limit=EARLY)
    return session


def test_reasons_add_up_to_the_counters(ran: Session) -> None:
    shown = ran.snapshot()
    assert shown.virtual is not None
    found = exits.reasons(shown)
    assert sum(row.count for row in found) == shown.virtual.counters["exits_total"]
    assert all(row.cycles == P4_2006.exits[row.reason].cycles * row.count for row in found)
    assert [row.count for row in found] == sorted((row.count for row in found), reverse=True)


def test_listed_faults_are_as_many_as_were_counted(trapped: Session) -> None:
    shown = trapped.snapshot()
    assert shown.virtual is not None
    picture = shadow.picture(shown, trapped.trees(), limit=1000)
    hidden = [row for row in picture.faults if "Hidden" in str(row.why)]
    assert len(hidden) == shown.virtual.hidden_faults > 0
    assert sum(row.is_true for row in picture.faults) == shown.virtual.true_faults
    listed = exits.last(shown, 1000, Reason.HIDDEN_FAULT)
    assert [row.position for row in listed] == [row.position for row in hidden]


def test_a_hidden_fault_names_the_page_that_it_filled(trapped: Session) -> None:
    """Travel to just behind the last hidden fault: its page is in the shadow, filled just now."""
    last = exits.last(trapped.snapshot(), 1000, Reason.HIDDEN_FAULT)[-1]
    trapped.go_to(last.position + 1)
    shown = trapped.snapshot()
    picture = shadow.picture(shown, trapped.trees())
    (filled,) = [row for row in picture.rows if row.state is State.FILLED]
    assert filled.address == picture.faults[-1].va & -4096


def test_a_shadow_entry_whose_guest_entry_went_is_stale() -> None:
    session = nano("trap_emulate")
    session.run(limit=RUN)
    shown, trees = session.snapshot(), session.trees()
    picture = shadow.picture(shown, trees)
    assert {row.state for row in picture.rows} <= {
        State.IN_STEP, State.EMPTY, State.PART, State.FILLED
    }  # fmt: skip
    page = next(row for row in picture.rows if row.state is State.IN_STEP)
    guest = next(one for one in trees if one.of is Of.GUEST)
    leaf = guest.leaf(page.address)
    assert leaf is not None
    assert leaf.address is not None
    guest.arena.ram8[leaf.address - 0x8000_0000 >> 3] = 0
    after = shadow.picture(shown, trees)
    states = {row.address: row.state for row in after.rows if row.state is not State.EMPTY}
    assert states[page.address] is State.STALE


def test_every_technique_says_something(ran: Session) -> None:
    shown = ran.snapshot()
    assert shown.virtual is not None
    picture = shadow.picture(shown, ran.trees())
    assert picture.rows or str(picture.instead)
    assert shadow.text(shown, ran.trees())
    assert exits.text(shown)
    believed = sides.rows(shown, only_first=False)
    assert len(believed) == len(shown.virtual.beside)
    assert all(
        row.differs is (one.real is not None and one.believed not in (None, one.real))
        for row in believed
        for one in shown.virtual.beside
        if one.name == row.name
    )


def test_the_modes_are_said_in_one_sentence() -> None:
    said = {}
    for name in ("trap_emulate", "hwassist", "paravirt"):
        real = nano(name).snapshot().virtual
        assert real is not None
        said[name] = str(sides.thinks(real))
    assert said == {
        "trap_emulate": "Guest kernel thinks S, is U.",
        "hwassist": "Guest kernel thinks S, is VS.",
        "paravirt": "Guest kernel is in S, and knows it.",
    }


def test_a_changed_real_register_is_marked() -> None:
    """Across an exit the real scause or satp of a hart changes, and the row says what it was."""
    session = nano("hwassist")
    for _ in range(2_000):
        session.step()
        shown = session.snapshot()
        changed = [row for row in sides.rows(shown, False) if row.real and row.real.was is not None]
        if changed:
            break
    assert changed
    old = {row.name: row.real for row in shown.before_beside}
    assert all(row.real is not None and row.real.was == old[row.name] for row in changed)


def test_the_tree_opens_level_by_level_and_marks_the_next_access() -> None:
    session = vmlab.open("tour")
    session.run(limit=900)
    shown, trees = session.snapshot(), session.trees()
    opened = {(Of.OWN, ())}
    while True:
        rows = tree.rows(shown, trees, opened)
        more = {(row.of, row.path) for row in rows if row.kind == "pointer"} - opened
        if not more:
            break
        opened |= more
    leaves = [row for row in rows if row.kind == "leaf"]
    assert [(row.address, row.pte) for row in leaves] == [
        (address, pte) for address, pte, _ in trees[0].leaves(1000)[0]
    ]
    for row in leaves:
        assert all(on is bool(row.pte & PTE.mask(letter)) for letter, on in row.flags)
    fetched = [row for row in rows if Access.FETCH in row.uses]
    assert [row.level for row in fetched] == list(range(2, 2 - len(fetched), -1))
    assert fetched[-1].address <= shown.now.pc
    assert tree.text(shown, trees, opened).count("\n") == len(rows) + 2


def one_wide_table(found: Tree) -> Path:
    """The way to a table of level 0 that is full."""
    root = found.table(())
    assert root is not None
    for first, _ in root.entries:
        middle = found.table((first,))
        for second, _ in () if middle is None else middle.entries:
            last = found.table((first, second))
            if last is not None and len(last.entries) == 512:
                return (first, second)
    raise AssertionError("nano maps all of its memory page by page")


def test_a_table_is_shown_a_window_at_a_time() -> None:
    session = nano("paravirt")
    session.run(limit=RUN)
    shown, trees = session.snapshot(), session.trees()
    (one,) = trees
    inner = one_wide_table(one)
    opened = {(one.of, inner[:depth]) for depth in range(3)}
    rows = tree.rows(shown, trees, opened)
    assert len(rows) <= tree.MOST_ROWS + 8
    left = next(row for row in rows if row.kind == "more" and row.path == inner)
    assert left.more
    later = tree.rows(shown, trees, opened, {(one.of, inner): tree.PAGE})
    first = next(row for row in later if row.path[:-1] == inner and row.number is not None)
    table = one.table(inner)
    assert table is not None
    assert (first.number, first.pte) == table.entries[tree.PAGE]


@pytest.mark.parametrize("name", ["trap_emulate", "hwassist"])
def test_a_leaf_shows_the_walk_that_leads_to_it(name: str) -> None:
    session = nano(name)
    session.run(limit=RUN)
    shown, trees = session.snapshot(), session.trees()
    guest = next(one for one in trees if one.of is Of.GUEST)
    pc = shown.now.pc
    asked = tree.walk_of(shown, trees, Of.GUEST, pc)
    assert asked is not None
    own = [read for read in asked.reads if read.stage is not Stage.G]
    assert [read.pte for read in own] == [step.pte for step in guest.steps(pc)]
    assert asked.virtual is (name == "hwassist")
    assert asked.gpa == (guest.translate(pc) if asked.virtual else None)
    picture = walk.picture(replace(shown, walk=asked))
    assert picture is not None
    assert picture.pa == asked.pa is not None
    assert (picture.grid is not None) is asked.virtual


def test_the_tlb_is_listed_with_its_tags(ran: Session) -> None:
    shown, entries = ran.snapshot(), ran.tlb()
    assert len(tlb.rows(shown, entries, only_alive=False)) == len(entries)
    alive = tlb.rows(shown, entries)
    assert all(row.is_alive for row in alive)
    assert sum(row.is_next for row in alive) <= 1


def test_cells_count_the_pages_of_the_runs() -> None:
    base = 0x8000_0000
    runs = (
        FrameRun(base, base + 0x2FFF, Use.KERNEL),
        FrameRun(base + 0x3000, base + 0x3FFF, Use.USER),
        FrameRun(base + 0x4000, base + (64 << 20) - 1, Use.FREE),
    )
    shown = frames.picture(runs)
    assert dict(shown.counts) == {Use.KERNEL: 3, Use.USER: 1, Use.FREE: (64 << 8) - 4}
    used, free = shown.stretches
    assert [cell.use for cell in used.cells] == [Use.KERNEL] * 3 + [Use.USER]
    assert (free.first, free.end, free.cells) == (base + 0x4000, base + (64 << 20), ())
    mixed = tuple(
        FrameRun(base + n * 4096, base + n * 4096 + 4095, Use.USER if n % 3 else Use.KERNEL)
        for n in range(4096)
    )
    coarse = frames.picture(mixed)
    cells = [cell for stretch in coarse.stretches for cell in stretch.cells]
    assert len(cells) <= frames.MOST_CELLS
    assert all(cell.use is Use.USER and cell.mixed for cell in cells)
    near = frames.picture(mixed, base + 0x10000, 32 * 4096)
    assert near.cell_bytes == 4096
    assert (near.first, near.last) == (base + 0x10000, base + 0x10000 + 32 * 4096 - 1)


def test_filters_of_the_trap_log_let_through_what_they_say() -> None:
    session = nano("hwassist")
    session.run(limit=200_000)
    log = traps.rows(session.snapshot())
    assert log
    for wanted in (
        traps.Filter(traps.Show.EXCEPTIONS),
        traps.Filter(traps.Show.INTERRUPTS),
        traps.Filter(traps.Show.RETURNS),
        traps.Filter(traps.Show.EXITS),
        traps.Filter(source="U", target="S"),
        traps.Filter(tags=frozenset({"8"})),
        traps.Filter(text="ENVIRONMENT call"),
    ):
        kept = traps.chosen(log, wanted)
        assert all(wanted.wants(row, f"{row.cause}") for row in kept)
        assert len(kept) + sum(not wanted.wants(row, f"{row.cause}") for row in log) == len(log)
    calls = traps.chosen(log, traps.Filter(tags=frozenset({"8"}), source="U"))
    assert {(row.tag, row.between) for row in calls} == {("8", "U -> S")}
    by_cause = {one.tag: one.count for one in traps.counts(session.trap_counts)}
    assert sum(by_cause.values()) == sum(session.trap_counts.values())
