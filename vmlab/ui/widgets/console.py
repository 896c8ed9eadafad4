"""The guest's console: what it printed, and a place to type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from vmlab.session.snapshot import Snapshot, Status
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import console
from vmlab.views.phrase import say
from vmlab.views.table import Table

MAX_PASTE_BYTES: Final = 1 << 16
"""A larger paste is a mistake: no guest here reads that much."""


class Console(Widget):
    """Output as safe text; characters typed while it has the focus go to the guest."""

    kind: ClassVar[str] = "console"
    doc: ClassVar[str] = "workbench#console"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Console")),
            "output": t("Output of the guest"),
            "input": t("Type to the guest; Esc leaves the console"),
            "hint": t("typing goes to the guest, Esc leaves"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.console, snapshot.status is Status.WAITING)

    def payload(self, snapshot: Snapshot) -> Payload:
        rows = console.rows(snapshot)
        waiting = snapshot.status is Status.WAITING
        return {
            "text": "\n".join(row.text for row in rows),
            "sub": t("the guest waits for input") if waiting else t("click to type"),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return console.table(console.rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        typed = message.get("text")
        if message.get("command") != "type" or not isinstance(typed, str) or not typed:
            return
        data = typed.encode("utf-8", "replace")
        if len(data) > MAX_PASTE_BYTES:
            self.controller.say(
                say(
                    "Expected at most {limit} pasted bytes, found {n}. Nothing was sent.",
                    limit=f"{MAX_PASTE_BYTES:,}", n=f"{len(data):,}",
                )
            )  # fmt: skip
        else:
            self.controller.send(data)
