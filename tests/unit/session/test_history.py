"""The history of a run: each event once, sums that a slow count agrees with, bounded."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.core.modes import Mode
from vmlab.isa import causes
from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.session import Session, Until, historian, load, open
from vmlab.session.historian import Historian
from vmlab.session.history import COLUMNS, FAULT, INTERRUPT, LOST, TRAPS, History, Why
from vmlab.trace.batch import RECORD_WORDS, Batch, Kind

ARRAYS = ("start", "step", "pc", "actor", "why", "walk_at", "walk_reads")
ACTORS = (Mode.U, Mode.S, Mode.M)


def same(one: History, other: History) -> bool:
    return one.end == other.end and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS
    )


def counted(history: History, position: int) -> list[int]:
    """What `sums` says, by looking at each band."""
    found = [0] * COLUMNS
    ends = [*history.start.tolist()[1:], history.end]
    for start, end, actor, why in zip(
        history.start.tolist(), ends, history.actor.tolist(), history.why.tolist(), strict=True
    ):
        if start < position:
            found[actor] += min(end, position) - start
            found[TRAPS] += why < Why.RETURN
    return found


# One event after another ------------------------------------------------------------------------

EVENTS = st.lists(
    st.tuples(st.sampled_from(["trap", "return", "walk"]), st.integers(0, 3), st.integers(0, 2)),
    max_size=60,
)


def records(events: list[tuple[str, int, int]]) -> np.ndarray:
    """As an engine writes them: `gap` instructions after the one before, a walk with its reads."""
    rows: list[list[int]] = []
    at = 0
    for kind, gap, which in events:
        at += gap
        if kind == "trap":
            cause = causes.ECALL_FROM_U if which else INTERRUPT_BIT | causes.MACHINE_TIMER
            rows.append([Kind.TRAP, at, Mode.U, ACTORS[which], cause, 0x100 + at])
        elif kind == "return":
            rows.append([Kind.XRET, at, Mode.M, ACTORS[which], 0x200 + at])
            at += 1
        else:
            rows += [[Kind.PTE, at]] * which
            rows.append([Kind.WALK, at, 0, 0, 0, 0, causes.LOAD_PAGE_FAULT * (which == 2), 0, 3])
    made = np.zeros((len(rows), RECORD_WORDS), np.uint64)
    for row, values in zip(made, rows, strict=True):
        row[: len(values)] = values
    return made


def heard(into: Historian, rows: np.ndarray, steps: int, traps: int, known: int) -> None:
    kinds = rows[:, 0]
    events = np.flatnonzero((kinds == Kind.TRAP) | (kinds == Kind.XRET))
    into.expect(steps, traps, known)
    into.add_batch(rows, events, np.flatnonzero(kinds == Kind.WALK))


@settings(max_examples=40)
@given(EVENTS, st.data())
def test_batches_and_single_events_make_one_history(
    events: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    rows = records(events)
    at_once, singly = Historian(), Historian()
    traps = 0
    # A walk and its reads never stand in two batches.
    borders = [0, *(np.flatnonzero(rows[:, 0] != Kind.PTE) + 1).tolist()]
    cuts = sorted({0, len(rows), *data.draw(st.lists(st.sampled_from(borders), max_size=4))})
    for first, last in pairwise(cuts):
        piece = rows[first:last]
        heard(at_once, piece, 0, traps, 0)
        traps += int((piece[:, 0] == Kind.TRAP).sum())
    singly.expect(0, 0, 0)
    for event in Batch(rows).events():
        singly.add(event)
    assert same(at_once.so_far(400), singly.so_far(400))


@settings(max_examples=40)
@given(EVENTS, st.data())
def test_what_a_replay_brings_again_is_not_written_again(
    events: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    rows = records(events)
    once, twice = Historian(), Historian()
    heard(once, rows, 0, 0, 0)
    heard(twice, rows, 0, 0, 0)
    counts = rows[:, 1].astype(int)
    traps = rows[:, 0] == Kind.TRAP
    end = int(counts[-1] + traps.sum() + 1) if len(rows) else 0
    heard(twice, rows, 0, 0, end)
    assert same(once.so_far(400), twice.so_far(400))


@settings(max_examples=40)
@given(EVENTS, st.lists(st.integers(0, 220), min_size=1, max_size=8))
def test_sums_are_what_counting_band_by_band_gives(
    events: list[tuple[str, int, int]], positions: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in ("historian", "history"):
            patch.setattr(f"vmlab.session.{module}.BLOCK", 4)
        made = Historian()
        heard(made, records(events), 0, 0, 0)
        history = made.so_far(200)
        moved, sums = history.sums(np.array(positions))
    assert moved.tolist() == [min(position, 200) for position in positions]
    assert sums.tolist() == [counted(history, position) for position in moved.tolist()]


@settings(max_examples=40)
@given(EVENTS)
def test_of_what_is_dropped_the_sums_stay_exact(events: list[tuple[str, int, int]]) -> None:
    rows = records(events * 3)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("historian", "history"):
            patch.setattr(f"vmlab.session.{module}.BLOCK", 4)
        whole = Historian()
        heard(whole, rows, 0, 0, 0)
        full = whole.so_far(600)
        patch.setattr(historian, "MOST_EVENTS", 16)
        patch.setattr(historian, "MOST_MARKS", 8)
        small, traps = Historian(), 0
        for row in range(0, len(rows), 5):
            heard(small, rows[row : row + 5], 0, traps, 0)
            traps += int((rows[row : row + 5, 0] == Kind.TRAP).sum())
            small.so_far(0)
        kept = small.so_far(600)
        assert len(kept.start) <= 16 + 5
        assert len(kept.mark_at) <= 16 + 8
        moved, sums = kept.sums(np.arange(0, 601, 7))
        assert (np.diff(moved) >= 0).all()
        exact = full.sums(moved)[1]
    # Traps at the very place of a mark may stand on either side of it.
    assert sums[:, :TRAPS].tolist() == exact[:, :TRAPS].tolist()


# Real runs --------------------------------------------------------------------------------------


def run_of(engine: str, guest: str = "tour") -> Session:
    made = open(guest, engine=engine)
    made.run(limit=60_000)
    return made


@pytest.mark.parametrize("guest", ["tour", "faults"])
def test_both_engines_write_the_same_history(guest: str) -> None:
    one, other = run_of("t0", guest), run_of("t1", guest)
    assert same(one.snapshot().history, other.snapshot().history)


def test_a_history_has_every_trap_that_was_counted() -> None:
    session = run_of("t1")
    history = session.snapshot().history
    traps = history.why[history.why < Why.RETURN]
    assert len(traps) == sum(session.trap_counts.values())
    assert (traps == INTERRUPT + causes.MACHINE_TIMER).sum() == session.trap_counts["U.i7"]
    assert history.sums(np.array([history.end]))[1][0, :TRAPS].sum() == session.position


def test_going_back_and_forward_changes_nothing() -> None:
    session = run_of("auto")
    before = session.snapshot().history
    session.go_to(session.position // 3)
    session.back(7)
    middle = session.snapshot()
    assert same(middle.history, before)
    session.step(5)
    session.run(Until.trap())
    session.go_to(before.end)
    assert same(session.snapshot().history, before)


def test_the_present_band_is_the_one_that_the_session_stands_in() -> None:
    session = run_of("auto")
    session.go_to(0)
    for _ in range(200):
        shown = session.snapshot()
        present = shown.history.present(shown.steps)
        assert shown.history.actor[present] == shown.now.mode
        assert shown.history.start[present] <= shown.position
        session.step(6)


def test_another_course_drops_what_lay_ahead() -> None:
    session = open("echo")
    session.run(limit=200_000)
    session.send("a")
    session.run(limit=2_000)
    first = session.snapshot().history
    session.back(1_500)
    at = session.position
    session.send("bb")
    cut = session.snapshot().history
    assert cut.end == at
    assert cut.start[-1] <= at
    session.run(limit=2_000)
    again = session.snapshot().history
    kept = len(cut.start)
    assert np.array_equal(again.start[:kept], first.start[:kept])


def test_a_value_does_not_change_when_the_run_goes_on() -> None:
    session = open("tour")
    session.run(limit=600)
    early = session.snapshot().history
    copies = [getattr(early, name).copy() for name in ARRAYS]
    session.run(limit=400)
    session.back(700)
    session.edit(*_a_register())
    session.run(limit=400)
    session.snapshot()
    assert all(
        np.array_equal(getattr(early, name), copy)
        for name, copy in zip(ARRAYS, copies, strict=True)
    )


def _a_register() -> tuple[object, int, bytes]:
    from vmlab.session.inputs import Place

    return Place.X, 30, (5).to_bytes(8, "little")


def test_a_file_of_the_whole_state_knows_that_it_does_not_know() -> None:
    session = open("tour")
    session.run(limit=600)
    opened = load(session.snapshot_file())
    history = opened.snapshot().history
    assert not history.is_complete
    assert history.actor.tolist() == [LOST, Mode.S]
    assert history.start.tolist() == [0, 600]
    opened.run(limit=100)
    assert opened.snapshot().history.sums(np.array([700]))[1][0, LOST] == 600


def test_a_walk_that_faulted_is_marked() -> None:
    session = open("tour")
    session.run()
    reads = session.snapshot().history.walk_reads
    assert (reads >= FAULT).sum() >= 1
    assert set((reads % FAULT).tolist()) <= {1, 2, 3}


@pytest.mark.parametrize("technique", ["trap_emulate", "hwassist"])
def test_a_guest_under_a_technique_has_the_same_history_as_alone(technique: str) -> None:
    session = open("nano", technique=technique)
    session.run(limit=40_000)
    before = session.snapshot().history
    assert before.actor[0] == Mode.S
    assert len(before.start) > 3
    session.back(9_000)
    session.step(40)
    assert same(session.snapshot().history, before)
    session.go_to(before.end)
    assert same(session.snapshot().history, before)
    alone = open("nano", technique="bare")
    alone.run(limit=40_000)
    assert np.array_equal(alone.snapshot().history.start, before.start)
