"""The lanes: who runs in each, what it has cost, where it stands, and which laws hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vmlab.core.units import MIB
from vmlab.session.board import BARE, BoardSnapshot
from vmlab.session.lanes import LaneRow, Standing
from vmlab.ui import fragment
from vmlab.ui.compare.base import BoardWidget
from vmlab.ui.i18n import cell, t
from vmlab.ui.widgets.base import Payload, panel_words
from vmlab.ui.widgets.sent import name_in
from vmlab.views import board as view
from vmlab.views.lane_strip import Strip, strip
from vmlab.views.phrase import Phrase, described
from vmlab.views.table import Table, visible
from vmlab.vmm.compare.measure import RAM_BYTES
from vmlab.vmm.laws.judge import LAWS
from vmlab.vmm.techniques import TECHNIQUES


class Lanes(BoardWidget):
    """A lane a technique: who ran, what it cost, the state at the common point, the laws."""

    kind: ClassVar[str] = "lanes"
    doc: ClassVar[str] = "compare#the-rows"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Lanes")),
            "table": t("One column a technique, one row a count, a check or a law"),
            "user": t("user"),
            "kernel": t("kernel"),
            "monitor": t("monitor"),
            "strip": t("Who ran"),
            "measured": t("measured"),
            "modelled": t("modelled"),
            "checked": t("checked"),
            "open": t("Open in the workbench"),
            "state": t("State at the common point"),
            "state_hint": t("compared with the bare machine's"),
            "laws": t(
                "The three laws of Popek and Goldberg, 1974. Each verdict opens its evidence."
            ),
            "judge": t("Judge"),
            "judge_all": t("Judge all lanes"),
            "judge_hint": t("One random kernel and every hostile guest; takes seconds to a minute"),
            "evidence": t("Evidence"),
            "close": t("Close"),
            "scroll": t("Lanes, scrolls sideways"),
        }

    def depends(self, snapshot: BoardSnapshot) -> tuple[Any, ...]:
        return (snapshot.version, tuple(self.controller.queue))

    def payload(self, snapshot: BoardSnapshot) -> Payload:
        strips = [strip(lane) for lane in snapshot.lanes]
        busiest = max((often for one in strips for _, often in one.exits), default=1)
        return {
            "sub": t(view.unit(snapshot)),
            "lanes": [_lane(snapshot, lane) for lane in snapshot.lanes],
            "strips": [_strip(one, strips, busiest) for one in strips],
            "strip_hint": t(_strip_words(strips)),
            "rows": [
                {
                    "id": row.id,
                    "name": t(row.name),
                    "what": t(row.what),
                    "kind": row.kind.value,
                    "cells": [
                        [cell(text), -1 if value is None else value / (row.most or 1)]
                        for text, value in zip(row.texts, row.values, strict=True)
                    ],
                }
                for row in view.count_rows(snapshot)
            ],
            "state": [_verdict(view.equality(snapshot, lane)) for lane in snapshot.lanes],
            "laws": [
                {
                    "name": t(view.LAW_NAMES[name]),
                    "text": t(view.LAW_TEXTS[name]),
                    "cells": [_verdict(view.law(snapshot, lane, name)) for lane in snapshot.lanes],
                }
                for name in LAWS
            ],
            "waiting": list(self.controller.queue),
        }

    def table(self, snapshot: BoardSnapshot) -> Table:
        return view.table(snapshot)

    def act(self, message: Mapping[str, Any]) -> None:
        name = name_in(message.get("technique"))
        match message.get("command"):
            case "judge" if name in TECHNIQUES:
                self.controller.judge(name)
            case "judge_all":
                self.controller.judge()


def _lane(snapshot: BoardSnapshot, lane: LaneRow) -> Payload:
    return {
        "id": lane.technique.name,
        "title": t(described(lane.technique.title)),
        "base": lane.technique.name == BARE,
        "standing": lane.standing.value,
        "said": t(view.standing(lane)),
        "real": t(view.real(lane)),
        "position": "" if lane.standing is Standing.ABSENT else f"#{lane.position:,}",
        "link": _lab(snapshot, lane),
        "judged": lane.technique.name in snapshot.judged,
    }


def _lab(snapshot: BoardSnapshot, lane: LaneRow) -> str:
    """What stands behind the workbench's address for this lane's position; empty where there is no
    lane."""
    if lane.standing is Standing.ABSENT:
        return ""
    link = fragment.Link(
        guest=snapshot.goal.guest,
        technique=lane.technique.name,
        ram=f"{RAM_BYTES // MIB}M",
        append=lane.append,
        position=lane.position or None,
    )
    return fragment.build(link)


def _strip(one: Strip, strips: list[Strip], busiest: int) -> Payload:
    """In thousandths of the longest strip."""
    scale = 1000 / max(1, *(other.length for other in strips))
    return {
        "pieces": [
            [piece.owner, round(piece.first * scale, 2), round(piece.insns * scale, 2),
             round(piece.share, 3)]
            for piece in one.pieces
        ],
        "exits": [[round(at * scale, 2), round(often / busiest, 3)] for at, often in one.exits],
        "length": round(one.length * scale, 2),
        "said": t("{n} instructions, {exits} exits", n=f"{one.length:,}",
                  exits=f"{one.exits_total:,}") if one.length else "",
    }  # fmt: skip


def _strip_words(strips: list[Strip]) -> Phrase:
    if any(one.one_operation for one in strips):
        return Phrase("one operation, in guest instructions, same scale; each exit is a mark")
    return Phrase(
        "the whole run, in guest instructions, same scale; marks as high as exits are many"
    )


def _verdict(found: view.VerdictCell) -> list[Any]:
    """[mark, word, line, evidence]; names of states and commands are data."""
    return [
        found.mark.value,
        t(found.word),
        visible(t(found.line)) if found.line else "",
        [[t(name), visible(cell(value)) if isinstance(value, str) and "\n" not in value
          else cell(value)] for name, value in found.evidence],
    ]  # fmt: skip
