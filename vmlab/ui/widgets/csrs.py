"""The table of decoded control and status registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from vmlab.isa.csrs import CSRS
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.registers import changed_words
from vmlab.views import csrs
from vmlab.views.csrs import CsrRow
from vmlab.views.table import Table

_IN_WORDS = ("mcause", "scause", "mtvec", "stvec", "satp", "medeleg")
"""Registers whose meaning says all that their digits say, and more readably."""


def _row(row: CsrRow) -> list[Any]:
    return [
        row.name,
        row.level,
        f"{row.value:016x}",
        "" if row.was is None else f"{row.was:016x}",
        t(row.meaning) if row.meaning else "",
        [[field.name, field.text, int(field.changed)] for field in row.fields],
    ]


class Csrs(Widget):
    """The CSRs that traps and paging turn on; all of them on request."""

    everything = param.Boolean(default=False, doc="Show every CSR, not only the usual ones.")

    kind: ClassVar[str] = "csrs"

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Control and status registers")),
            "was": t("was"),
            "changed": t("changed"),
            "worded": _IN_WORDS,
            "numbers": {
                name: t("{doc}, CSR {number}", doc=t(csr.doc), number=f"{csr.number:#05x}")
                for name, csr in CSRS.items()
            },
            "meanings": {
                name: {field.name: t(field.meaning) for field in csr.fields if field.meaning}
                for name, csr in CSRS.items()
                if name in csrs.FIRST
            },
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        before = snapshot.before
        # Counters move with every instruction: only compare what is shown.
        shown = list(snapshot.now.csrs) if self.everything else csrs.FIRST
        return (
            [snapshot.now.csrs.get(name) for name in shown],
            before and [before.csrs.get(name) for name in shown],
            self.everything,
        )

    def _rows(self, snapshot: Snapshot) -> tuple[CsrRow, ...]:
        return csrs.rows(snapshot, only_first=not self.everything)

    def payload(self, snapshot: Snapshot) -> Payload:
        rows = self._rows(snapshot)
        return {
            "rows": [_row(row) for row in rows],
            "sub": changed_words(sum(row.changed for row in rows)),
            "all": self.everything,
            "all_label": t("All {n}", n=len(snapshot.now.csrs)),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return csrs.table(self._rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        if message.get("command") == "all":
            self.everything = message.get("on") is True
            self.controller.changed()
