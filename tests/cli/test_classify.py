"""`vmlab classify` as a user calls it."""

from __future__ import annotations

import json
import os

import pytest

from tests.cli.conftest import Vmlab

SECONDS = 10
"""What the slowest instruction set may take; of the processor, for tests share their host."""


def processor_seconds() -> float:
    """Used so far by processes that were waited for."""
    times = os.times()
    return times.children_user + times.children_system


def test_the_table_says_which_theorems_hold_and_why(vmlab: Vmlab) -> None:
    done = vmlab("classify", "--isa", "ia32")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    (popf,) = [line for line in lines if line.startswith("popf ")]
    assert popf.split()[1:6] == ["-", "yes", "-", "yes", "-"]
    assert "sensitive, not privileged" in popf
    (lgdt,) = [line for line in lines if line.startswith("lgdt ")]
    assert "sensitive, not privileged" not in lgdt
    assert any(line.startswith("Theorem 1 (sufficient") for line in lines)
    assert "if and only if" not in done.stdout.decode()
    assert max(map(len, lines)) <= 100


def test_an_instruction_is_shown_with_both_states_before_and_after(vmlab: Vmlab) -> None:
    done = vmlab("classify", "--isa", "ia32", "--instruction", "popf")
    text = done.stdout.decode()
    assert done.returncode == 0
    assert text.startswith("popf (ia32): control sensitive, mode sensitive\n")
    table = text.partition("mode sensitive: nothing traps")[2].splitlines()
    assert table[2].split() == ["before", "1", "after", "1", "before", "2", "after", "2"]
    rows = {line.split()[0]: line.split()[1:] for line in table[3:] if line.strip()}
    assert rows["mode"] == ["CPL", "0", "CPL", "0", "CPL", "3", "CPL", "3"]
    before, after, other, unchanged = rows["R.if"]
    assert before != after
    assert before == other == unchanged


def test_the_slowest_ends_in_time_and_its_json_is_whole(vmlab: Vmlab) -> None:
    began = processor_seconds()
    done = vmlab("classify", "--isa", "rv64gc", "--json", "--seed", "3")
    assert processor_seconds() - began < SECONDS
    data = json.loads(done.stdout)
    assert data["schema"] == "vmlab/classify/1"
    assert data["seed"] == 3
    assert [data["theorems"][one]["holds"] for one in "123"] == [True, True, True]
    assert {"sret", "fadd.d", "rdtime", "csrrw stvec"} <= {
        row["name"] for row in data["instructions"]
    }


def test_one_instruction_as_json_has_its_witness(vmlab: Vmlab) -> None:
    done = vmlab("classify", "--isa", "rv64-careless", "--instruction", "rdtime", "--json")
    (row,) = json.loads(done.stdout)["instructions"]
    first, second = row["witness"]["location_sensitive"]["before"]
    assert first["clock"] != second["clock"]
    assert first["instruction"] == "rdtime s1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--isa", "vax"], "expected --isa to be one of rv64"),
        (["--isa", "toy", "--instruction", "popcnt"], "expected an instruction of toy"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(
    vmlab_says: Vmlab, words: list[str], said: str
) -> None:
    done = vmlab_says("classify", *words)
    assert done.returncode == 2
    assert done.stdout == b""
    assert said in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
