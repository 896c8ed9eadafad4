"""`vmlab laws` as a user calls it."""

from __future__ import annotations

import json
import os

from tests.cli.conftest import Vmlab

SECONDS = 10
"""What three programs may take; of the processor, for tests share their host."""


def processor_seconds() -> float:
    """Used so far by processes that were waited for."""
    times = os.times()
    return times.children_user + times.children_system


def test_the_laws_hold_for_trap_and_emulate_within_ten_seconds(vmlab: Vmlab) -> None:
    began = processor_seconds()
    done = vmlab("laws", "--technique", "trap_emulate", "--seed", "7", "--programs", "3", "--json")
    assert processor_seconds() - began < SECONDS
    assert done.returncode == 0, done.stderr
    holds = {"measured": "holds", "expected": "holds", "witness": None}
    assert json.loads(done.stdout) == {
        "schema": "vmlab/laws/1",
        "technique": "trap_emulate",
        "seed": 7,
        "programs": 3,
        "laws": {"equivalence": holds, "control": holds, "efficiency": holds},
    }


def test_interpretation_fails_efficiency_as_it_declares(vmlab: Vmlab) -> None:
    done = vmlab("laws", "--technique", "interpret", "--programs", "1")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "interpret: 1 random program from seed 1"
    assert [line.split()[:4] for line in lines[1:4]] == [
        ["equivalence", "holds", "as", "declared"],
        ["control", "holds", "as", "declared"],
        ["efficiency", "fails", "as", "declared"],
    ]
    assert "instructions were emulated at 0 exits, and 0 ran directly" in lines[4]


def test_the_bare_machine_has_nobody_to_divide_it(vmlab: Vmlab) -> None:
    done = vmlab("laws", "--technique", "bare", "--programs", "1", "--json")
    assert done.returncode == 0
    laws = json.loads(done.stdout)["laws"]
    assert laws["control"] == {"measured": "open", "expected": "open", "witness": None}


def test_a_guest_of_the_catalogue_is_judged_besides(vmlab: Vmlab) -> None:
    done = vmlab(
        *("laws", "--technique", "hwassist", "--programs", "1", "--guest", "nano"),
        *("--append", "sys 3"),
    )
    assert done.returncode == 0, done.stdout
    assert "on 2 guests" in done.stdout.decode()


def test_bad_input_is_one_sentence(vmlab_says: Vmlab) -> None:
    for words, sentence in (
        (("--technique", "magic"), "expected a technique of bare"),
        (("--programs", "0"), "expected 1 to"),
        (("--guest", "sieve"), "expected a guest that starts in S under SBI"),
        (("--guest", "nano", "--engine", "t9"), "t9"),
    ):
        done = vmlab_says("laws", *words)
        assert done.returncode == 2
        assert done.stdout == b""
        assert sentence in done.stderr.decode()
        assert done.stderr.decode().count("\n") == 1
