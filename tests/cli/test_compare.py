"""`vmlab compare`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab

FEW = ("--technique", "bare", "--technique", "trap_emulate", "--benchmark", "csr")


def test_it_prints_tables_with_a_bar_on_standard_error(vmlab: Vmlab) -> None:
    done = vmlab("compare", *FEW)
    assert done.returncode == 0
    assert b"Measured, for one operation: exits_total" in done.stdout
    assert b"Modelled, for one operation: cycles by the preset p4-2006" in done.stdout
    assert b"Shapes" in done.stdout
    assert b"comparing" not in done.stdout


def test_it_writes_json_to_a_file(vmlab: Vmlab, tmp_path: Path) -> None:
    target = tmp_path / "compare.json"
    done = vmlab("compare", *FEW, "--json", "-o", str(target))
    assert done.returncode == 0
    assert done.stdout == b""
    document = json.loads(target.read_text())
    exits = {
        cell["technique"]: cell["value"]
        for cell in document["cells"]
        if cell["counter"] == "exits_total"
    }
    assert exits == {"bare": 0, "trap_emulate": 2}


def test_csv_has_every_counter(vmlab: Vmlab) -> None:
    done = vmlab("compare", *FEW, "--csv", "--preset", "unit")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert {row["kind"] for row in rows} == {"measured", "modelled"}
    assert {row["preset"] for row in rows} == {"", "unit"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--technique", "magic"), "--technique: expected one of bare"),
        (("--benchmark", "sleep"), "--benchmark: expected one of syscall"),
        (("--preset", "486"), "--preset: expected one of unit"),
        (("--guest", "tour"), "--guest: expected nano"),
        (("--json", "--csv"), "expected --json or --csv, found both"),
        (("-o", "no/such/file"), "no such folder"),
        (("--engine", "t9", *FEW), "expected an engine of"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_sentence(
    vmlab_says: Vmlab, words: tuple[str, ...], said: str
) -> None:
    done = vmlab_says("compare", *words)
    assert done.returncode == 2
    lines = done.stderr.decode().strip().splitlines()
    assert said in lines[-1]
    assert "Traceback" not in done.stderr.decode()
