"""What a monitor has put in place of the guest's tables, or below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.page_tree import moment
from vmlab.views import shadow
from vmlab.views.names import short_hex
from vmlab.views.shadow import ShadowPicture
from vmlab.views.table import Table


class Shadow(Widget):
    """Shadow table, G-stage or validated tables, page by page, and the last faults."""

    first = param.Integer(default=0, bounds=(0, 1 << 20), doc="The first page that is shown.")
    rows = param.Integer(default=64, bounds=(1, 256), doc="How many pages are shown at a time.")
    faults = param.Integer(default=50, bounds=(1, 256), doc="How many of the last faults.")

    kind: ClassVar[str] = "shadow"
    doc: ClassVar[str] = "workbench#shadow-table"
    on_demand: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Shadow table")),
            "faults": t("The last of them, newest first"),
            "fault_columns": [t("#"), t("va"), t("Why")],
            "pages": t("Pages"),
            "earlier": t("Earlier addresses"),
            "later": t("Later addresses"),
            "go": t("Go to"),
        }

    def _picture(self, snapshot: Snapshot) -> ShadowPicture:
        return shadow.picture(snapshot, self.controller.session.trees(), self.faults)

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        bands = None if snapshot.virtual is None else snapshot.virtual.bands[-1:]
        return (*moment(snapshot), bands, self.first)

    def payload(self, snapshot: Snapshot) -> Payload:
        shown = self._picture(snapshot)
        start = min(self.first, max(0, len(shown.rows) - 1))
        end = min(len(shown.rows), start + self.rows)
        return {
            "title": t(shown.title),
            "columns": [t(column) for column in shown.columns],
            "rows": [
                [
                    short_hex(row.address), t(row.left), t(row.right), row.state.name,
                    t(shadow.STATES[row.state]), t(row.note) if row.note else "",
                ]
                for row in shown.rows[start:end]
            ],
            "range": t("{first} to {last} of {all}", first=start + 1, last=end, all=len(shown.rows))
            if len(shown.rows) > self.rows
            else "",
            "edges": [int(start > 0), int(end < len(shown.rows))],
            "faults": [
                [row.position, int(row.is_true),
                    "" if row.va is None else short_hex(row.va), t(row.why),]
                for row in reversed(shown.faults)
            ],
            "sub": t(shown.summary) if shown.summary else "",
            "instead": "" if shown.rows else t(shown.instead),
        }  # fmt: skip

    def table(self, snapshot: Snapshot) -> Table:
        return shadow.table(self._picture(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"command": "page", "by": -1 | 1 as by}:
                most = len(self._picture(self.controller.snapshot()).rows)
                self.first = min(max(0, self.first + by * self.rows), max(0, most - 1))
                self.controller.changed()
            case {"command": "go", "position": int(position)} if position >= 0:
                self.controller.go_to(position)
