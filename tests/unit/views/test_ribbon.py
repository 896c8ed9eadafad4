"""The ribbon's rows: bands, traps between them, buckets, walks and the playhead."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.views.make import snapshot
from vmlab.core.modes import Mode
from vmlab.isa import causes
from vmlab.session import Session, open
from vmlab.session.historian import written
from vmlab.session.history import History, Why
from vmlab.session.snapshot import Snapshot
from vmlab.views import ribbon, ribbon_twin
from vmlab.views.ribbon import Picture, picture
from vmlab.views.ribbon_track import EXIT_UNITS, track, track_of_bands
from vmlab.views.ribbon_window import Window, follow, moved, near, ticks, whole, zoomed
from vmlab.vmm.common.whoran import Band, Owner

ECALL, RETURN = causes.ECALL_FROM_U, Why.RETURN
U, S, M = int(Mode.U), int(Mode.S), int(Mode.M)
USER, KERNEL, FIRMWARE = 0, 1, 2
"""The lanes of a machine without a VMM, from the top."""


def shown(history: History, position: int, steps: int | None = None) -> Snapshot:
    return replace(
        snapshot(),
        position=position,
        steps=position if steps is None else steps,
        recorded=history.end,
        history=history,
    )


def drawn(at: Snapshot, first: int, last: int) -> Picture:
    return picture(at, track(at), Window(first, last))


CALL = written([0, 10, 40, 60], [M, U, S, U], [Why.BEGINNING, RETURN, ECALL, RETURN], 100)
"""Firmware, a user program, a system call of 20 instructions, the user program again."""


def test_a_system_call_is_three_bands_a_trap_and_a_return() -> None:
    rows = drawn(shown(CALL, 100), 0, 100).bands
    assert [(row.lane, row.first, row.insns) for row in rows] == [
        (FIRMWARE, 0, 10), (USER, 10, 30), (KERNEL, 40, 20), (USER, 60, 40),
    ]  # fmt: skip
    assert [(row.kind, row.tag) for row in rows] == [
        ("start", ""), ("return", ""), ("trap", str(ECALL)), ("return", ""),
    ]  # fmt: skip
    assert (rows[2].before, rows[2].lane) == (USER, KERNEL)


def test_what_lies_ahead_of_the_playhead_has_not_run() -> None:
    rows = drawn(shown(CALL, 50), 0, 100).bands
    assert [row.ran for row in rows] == [1, 1, 0.5, 0]
    assert [row.happened for row in rows] == [True, True, True, False]
    assert drawn(shown(CALL, 50), 0, 100).playhead == 0.5


def test_a_trap_at_the_playhead_has_happened_only_after_its_step() -> None:
    history = replace_steps(CALL, [-1, 9, 40, 60])
    before, after = shown(history, 40, 40), shown(history, 40, 41)
    assert not drawn(before, 0, 100).bands[2].happened
    assert drawn(after, 0, 100).bands[2].happened


def replace_steps(history: History, steps: list[int]) -> History:
    return replace(history, step=np.array(steps))


def test_a_band_is_cut_at_the_edges_of_the_window() -> None:
    rows = drawn(shown(CALL, 100), 20, 50).bands
    assert [(row.first, row.insns) for row in rows] == [(10, 30), (40, 20)]
    assert [(round(row.x, 3), round(row.width, 3)) for row in rows] == [(0, 0.667), (0.667, 0.333)]
    assert [row.begins_here for row in rows] == [False, True]


def test_a_band_that_retires_nothing_is_there() -> None:
    history = written(
        [0, 10, 10, 30], [U, S, M, S], [Why.BEGINNING, ECALL, causes.ECALL_FROM_S, RETURN], 40
    )
    rows = drawn(shown(history, 40), 0, 40).bands
    assert [(row.lane, row.insns) for row in rows] == [
        (USER, 10), (KERNEL, 0), (FIRMWARE, 20), (KERNEL, 10),
    ]  # fmt: skip
    assert rows[1].width == 0


def long_history(bands: int) -> History:
    """User and kernel in turns, 10 and 5 instructions."""
    starts = np.arange(bands) // 2 * 15 + np.arange(bands) % 2 * 10
    actors = np.where(np.arange(bands) % 2, S, U)
    whys = np.where(np.arange(bands) % 2, ECALL, int(RETURN))
    return written(starts, actors, whys, int(starts[-1]) + 5)


def test_too_many_bands_become_buckets_with_exact_shares() -> None:
    history = long_history(4_000)
    found = drawn(shown(history, history.end), 0, history.end)
    assert not found.bands
    assert len(found.buckets) == ribbon.BUCKETS
    assert [sum(bucket.shares[lane] for bucket in found.buckets) for lane in (USER, KERNEL)] == [
        20_000,
        10_000,
    ]
    assert found.traps == 2_000
    assert all(bucket.total == sum(bucket.shares) for bucket in found.buckets)


def test_a_million_bands_are_drawn_in_a_frame() -> None:
    history = long_history(1_000_000)
    at = shown(history, history.end)
    along = track(at)
    windows = (whole(along), Window(3_000_000, 3_000_200), Window(1_000_000, 2_000_000))
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        for window in windows:
            picture(at, along, window)
        seconds.append((time.perf_counter() - began) / len(windows))
    assert min(seconds) < 0.1


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=60),
    st.integers(0, 900),
    st.integers(1, 900),
    st.data(),
)
def test_bands_fill_the_window_without_gap_or_overlap(
    lengths: list[int], first: int, width: int, data: st.DataObject
) -> None:
    starts = np.concatenate(([0], np.cumsum(lengths)))
    actors = data.draw(
        st.lists(st.sampled_from([U, S, M]), min_size=len(lengths), max_size=len(lengths))
    )
    history = written(starts[:-1], actors, [ECALL] * len(lengths), int(starts[-1]))
    found = drawn(shown(history, history.end // 2), first, first + width)
    covered = max(0, min(first + width, history.end) - first) / width
    assert abs(sum(row.width for row in found.bands) - covered) < 1e-9
    edge = 0.0
    for row in found.bands:
        assert row.x >= edge - 1e-9
        edge = row.x + row.width
    assert sum(bucket.total for bucket in found.bar) == history.end


# Windows ----------------------------------------------------------------------------------------


def test_near_shows_the_neighbours_of_the_present_band() -> None:
    along = track(shown(CALL, 50))
    window = near(along, 50)
    assert window.first == 0
    assert window.last >= 100


def test_near_does_not_shrink_all_for_one_long_band() -> None:
    history = written(
        [0, 5_000_000, 5_000_010, 5_000_030], [M, U, S, U], [Why.BEGINNING, RETURN, ECALL, RETURN],
        5_000_050,
    )  # fmt: skip
    window = near(track(shown(history, 5_000_020)), 5_000_020)
    assert window.width < 1_000


def test_the_window_follows_only_when_the_playhead_would_leave_it() -> None:
    window = Window(100, 200)
    assert follow(window, 150) == window
    assert follow(window, 199) != window
    assert follow(window, 50).has(50)
    assert moved(window, -500) == Window(0, 100)


@given(st.integers(0, 100), st.integers(4, 100), st.sampled_from([0.5, 2.0]), st.integers(0, 120))
def test_zooming_keeps_the_place_and_the_run_in_sight(
    first: int, width: int, factor: float, around: int
) -> None:
    along = track(shown(CALL, 50))
    window = zoomed(Window(first, first + width), factor, around, along)
    assert window.first >= 0
    assert window.width <= 100
    assert window.width >= 4
    if factor < 1 and width >= 8 and first <= around <= first + width <= 100:
        assert window.first <= around <= window.last


def test_zooming_in_ends_at_single_instructions_and_out_at_the_whole_run() -> None:
    along = track(shown(CALL, 50))
    window = whole(along)
    for _ in range(20):
        window = zoomed(window, 0.5, 50, along)
    assert window.width == 4
    for _ in range(20):
        window = zoomed(window, 2, 50, along)
    assert (window.first, window.width) == (0, 100)


def test_ticks_are_round_and_in_the_window() -> None:
    along = track(shown(CALL, 50))
    assert [mark for mark, _ in ticks(along, Window(0, 100))] == list(range(0, 101, 20))
    assert all(0 <= x <= 1 for _, x in ticks(along, Window(13, 57)))


# Words ------------------------------------------------------------------------------------------


def test_the_twin_has_a_row_for_each_band() -> None:
    at = shown(CALL, 50)
    twin = ribbon_twin.table(drawn(at, 0, 100))
    assert len(twin.rows) == 4
    assert twin.current == 2
    said = ribbon_twin.text(at, track(at), Window(0, 100))
    assert "#40" in said
    assert "8 environment call from U" in said
    assert "Kernel" in said


def test_the_twin_of_buckets_has_their_counts() -> None:
    history = long_history(4_000)
    twin = ribbon_twin.table(drawn(shown(history, 0), 0, history.end))
    assert len(twin.rows) == ribbon.BUCKETS
    assert sum(int(str(row[2]).replace(",", "")) for row in twin.rows) == 20_000


def test_what_is_kept_is_said() -> None:
    assert "all kept" in str(drawn(shown(CALL, 0), 0, 100).kept)
    session = open("tour")
    session.run(limit=300)
    assert "all kept" in said_of(session)
    assert "watched from 300" in said_of(reopened(session))


def said_of(session: Session) -> str:
    return str(drawn(session.snapshot(), 0, 100).kept)


def reopened(session: Session) -> Session:
    from vmlab.session import load

    return load(session.snapshot_file())


# Virtual machines -------------------------------------------------------------------------------


def band(owner: Owner, first: int, insns: int, why: str = "entry") -> Band:
    believed = "U" if owner is Owner.USER else "S"
    real = "S" if owner is Owner.MONITOR else "U"
    return Band(owner, believed, real, first, insns, why)


GUEST = written([0], [S], [Why.BEGINNING], 32)
BANDS = (
    band(Owner.USER, 0, 14),
    band(Owner.MONITOR, 14, 0, "environment call from U"),
    band(Owner.KERNEL, 14, 2),
    band(Owner.MONITOR, 16, 1, "illegal instruction"),
    band(Owner.KERNEL, 17, 15),
)


def test_a_monitors_band_has_a_width_that_is_said_to_be_modelled() -> None:
    along = track_of_bands(BANDS, 32, GUEST)
    at = replace(shown(CALL, 32), history=along.history)
    found = picture(at, along, whole(along))
    rows = [row for row in found.bands if found.lanes[row.lane].owner == "V"]
    assert [row.insns for row in rows] == [0, 1]
    total = 32 + 2 * EXIT_UNITS
    assert [round(row.width * total) for row in rows] == [EXIT_UNITS, EXIT_UNITS + 1]
    assert [row.tag for row in rows] == [str(ECALL), str(causes.ILLEGAL_INSTRUCTION)]
    assert str(EXIT_UNITS) in str(found.modelled)
    assert "no instruction" in str(found.modelled)


def test_the_guests_kernel_thinks_s_and_is_u() -> None:
    lanes = track_of_bands(BANDS, 32, GUEST).lanes
    assert [str(lane.note) for lane in lanes] == ["in U", "thinks S, is U", "in S"]
    assert [lane.owner for lane in lanes] == ["U", "S", "V"]


def test_ahead_of_a_monitored_guest_its_own_bands_are_outlined() -> None:
    guest = written([0, 14, 40], [U, S, U], [Why.BEGINNING, ECALL, RETURN], 60)
    along = track_of_bands(BANDS, 32, guest)
    found = picture(replace(shown(guest, 32), history=guest), along, whole(along))
    ahead = [row for row in found.bands if not row.happened]
    assert [(row.lane, row.first, row.insns, row.ran) for row in ahead] == [
        (KERNEL, 32, 8, 0), (USER, 40, 20, 0),
    ]  # fmt: skip
    assert (str(ahead[0].why), ahead[0].kind) == ("recorded ahead", "start")
    assert (str(ahead[1].why), ahead[1].kind) == ("return", "return")


def test_far_ahead_of_a_monitored_guest_nobody_says_who_runs() -> None:
    guest = long_history(4_000)
    along = track_of_bands(BANDS, 32, guest)
    assert len(along.at) < 600
    assert along.lane(int(along.history.actor[-1])) == -1
    assert along.position_end == guest.end


def test_longer_bands_of_the_guest_have_wider_bands_of_the_monitor_between_them() -> None:
    bands = [
        band(
            Owner.MONITOR if at % 2 else Owner.KERNEL, 2_000 * ((at + 1) // 2), 2_000 * (1 - at % 2)
        )
        for at in range(20)
    ]
    assert 200 <= track_of_bands(bands, 20_000, written([0], [S], [0], 20_000)).exit_units <= 1_000


def test_places_and_positions_agree_around_a_modelled_band() -> None:
    along = track_of_bands(BANDS, 32, GUEST)
    for position in range(32):
        assert along.position(along.unit(position)) == position
    assert along.unit(15) - along.unit(13) == 2 + EXIT_UNITS


# Walks ------------------------------------------------------------------------------------------


def test_walks_are_marked_where_they_happened_and_many_share_a_mark() -> None:
    walked = np.arange(0, 1_000, 5)
    history = replace(CALL, end=1_000, walk_at=walked, walk_reads=np.full(len(walked), 3, np.uint8))
    few = drawn(shown(history, 50), 0, 100)
    assert [mark.position for mark in few.walks] == list(range(0, 100, 5))
    assert [mark.happened for mark in few.walks] == [at < 50 for at in range(0, 100, 5)]
    assert few.walk_count == 20
    many = drawn(shown(history, 50), 0, 1_000)
    assert len(many.walks) <= ribbon.MOST_WALKS
    assert sum(mark.reads for mark in many.walks) == 3 * len(walked)
