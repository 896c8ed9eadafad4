"""The code list with clickable breakpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vmlab.core.units import format_hex
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.sent import address_in
from vmlab.views import code
from vmlab.views.table import Table


class Code(Widget):
    """Instructions around pc, with labels, the next line and breakpoints."""

    kind: ClassVar[str] = "code"
    doc: ClassVar[str] = "workbench#code"

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Code")),
            "set": t("Set a breakpoint at"),
            "clear": t("Clear the breakpoint at"),
            "next": t("next"),
            "last": t("came from here"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        before = snapshot.before.pc if snapshot.before is not None else None
        return (snapshot.code, snapshot.now.pc, before, snapshot.breakpoints)

    def payload(self, snapshot: Snapshot) -> Payload:
        rows = code.rows(snapshot)
        lines: list[list[str | int]] = []
        for row in rows:
            if row.label is not None:
                lines.append([row.label])
            lines.append(
                [
                    f"{row.address:016x}",
                    format_hex(row.word, row.size_bytes * 2),
                    row.mnemonic,
                    row.operands,
                    int(row.is_next),
                    int(row.was_last),
                    int(row.breakpoint),
                ]
            )
        return {"lines": lines, "sub": "", "empty": t(code.table(()).empty)}

    def table(self, snapshot: Snapshot) -> Table:
        return code.table(code.rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        address = address_in(message.get("address"))
        if message.get("command") == "breakpoint" and address is not None:
            self.controller.toggle_breakpoint(address)
