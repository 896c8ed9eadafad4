"""The register table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vmlab.isa.registers import ABI_NAMES, FLOAT_NAMES
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import registers
from vmlab.views.registers import RegisterRow
from vmlab.views.table import Table


def changed_words(count: int) -> str:
    """How many values changed since the previous stop."""
    return t("{n} changed", n=count) if count else t("none changed")


def _cell(row: RegisterRow) -> list[str]:
    return [f"{row.value:016x}", "" if row.was is None else f"{row.was:016x}"]


class Registers(Widget):
    """pc and x0 to x31; a changed one has a mark, a bar and its old value. While the floating-point
    unit is on, f0 to f31 stand in a fold."""

    kind: ClassVar[str] = "registers"
    doc: ClassVar[str] = "workbench#registers"

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Registers")),
            "names": list(ABI_NAMES),
            "floats": list(FLOAT_NAMES),
            "fold": t("Floating point"),
            "was": t("was"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        before = snapshot.before
        now = snapshot.now
        return (now.pc, now.x, now.f, before and (before.pc, before.x, before.f))

    def payload(self, snapshot: Snapshot) -> Payload:
        pc, *others = registers.rows(snapshot)
        floats = registers.float_rows(snapshot)
        return {
            "pc": _cell(pc),
            "x": [_cell(row) for row in others],
            "f": [[*_cell(row), row.number_text] for row in floats],
            "sub": changed_words(sum(row.changed for row in (*others, *floats))),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return registers.table((*registers.rows(snapshot), *registers.float_rows(snapshot)))
