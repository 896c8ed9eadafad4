"""Breakpoints and watchpoints as a list that can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from vmlab.session.places import ACCESSES
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.sent import name_in
from vmlab.views import points
from vmlab.views.table import Table

_LONGEST: Final = 400
_LENGTHS: Final = (1, 2, 4, 8, 16, 64, 4096)


class Breakpoints(Widget):
    """All places where runs stop, with conditions and counts; new ones are set here too."""

    kind: ClassVar[str] = "points"
    doc: ClassVar[str] = "workbench#breakpoints"

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Breakpoints")),
            "place": t("Address, symbol or file:line"),
            "condition": t("Condition, such as a0 == 3 && mode == U"),
            "stop": t("What stops"),
            "accesses": [
                ["", t("before it runs")],
                ["write", t("writes")],
                ["read", t("reads")],
                ["both", t("both")],
            ],
            "length": t("Bytes watched"),
            "lengths": list(_LENGTHS),
            "add": t("Add"),
            "on": t("On"),
            "remove": t("Remove"),
            "hits": t("hits: {n}"),
            "passed": t("passed by: {n}"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.points, snapshot.now.pc, snapshot.stop)

    def payload(self, snapshot: Snapshot) -> Payload:
        return {
            "points": [
                [
                    row.where,
                    t(row.kind),
                    row.condition,
                    int(row.enabled),
                    row.hits,
                    row.passed,
                    int(row.here),
                ]
                for row in points.rows(snapshot)
            ],
            "empty": t(points.table(()).empty),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return points.table(points.rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        number = message.get("number")
        place = str(message.get("place", ""))[:_LONGEST]
        condition = str(message.get("condition", ""))[: _LONGEST + 1]
        access = name_in(message.get("access"))
        match message.get("command"):
            case "add" if place.strip() and access in ACCESSES:
                length = message.get("length")
                self.controller.watch_at(place, length if isinstance(length, int) else 8, access)
            case "add" if place.strip():
                self.controller.break_at(place, condition)
            case "enable" if isinstance(number, int):
                self.controller.change_point(number, enabled=message.get("on") is True)
            case "condition" if isinstance(number, int):
                self.controller.change_point(number, condition=condition)
            case "remove" if isinstance(number, int):
                self.controller.remove_point(number)
