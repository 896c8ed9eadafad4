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
KEEP_BYTES: Final = 1 << 17
"""A terminal that starts anew is given this much of the end: more than it can scroll back to."""


class Console(Widget):
    """A terminal; characters typed while it has the focus go to the guest.

    The page gets the bytes themselves, each once: what came since the last frame, or, where the
    output is no longer the beginning of what it was (a step back, another guest), all of it anew.
    """

    kind: ClassVar[str] = "console"
    doc: ClassVar[str] = "workbench#console"
    live: ClassVar[bool] = True

    def __init__(self, *given: Any, **params: Any) -> None:
        super().__init__(*given, **params)
        self._sent: bytes | None = None
        self._plain = False

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Console")),
            "output": t("Output of the guest"),
            "input": t("Type to the guest; Esc leaves the console"),
            "hint": t("typing goes to the guest, Esc leaves"),
            "reader": t("Screen reader"),
            "reader_hint": t("Read the output aloud, with a screen reader"),
            "too_much": t("Too much output to read aloud; the text twin has all of it."),
            "plain": t("plain text, without a terminal"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.console, snapshot.status is Status.WAITING, self._plain)

    def changes(self, snapshot: Snapshot, full: bool) -> Payload | None:
        if full:
            self._sent = None
        return super().changes(snapshot, full)

    def payload(self, snapshot: Snapshot) -> Payload:
        waiting = snapshot.status is Status.WAITING
        sub = t("the guest waits for input") if waiting else t("click to type")
        if self._plain:
            self._sent = None
            return {"text": "\n".join(row.text for row in console.rows(snapshot)), "sub": sub}
        printed, sent = snapshot.console, self._sent
        goes_on = sent is not None and printed.startswith(sent)
        first = len(sent) if goes_on and sent is not None else 0
        if len(printed) - first > KEEP_BYTES:
            # From the beginning of a line, so that no sequence is cut in two.
            goes_on, first = False, printed.find(b"\n", len(printed) - KEEP_BYTES) + 1
        self._sent = printed
        return {
            "sub": sub,
            "whole": not goes_on,
            "from": first,
            "end": len(printed),
            "bytes": printed[first:].decode("latin-1"),  # one character a byte
        }

    def table(self, snapshot: Snapshot) -> Table:
        return console.table(console.rows(snapshot))

    def receive(self, message: Mapping[str, Any]) -> None:
        """How it is drawn is no command: that works where commands do not."""
        match message:
            case {"command": "again"}:
                self._sent = self._drawn = None
                self.controller.changed()
            case {"command": "plain"}:
                self._plain = True
                self.controller.changed()
            case _:
                super().receive(message)

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
