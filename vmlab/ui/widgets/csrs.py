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
from vmlab.views import believed, csrs
from vmlab.views.csrs import CsrRow
from vmlab.views.table import Table

_IN_WORDS = (
    "mcause", "scause", "mtvec", "stvec", "satp", "medeleg",
    "hgatp", "hedeleg", "vscause", "vstvec", "vsatp",
)  # fmt: skip
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
    """The CSRs that traps and paging turn on; all of them on request. While there is a guest, V and
    what its hypervisor says come first, then what VS believes beside what is real."""

    everything = param.Boolean(default=False, doc="Show every CSR, not only the usual ones.")

    kind: ClassVar[str] = "csrs"
    doc: ClassVar[str] = "workbench#control-and-status-registers"

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
                if name in csrs.FIRST_WITH_GUEST
            },
            "v": t("the virtualization mode of the hart"),
            "heads": [t("Name"), t("VS believes"), t("Real, of HS")],
            "pairs": t("Believed and real"),
            "reached": t("reached now"),
            "reached_hint": t("An instruction that names it now reaches this column"),
            "differs": t("what VS believes is not what is real"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        before, guest = snapshot.before, csrs.has_guest(snapshot)
        # Counters move with every instruction: only compare what is shown.
        shown = list(snapshot.now.csrs) if self.everything else csrs.shown_at_once(snapshot)
        return (
            [snapshot.now.csrs.get(name) for name in shown],
            before and [before.csrs.get(name) for name in shown],
            self.everything,
            guest and (snapshot.now.virtual, before and before.virtual),
        )

    def _rows(self, snapshot: Snapshot) -> tuple[CsrRow, ...]:
        return csrs.rows(snapshot, only_first=not self.everything)

    def payload(self, snapshot: Snapshot) -> Payload:
        rows = self._rows(snapshot)
        guest = self._guest(snapshot, rows) if csrs.has_guest(snapshot) else None
        drawn_there = set() if guest is None else {row.name for row in rows if row.whose}
        drawn_there |= set(csrs.OF_GUEST) if guest else set()
        return {
            "guest": guest,
            "rows": [_row(row) for row in rows if row.name not in drawn_there],
            "sub": changed_words(sum(row.changed for row in rows)),
            "all": self.everything,
            "all_label": t("All {n}", n=len(snapshot.now.csrs)),
        }

    def _guest(self, snapshot: Snapshot, rows: tuple[CsrRow, ...]) -> Payload:
        """V, what the hypervisor says, and the CSRs that there are twice, by the name of S."""
        made = {row.name: _row(row) for row in rows}
        now, before = snapshot.now.virtual, snapshot.before
        was = now if before is None else before.virtual
        return {
            "v": int(now),
            "v_changed": now != was,
            "world": t(csrs.world(snapshot)),
            "rows": [made[name] for name in csrs.OF_GUEST if name in made],
            "pairs": [
                [row.name, made[row.source], made[row.name], int(row.differs)]
                for row in believed.rows(snapshot)
            ],
        }

    def table(self, snapshot: Snapshot) -> Table:
        return csrs.table(self._rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        if message.get("command") == "all":
            self.everything = message.get("on") is True
            self.controller.changed()
