"""Where we are and what the session is doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.views import status
from vmlab.views.table import Table


class StatusLine(Widget):
    """The position, how far the recording goes, and one sentence with a mark of its own."""

    kind: ClassVar[str] = "status"
    doc: ClassVar[str] = "workbench#status"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {"engine": t("Engine")}

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (status.row(snapshot),)

    def payload(self, snapshot: Snapshot) -> Payload:
        row = status.row(snapshot)
        sentence = t(row.sentence)
        if row.look is status.Look.RUNNING and row.ips:
            sentence = t("{sentence}, {ips}/s", sentence=sentence, ips=f"{row.ips:,.0f}")
        ahead = row.recorded > row.position
        return {
            "position": f"#{row.position:,}",
            "of": t("of {n} recorded", n=f"{row.recorded:,}") if ahead else "",
            "look": row.look.value,
            "sentence": sentence,
            "engine": row.engine.upper(),
            "engine_hint": t(row.engine_hint),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return status.table(status.row(snapshot))
