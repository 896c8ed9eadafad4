"""The TLB, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.page_tree import moment
from vmlab.views import tlb
from vmlab.views.names import GUEST_OWNERS, OWNERS, short_hex
from vmlab.views.table import Table


class Tlb(Widget):
    """What the hart that translates remembers of its walks, with its tags."""

    everything = param.Boolean(default=False, doc="Show dead entries too: a flush ended them.")

    kind: ClassVar[str] = "tlb"
    doc: ClassVar[str] = "workbench#tlb"
    on_demand: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("TLB")),
            "columns": [
                t("Place"), t("va"), t("pa"), t("Mode"), t("ASID"), t("Allows"), t("Level"),
                t("State"),
            ],
            "all": t("Dead ones too"),
            "owners": {mode.name: t(owner) for mode, owner in OWNERS.items()}
            | {f"V{mode.name}": t(owner) for mode, owner in GUEST_OWNERS.items()},
        }  # fmt: skip

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (*moment(snapshot), self.everything)

    def payload(self, snapshot: Snapshot) -> Payload:
        entries = self.controller.session.tlb()
        return {
            "rows": [
                [
                    row.index, short_hex(row.va), row.where, short_hex(row.pa), row.mode,
                    row.asid, row.tags, row.allowed, row.level, int(row.is_alive),
                    int(row.is_next), t(row.state),
                ]
                for row in tlb.rows(snapshot, entries, not self.everything)
            ],
            "sub": t(tlb.summary(snapshot, entries)),
            "all": self.everything,
            "empty": t(tlb.table(()).empty),
        }  # fmt: skip

    def table(self, snapshot: Snapshot) -> Table:
        entries = self.controller.session.tlb()
        return tlb.table(tlb.rows(snapshot, entries, not self.everything))

    def act(self, message: Mapping[str, Any]) -> None:
        if message.get("command") == "all":
            self.everything = message.get("on") is True
            self.controller.changed()
