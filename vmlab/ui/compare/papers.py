"""The papers beside ours, and the shapes: what was reproduced here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from vmlab.session.board import BoardSnapshot
from vmlab.ui.compare.base import BoardWidget
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, panel_words
from vmlab.views import papers as view
from vmlab.views.phrase import Phrase, say
from vmlab.views.table import Table, visible
from vmlab.vmm.compare.papers import PAPERS, Paper

FEWEST, MOST = 1e-1, 1e5
"""Between these ratios everything that is drawn lies; what does not stands at the border."""
TICKS: Final = ((1, "1×"), (100, "100×"), (10_000, "10,000×"))


def _place(ratio: float) -> float:
    """Where a ratio stands on a logarithmic axis, 0 to 1."""
    at = math.log10(max(ratio, FEWEST) / FEWEST) / math.log10(MOST / FEWEST)
    return round(min(1.0, at), 4)


class Papers(BoardWidget):
    """A small plot an operation: theirs outlined, ours hatched."""

    kind: ClassVar[str] = "papers"
    doc: ClassVar[str] = "compare#the-papers"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("The papers beside ours")),
            "survey": t("Count for the papers"),
            "survey_hint": t("Every benchmark that a paper or a shape asks for, in each lane"),
            "theirs": t("paper, measured by its authors"),
            "ours": t("ours, modelled"),
            "missing": t("not counted here yet"),
            "none": t("no benchmark of ours stands for it"),
            "axis": t("times the native cost, logarithmic"),
            "scroll": t("Papers"),
            "ticks": [[_place(tick), said] for tick, said in TICKS],
        }

    def depends(self, snapshot: BoardSnapshot) -> tuple[Any, ...]:
        lanes = tuple(lane.technique.name for lane in snapshot.lanes)
        return (lanes, frozenset(snapshot.costs))

    def payload(self, snapshot: BoardSnapshot) -> Payload:
        return {
            "sub": t(say("ours by the preset {preset}", preset=view.PRESET)),
            "papers": [_paper(paper, snapshot) for paper in PAPERS],
        }

    def table(self, snapshot: BoardSnapshot) -> Table:
        return view.tables(snapshot)

    def act(self, message: Mapping[str, Any]) -> None:
        if message.get("command") == "survey":
            self.controller.survey()


def _paper(paper: Paper, snapshot: BoardSnapshot) -> Payload:
    return {
        "name": paper.name,
        "source": paper.source,
        "unit": t(say("in {unit}; ~ from a ratio in its text", unit=_unit(paper.unit))),
        "operations": [
            {
                "name": operation.name,
                "ours": operation.benchmark or "",
                "dots": [
                    [dot.name, int(dot.ours), -1 if dot.ratio is None else _place(dot.ratio),
                     dot.text, "" if dot.ratio is None else view.times(dot.ratio)]
                    for dot in operation.dots
                ],
            }
            for operation in view.operations(paper, snapshot)
        ],
    }  # fmt: skip


def _unit(unit: str) -> Phrase:
    return Phrase("cycles") if unit == "cycles" else Phrase("microseconds")


class Shapes(BoardWidget):
    """What papers and mechanisms say about the counts, and whether ours agree."""

    kind: ClassVar[str] = "shapes"
    doc: ClassVar[str] = "compare#the-papers"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Shapes: is what they say reproduced here?")),
            "scroll": t("Shapes"),
        }

    def depends(self, snapshot: BoardSnapshot) -> tuple[Any, ...]:
        return (tuple((one.shape.id, one.reproduced, one.reason) for one in snapshot.shapes),)

    def payload(self, snapshot: BoardSnapshot) -> Payload:
        marks = {True: "pass", False: "fail", None: "open"}
        ordered = sorted(snapshot.shapes, key=lambda one: one.reproduced is None)
        return {
            "sub": t(_score(snapshot)),
            "rest": t("Not asked yet, and why"),
            "shapes": [
                [marks[one.reproduced], t(view.word(one)), t(view.says(one)),
                 visible(t(view.reason(one))), one.shape.source]
                for one in ordered
            ],
        }  # fmt: skip

    def table(self, snapshot: BoardSnapshot) -> Table:
        return view.shapes_table(snapshot)


def _score(snapshot: BoardSnapshot) -> Phrase:
    asked = [one for one in snapshot.shapes if one.reproduced is not None]
    return say(
        "{n} of {asked} that were asked are reproduced; {left} were not asked",
        n=sum(bool(one.reproduced) for one in asked),
        asked=len(asked),
        left=len(snapshot.shapes) - len(asked),
    )
