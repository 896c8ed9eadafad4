"""Exits by reason, measured and modelled apart, and the last of them; a row travels there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import exits
from vmlab.views.names import short_hex
from vmlab.views.table import Table
from vmlab.vmm.common.exits import Reason

_PARTS = 1000


class Exits(Widget):
    """How often the guest left for its monitor, what for, and what that would cost."""

    limit = param.Integer(default=100, bounds=(1, 512), doc="How many of the last exits.")
    only = param.Selector(
        default="", objects=["", *(reason.name for reason in Reason)], doc="One reason, or all."
    )

    kind: ClassVar[str] = "exits"
    doc: ClassVar[str] = "workbench#exits"
    on_demand: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Exits")),
            "reasons": [t("Reason"), t("Exits, measured"), t("≈ cycles, modelled")],
            "columns": [t("#"), t("Reason"), t("Guest pc"), t("Cause"), t("What the monitor did")],
            "measured": t("measured"),
            "modelled": t("modelled"),
            "hint": t("Prices: {preset}", preset=t(exits.PRESET.title)),
            "only": t("Show the exits of this reason only"),
            "go": t("Go to"),
        }

    def _only(self) -> Reason | None:
        return Reason[self.only] if self.only else None

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        real = snapshot.virtual
        counted = None if real is None else (real.technique, tuple(real.exits.items()))
        return (counted, snapshot.position, snapshot.guest, self.only)

    def payload(self, snapshot: Snapshot) -> Payload:
        counted, cycles = exits.total(snapshot)
        return {
            "reasons": [
                [
                    row.reason.name, t(exits.reason_name(row.reason)), f"{row.count:,}",
                    round(_PARTS * row.share), f"≈ {row.cycles:,}", round(_PARTS * row.cost),
                ]
                for row in exits.reasons(snapshot)
            ],
            "rows": [
                [
                    row.position, t(exits.reason_name(row.reason)),
                    row.where or short_hex(row.pc), short_hex(row.pc),
                    t(row.about), t(row.cause), t(row.did),
                    int(row.position in (snapshot.position, snapshot.position - 1)),
                ]
                for row in reversed(exits.last(snapshot, self.limit, self._only()))
            ],
            "only": self.only,
            "sub": t(
                "{n} measured; ≈ {cycles} cycles modelled", n=f"{counted:,}", cycles=f"{cycles:,}"
            )
            if counted
            else "",
            "empty": "" if counted else t(exits.instead(snapshot.virtual)),
        }  # fmt: skip

    def table(self, snapshot: Snapshot) -> Table:
        return exits.table(snapshot, self.limit, self._only())

    def act(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"command": "go", "position": int(position)} if position >= 0:
                self.controller.go_to(position)
            case {"command": "only", "reason": str(name)} if name in Reason.__members__:
                self.only = "" if self.only == name else name
                self.controller.changed()
