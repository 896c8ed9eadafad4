"""The table of decoded control and status registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from vmlab.isa.csrs import CSRS
from vmlab.session.snapshot import Snapshot
from vmlab.session.virtual import VirtualSide
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.registers import changed_words
from vmlab.views import believed, csrs, sides
from vmlab.views.csrs import CsrRow
from vmlab.views.sides import Held
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


def _held(held: Held | None) -> list[Any] | None:
    if held is None:
        return None
    return [
        held.name,
        "",
        f"{held.value:016x}",
        "" if held.was is None else f"{held.was:016x}",
        t(held.meaning) if held.meaning else "",
        [[field.name, field.text, int(field.changed)] for field in held.fields],
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
            "sides": [t("Name"), t("Guest sees"), t("Hart holds")],
            "side_differs": t("what the guest believes is not what is real"),
            "no_real": t("no such register"),
            "kernel": t("Guest's kernel"),
            "hardware": t("Hardware"),
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
            snapshot.virtual and (snapshot.virtual.beside, snapshot.virtual.real_mode),
            snapshot.before_beside,
        )

    def _rows(self, snapshot: Snapshot) -> tuple[CsrRow, ...]:
        return csrs.rows(snapshot, only_first=not self.everything)

    def _others(self, snapshot: Snapshot) -> tuple[CsrRow, ...]:
        """Under a technique: CSRs that stand beside no real one, on request."""
        assert snapshot.virtual is not None
        there = {row.name for row in snapshot.virtual.beside}
        found = self._rows(snapshot) if self.everything else ()
        return tuple(row for row in found if row.name not in there)

    def _beside(self, snapshot: Snapshot, real: VirtualSide) -> Payload:
        """What the guest sees, and what the hart holds."""
        shown = sides.rows(snapshot, not self.everything)
        others = self._others(snapshot)
        changed = sum(
            held is not None and held.was is not None
            for row in shown
            for held in (row.believed, row.real)
        )
        return {
            "guest": None,
            "sides": {
                "owner": "VU" if real.believed_mode == "U" else "VS",
                "thinks": t(sides.thinks(real)),
                "modes": [real.believed_mode, real.real_mode],
                "rows": [
                    [
                        row.name, _held(row.believed), _held(row.real), t(sides.WHOSE[row.whose]),
                        int(row.differs),
                    ]
                    for row in shown
                ],
            },
            "rows": [_row(row) for row in others],
            "sub": changed_words(changed + sum(row.changed for row in others)),
            "all": self.everything,
            "all_label": t("All {n}", n=len(snapshot.now.csrs)),
        }  # fmt: skip

    def payload(self, snapshot: Snapshot) -> Payload:
        if snapshot.virtual is not None:
            return self._beside(snapshot, snapshot.virtual)
        rows = self._rows(snapshot)
        guest = self._guest(snapshot, rows) if csrs.has_guest(snapshot) else None
        drawn_there = set() if guest is None else {row.name for row in rows if row.whose}
        drawn_there |= set(csrs.OF_GUEST) if guest else set()
        return {
            "guest": guest,
            "sides": None,
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
        if snapshot.virtual is None:
            return csrs.table(self._rows(snapshot))
        shown = sides.rows(snapshot, not self.everything)
        return sides.table(snapshot.virtual, shown, self._others(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        if message.get("command") == "all":
            self.everything = message.get("on") is True
            self.controller.changed()
