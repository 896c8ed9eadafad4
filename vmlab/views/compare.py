"""A comparison as tables: one row a benchmark, one column a technique, one table a counter.

What was measured and what was modelled are in different tables, and each table's title says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vmlab.views.phrase import Phrase, say
from vmlab.views.table import Table
from vmlab.vmm.common.counters import DEFINITIONS
from vmlab.vmm.compare.papers import PAPERS, Figure, Paper
from vmlab.vmm.compare.report import CYCLES, INSNS, MEASURED, Cell, Comparison

SHOWN: Final = (
    INSNS,
    "exits_total",
    "monitor_insns",
    "direct_fraction",
    "shadow_fills",
    "true_faults",
    "guest_pt_writes",
    "hypercalls",
    "gstage_faults",
    "pte_reads_per_miss",
    "host_ops_per_insn",
)
"""Counters that the text shows where somebody has any; JSON and CSV have all of them."""
_NOTHING: Final = "-"
_INSNS_TEXT: Final = "guest instructions carried out, by whomever"


def number(value: float | None) -> str:
    """A count or a ratio, as short as it is exact enough to read."""
    if value is None:
        return _NOTHING
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if value >= 10 else f"{value:.4g}"


def _table(title: Phrase, found: Comparison, cells: Sequence[Cell]) -> Table:
    values = {(cell.benchmark, cell.technique): cell.value for cell in cells}
    rows = tuple(
        (benchmark, *(number(values.get((benchmark, name))) for name in found.techniques))
        for benchmark in found.benchmarks
    )
    columns = (Phrase("Benchmark"), *(Phrase(name) for name in found.techniques))
    return Table(title, columns, rows, Phrase("Nothing was compared"))


def measured_tables(found: Comparison, counters: Sequence[str] = SHOWN) -> list[Table]:
    """A table for each of these counters that is not 0 or absent everywhere."""
    cells = [cell for cell in found.cells() if cell.kind == MEASURED]
    tables = []
    for counter in counters:
        mine = [cell for cell in cells if cell.counter == counter]
        if any(cell.value for cell in mine):
            what = _INSNS_TEXT if counter == INSNS else DEFINITIONS.get(counter, counter)
            title = say(
                "Measured, for one operation: {counter} ({what})", counter=counter, what=what
            )
            tables.append(_table(title, found, mine))
    return tables


def modelled_tables(found: Comparison) -> list[Table]:
    """A table of cycles for each preset."""
    cells = list(found.cells())
    return [
        _table(
            say("Modelled, for one operation: cycles by the preset {preset}", preset=preset),
            found,
            [cell for cell in cells if cell.counter == CYCLES and cell.preset == preset],
        )
        for preset in found.presets
    ]


def shapes_table(found: Comparison) -> Table:
    """Every shape: whether it was reproduced, and why."""
    words = {True: Phrase("reproduced"), False: Phrase("not reproduced"), None: Phrase("not asked")}
    rows = tuple(
        (words[verdict.reproduced], verdict.shape.says, verdict.reason, verdict.shape.source)
        for verdict in found.verdicts
    )
    columns = (Phrase("Verdict"), Phrase("Shape"), Phrase("Reason"), Phrase("Source"))
    return Table(Phrase("Shapes"), columns, rows, Phrase("None"))


def _said(figure: Figure | None) -> str:
    if figure is None:
        return _NOTHING
    return f"{'~' if figure.derived else ''}{figure.value:,g}"


def paper_table(paper: Paper, found: Comparison, preset: str) -> Table:
    """A paper's numbers, and beside them ours for the benchmark that stands for each row."""
    columns = paper.columns
    ours = {
        (cell.benchmark, cell.technique): cell.value
        for cell in found.cells()
        if cell.counter == CYCLES and cell.preset == preset
    }
    rows = tuple(
        (
            row.operation,
            *(_said(dict(row.figures).get(name)) for name in columns),
            row.benchmark or _NOTHING,
            *(number(ours.get((row.benchmark or "", name))) for name in found.techniques),
        )
        for row in paper.rows
    )
    heads = (
        Phrase("Operation"),
        *(say("paper: {column}", column=name) for name in columns),
        Phrase("ours"),
        *(Phrase(name) for name in found.techniques),
    )
    title = say(
        "{paper} ({unit}; ~ derived from its text), and ours modelled by {preset}",
        paper=paper.name,
        unit=paper.unit,
        preset=preset,
    )
    return Table(title, heads, rows, Phrase("None"))


def paper_tables(found: Comparison) -> list[Table]:
    """Each paper beside the last preset named: the one that is of its time."""
    return (
        [paper_table(paper, found, found.presets[-1]) for paper in PAPERS] if found.presets else []
    )
