"""Recordings: the same bytes for the same run, and everything in them counted."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise

import pytest

from vmlab.cli.sitebuilder import pictures
from vmlab.cli.sitebuilder.recordings import Recording, Run, record, recorded
from vmlab.cli.sitebuilder.store import Store
from vmlab.core.errors import BadInput
from vmlab.vmm.techniques import TECHNIQUES

CALL = (-5, -4)
CONSOLE = "sys: 10 calls, process 1\n"


def run(technique: str, append: str = "sys 10", focus: tuple[int, int] = CALL) -> Run:
    return Run(technique, append, focus)


@pytest.fixture(scope="module")
def shown() -> dict[str, Recording]:
    return {name: record(run(name)) for name in TECHNIQUES}


def exits(recording: Recording) -> list[str]:
    return [row.reason for row in pictures.rows(recording) if row.owner == "V"]


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_run_is_recorded_in_the_same_bytes_again(name: str, shown: dict[str, Recording]) -> None:
    assert record(run(name)).file == shown[name].file


@pytest.mark.parametrize("name", TECHNIQUES)
def test_bands_follow_each_other_and_their_exits_are_those_counted(
    name: str, shown: dict[str, Recording]
) -> None:
    rows, content = pictures.rows(shown[name]), shown[name].content
    assert rows[0].first == 0
    assert all(row.insns or row.owner == "V" for row in rows)
    assert all(a.first + a.insns == b.first for a, b in pairwise(rows))
    counted = {
        name.partition(".")[2]: n
        for name, n in content["counters"].items()
        if name.startswith("exits_by_cause.") and n
    }
    found = exits(shown[name])
    assert {reason: found.count(reason) for reason in set(found)} == counted


@pytest.mark.parametrize("name", TECHNIQUES)
def test_the_console_is_whole_and_in_order(name: str, shown: dict[str, Recording]) -> None:
    printed = shown[name].content["console"]
    assert CONSOLE in "".join(text for _, text in printed)
    places = [at for at, _ in printed]
    assert places == sorted(set(places))


@pytest.mark.parametrize("name", TECHNIQUES)
def test_the_close_up_is_one_system_call(name: str, shown: dict[str, Recording]) -> None:
    first, last = shown[name].content["focus"]
    rows = pictures.rows(shown[name])[first:last]
    assert (rows[0].owner, rows[-1].owner) == ("U", "U")
    believed = [row.believed for row in rows]
    entries = sum(a == "U" and b == "S" for a, b in pairwise(believed))
    assert entries == 1


def test_a_recording_is_small(shown: dict[str, Recording]) -> None:
    assert max(len(gzip.compress(one.file, mtime=0)) for one in shown.values()) < 4_000


def test_a_run_is_made_once_and_then_remembered(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    first = recorded(store, run("bare"))

    def never(_: Run) -> Recording:
        raise AssertionError("expected the recording that is kept")

    monkeypatch.setattr("vmlab.cli.sitebuilder.recordings.record", never)
    assert recorded(store, run("bare")).file == first.file
    assert json.loads(first.file) == first.content


def test_a_run_that_does_not_end_is_refused() -> None:
    with pytest.raises(BadInput, match=r"expected sh under bare to end within.*found it ready"):
        record(run("bare", "sh"))


def test_a_close_up_of_what_did_not_happen_is_refused() -> None:
    with pytest.raises(BadInput, match="expected user stretches 90 and 91, found"):
        record(run("bare", "sys 1", (90, 91)))


def test_a_program_that_carries_out_everything_is_drawn_so(shown: dict[str, Recording]) -> None:
    drawn = {name: pictures.ribbon(one, *one.content["focus"]) for name, one in shown.items()}
    assert [name for name, one in drawn.items() if one.simulated] == ["interpret"]


@pytest.mark.parametrize("name", ["bare", "trap_emulate"])
def test_blocks_cover_the_window_and_slivers_stand_where_exits_were(
    name: str, shown: dict[str, Recording]
) -> None:
    recording = shown[name]
    first, last = recording.content["focus"]
    rows = pictures.rows(recording)[first:last]
    drawn = pictures.ribbon(recording, first, last)
    assert drawn.insns == sum(row.insns for row in rows)
    assert drawn.exits == sum(row.owner == "V" for row in rows)
    emulated = sum(row.insns for row in rows if row.owner == "V")
    covered = sum(one.width for one in drawn.blocks)
    assert covered == pytest.approx(100 * (drawn.insns - emulated) / drawn.insns, abs=0.1)
    for block in drawn.blocks:
        row = pictures.rows(recording)[block.band]
        assert block.x == pytest.approx(100 * (row.first - drawn.start) / drawn.insns, abs=0.01)
        assert (block.width == 0) == (row.owner == "V")


def test_ticks_are_round_and_few(shown: dict[str, Recording]) -> None:
    for first, last in ((0, 30), (10, 11), (24, 27)):
        ticks = pictures.ribbon(shown["bare"], first, last).ticks
        assert 1 <= len(ticks) <= pictures.MOST_TICKS + 1
        steps = {int(tick.text.replace(",", "")) for tick in ticks}
        assert all(0 <= tick.x <= 100 for tick in ticks)
        assert len(steps) == len(ticks)
