"""The trap log; a row travels to its moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import param

from vmlab.core.modes import mode_name
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import traps
from vmlab.views.names import GUEST_OWNERS, OWNERS, short_hex
from vmlab.views.table import Table


class Traps(Widget):
    """Traps taken and handlers left, oldest first."""

    limit = param.Integer(
        default=100, bounds=(1, 512), doc="How many of the last entries are drawn."
    )

    kind: ClassVar[str] = "traps"
    doc: ClassVar[str] = "workbench#trap-log"

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Trap log")),
            "columns": [t("#"), t("From, to"), t("Cause"), t("At")],
            "owners": {mode.name: t(owner) for mode, owner in OWNERS.items()}
            | {f"V{mode.name}": t(owner) for mode, owner in GUEST_OWNERS.items()},
            "go": t("Go to"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.traps, snapshot.position)

    def _last(self, snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, traps=snapshot.traps[-self.limit :])

    def payload(self, snapshot: Snapshot) -> Payload:
        return {
            "rows": [
                [
                    row.count,
                    mode_name(row.from_mode, row.from_virtual),
                    mode_name(row.to_mode, row.to_virtual),
                    row.tag,
                    t(row.cause),
                    row.where or short_hex(row.address),
                    short_hex(row.address)
                    + ("" if row.tval is None else f", tval {short_hex(row.tval)}"),
                    int(row.count == snapshot.position),
                ]
                for row in traps.rows(self._last(snapshot))
            ],
            "sub": "",
            "empty": t(traps.table(()).empty),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return traps.table(traps.rows(self._last(snapshot)))

    def act(self, message: Mapping[str, Any]) -> None:
        position = message.get("position")
        if message.get("command") == "go" and isinstance(position, int) and position >= 0:
            self.controller.go_to(position)
