"""The papers' numbers beside ours: each operation, how many times it costs what it costs natively.

A ratio to the native cost is what a paper's cycles or microseconds and our modelled cycles have in
common. Theirs were measured by their authors; ours are modelled from counts by a preset of prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.session.board import BARE, BoardSnapshot
from vmlab.views.compare import number
from vmlab.views.phrase import Phrase, described, heard, say
from vmlab.views.table import Cell, Table
from vmlab.vmm.common.costs import PRESETS, cycles
from vmlab.vmm.compare.papers import PAPERS, Paper, Row
from vmlab.vmm.compare.shapes import P4
from vmlab.vmm.compare.shapes import Verdict as ShapeVerdict

PRESET: Final = P4
NATIVE: Final = "native"


@dataclass(frozen=True, slots=True)
class Dot:
    """One number. `ratio` is None where it has not been counted here."""

    name: str
    """The paper's column, or our technique."""
    ours: bool
    ratio: float | None
    text: str
    """In its own unit; ~ before what a paper's text gives as a ratio only, ≈ before a model's."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a paper, and our benchmark that stands for it."""

    name: str
    benchmark: str | None
    dots: tuple[Dot, ...]

    @property
    def asked(self) -> bool:
        """True if one of our numbers is there."""
        return any(dot.ours and dot.ratio is not None for dot in self.dots)


def operations(paper: Paper, snapshot: BoardSnapshot) -> tuple[Operation, ...]:
    """The rows of a paper, theirs and ours."""
    return tuple(
        Operation(row.operation, row.benchmark, (*_theirs(row), *_ours(row, snapshot)))
        for row in paper.rows
    )


def _theirs(row: Row) -> list[Dot]:
    figures = dict(row.figures)
    native = figures[NATIVE].value
    return [
        Dot(name, False, one.value / native, f"{'~' if one.derived else ''}{one.value:,g}")
        for name, one in figures.items()
    ]


def _ours(row: Row, snapshot: BoardSnapshot) -> list[Dot]:
    names = [lane.technique.name for lane in snapshot.lanes]
    found = {name: _cycles(snapshot, name, row.benchmark or "") for name in names}
    bare = found.get(BARE)
    return [
        Dot(
            name,
            True,
            None if value is None or not bare else value / bare,
            "" if value is None else f"≈ {number(round(value, 1))}",
        )
        for name, value in found.items()
    ]


def _cycles(snapshot: BoardSnapshot, technique: str, benchmark: str) -> float | None:
    cost = snapshot.costs.get((technique, benchmark))
    if cost is None:
        return None
    return cycles(cost.counters, PRESETS[PRESET]).value / cost.times


def tables(snapshot: BoardSnapshot) -> Table:
    """The text twin of all papers: a line a number."""
    rows: list[tuple[Cell, ...]] = []
    for paper in PAPERS:
        for operation in operations(paper, snapshot):
            for dot in operation.dots:
                kind = say("modelled by {preset}", preset=PRESET) if dot.ours else paper.name
                ratio: Cell = Phrase("not counted here yet")
                if dot.ratio is not None:
                    ratio = times(dot.ratio)
                unit = "cycles" if dot.ours else paper.unit
                text = f"{dot.text} {unit}" if dot.text else ""
                rows.append((operation.name, dot.name, kind, text, ratio))
    columns = (
        Phrase("Operation"), Phrase("Column or technique"), Phrase("Whose number"),
        Phrase("Number"), Phrase("Over native"),
    )  # fmt: skip
    return Table(Phrase("The papers beside ours"), columns, tuple(rows), Phrase("None"))


def times(ratio: float) -> str:
    """How many times, in three digits or without fractions."""
    return f"{ratio:,.0f}×" if ratio >= 100 else f"{ratio:.3g}×"


# Shapes -----------------------------------------------------------------------------------------

_WORDS: Final = {
    True: Phrase("reproduced"),
    False: Phrase("not reproduced"),
    None: Phrase("not asked"),
}


def word(verdict: ShapeVerdict) -> Phrase:
    """Whether a shape was reproduced here."""
    return _WORDS[verdict.reproduced]


def says(verdict: ShapeVerdict) -> Phrase:
    """The statement."""
    return described(verdict.shape.says)


def reason(verdict: ShapeVerdict) -> Phrase:
    """Why, with numbers."""
    return heard(verdict.reason)


def shapes_table(snapshot: BoardSnapshot) -> Table:
    """Every shape: whether it was reproduced, and why."""
    rows = tuple(
        (word(one), says(one), reason(one), described(one.shape.source)) for one in snapshot.shapes
    )
    columns = (Phrase("Verdict"), Phrase("Shape"), Phrase("Reason"), Phrase("Source"))
    return Table(Phrase("Shapes"), columns, rows, Phrase("None"))
