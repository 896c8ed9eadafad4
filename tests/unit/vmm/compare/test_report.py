"""A comparison as data and as tables: every counter, and measured apart from modelled."""

from __future__ import annotations

import csv
import io
import json

import pytest

from vmlab.views.compare import (
    measured_tables,
    modelled_tables,
    number,
    paper_tables,
    shapes_table,
)
from vmlab.views.table import render
from vmlab.vmm.common.costs import PRESETS
from vmlab.vmm.common.counters import DEFINITIONS
from vmlab.vmm.compare.report import (
    MEASURED,
    MODELLED,
    Comparison,
    as_csv,
    as_json,
    compare,
    steps,
)
from vmlab.vmm.techniques import TECHNIQUES

NAMES = ("bare", "trap_emulate")


@pytest.fixture(scope="module")
def heard() -> list[tuple[str, str]]:
    return []


@pytest.fixture(scope="module")
def found(heard: list[tuple[str, str]]) -> Comparison:
    return compare(
        [TECHNIQUES[name] for name in NAMES],
        ["syscall", "fault"],
        progress=lambda technique, what: heard.append((technique, what)),
    )


def test_progress_is_heard_as_often_as_was_said(
    found: Comparison, heard: list[tuple[str, str]]
) -> None:
    assert len(heard) == steps(2, 2)
    assert len(set(heard)) == len(heard)


def test_every_counter_is_there_for_every_technique(found: Comparison) -> None:
    for technique in NAMES:
        names = {
            cell.counter.partition(".")[0]
            for cell in found.cells()
            if cell.technique == technique and cell.kind == MEASURED
        }
        assert names >= DEFINITIONS.keys() - {"updates_per_hypercall"}


def test_a_modelled_number_names_its_preset_and_a_measured_one_has_none(found: Comparison) -> None:
    for cell in found.cells():
        assert (cell.preset in PRESETS) == (cell.kind == MODELLED)
        assert (cell.preset is None) == (cell.kind == MEASURED)


def test_csv_holds_every_cell(found: Comparison) -> None:
    cells = list(found.cells())
    rows = list(csv.DictReader(io.StringIO(as_csv(cells))))
    assert len(rows) == len(cells)
    for row, cell in zip(rows, cells, strict=True):
        assert (row["benchmark"], row["technique"], row["counter"]) == (
            cell.benchmark,
            cell.technique,
            cell.counter,
        )
        assert (row["value"] == "") == (cell.value is None)
        assert row["value"] == "" or float(row["value"]) == pytest.approx(cell.value)


def test_json_is_what_the_contract_says(found: Comparison) -> None:
    document = json.loads(json.dumps(as_json(found)))
    assert document["schema"] == "vmlab/compare/1"
    assert set(document["cells"][0]) == {
        "benchmark", "technique", "counter", "value", "kind", "preset",
    }  # fmt: skip
    assert {shape["reproduced"] for shape in document["shapes"]} <= {True, False, None}
    assert all(shape["reason"] for shape in document["shapes"])
    for preset in document["presets"].values():
        assert all(price["source"] for price in preset.values())


def test_the_same_comparison_gives_the_same_bytes(found: Comparison) -> None:
    again = compare([TECHNIQUES[name] for name in NAMES], ["syscall", "fault"])
    assert as_csv(again.cells()) == as_csv(found.cells())


def test_measured_and_modelled_never_share_a_table(found: Comparison) -> None:
    for table in measured_tables(found):
        assert str(table.title).startswith("Measured")
    for table, preset in zip(modelled_tables(found), found.presets, strict=True):
        assert str(table.title).startswith("Modelled")
        assert preset in str(table.title)


def test_tables_have_a_row_a_benchmark_and_a_column_a_technique(found: Comparison) -> None:
    for table in (*measured_tables(found), *modelled_tables(found)):
        assert [row[0] for row in table.rows] == ["syscall", "fault"]
        assert [str(column) for column in table.columns[1:]] == list(NAMES)
        assert render(table).count("\n") == 4


def test_the_papers_stand_beside_ours(found: Comparison) -> None:
    text = "".join(render(table) for table in paper_tables(found))
    assert "paper: hardware" in text
    assert "11,242" in text
    assert "~214" in text, "what is derived is marked"


def test_shapes_say_why(found: Comparison) -> None:
    rows = shapes_table(found).rows
    assert any(str(row[0]) == "reproduced" for row in rows)
    assert all(str(row[2]) for row in rows)


def test_numbers_are_short_and_whole_ones_whole() -> None:
    assert [number(value) for value in (None, 0, 3.0, 12345, 0.95238, 12.3456)] == [
        "-", "0", "3", "12,345", "0.9524", "12.35",
    ]  # fmt: skip
