"""The Now line: who runs, what comes next, what will happen and the bit that decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.views import now
from vmlab.views.table import Table


class NowLine(Widget):
    """One line above all pictures; silent for screen readers while the guest runs."""

    kind: ClassVar[str] = "now"
    doc: ClassVar[str] = "workbench#now-line"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {"title": t("Now"), "next": t("Next:")}

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (now.row(snapshot), self.controller.drawn, self.controller.running)

    def payload(self, snapshot: Snapshot) -> Payload:
        row = now.row(snapshot)
        drawn = self.controller.drawn
        over = row.outcome is now.Outcome.OVER
        traps = row.outcome is now.Outcome.TRAPS
        sentence = t(row.sentence) if row.sentence else ""
        if not drawn:
            sentence = t("Only counters and console are drawn while the guest runs this fast.")
        return {
            "mode": row.mode.name,
            "short": row.short_mode,
            "owner": t(row.owner),
            "mode_name": t(row.mode_name),
            "instruction": row.instruction if drawn and not over else "",
            "traps": traps and drawn,
            "verdict": t("It will trap.") if traps and drawn else "",
            "sentence": sentence,
            "quiet": self.controller.running,
        }

    def table(self, snapshot: Snapshot) -> Table:
        return now.table(now.row(snapshot))
