"""The code panel: instructions, the source that they were made from, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import param

from vmlab.core.errors import VmlabError
from vmlab.core.modes import Mode
from vmlab.core.units import format_hex
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.sent import address_in
from vmlab.views import code, source
from vmlab.views.code import CodeRow
from vmlab.views.phrase import NOTHING, Phrase, heard, say
from vmlab.views.source import SourceRow
from vmlab.views.table import Table, visible

KINDS: Final = ("code", "source", "both")
STEPS: Final = ("line", "over_line", "over", "finish")


def _line(row: CodeRow) -> list[str | int]:
    return [
        f"{row.address:016x}",
        format_hex(row.word, row.size_bytes * 2),
        row.mnemonic,
        row.operands,
        int(row.is_next),
        int(row.was_last),
        int(row.breakpoint),
    ]


class Code(Widget):
    """Instructions around pc with labels, the source that they were made from, breakpoints."""

    show = param.Selector(
        default="code", objects=list(KINDS), doc="Instructions, their source, or both."
    )

    kind: ClassVar[str] = "code"
    doc: ClassVar[str] = "workbench#code"

    def __init__(self, controller: Any, **params: Any) -> None:
        super().__init__(controller, **params)
        self._at: tuple[int, tuple[int, int], Mode] | None = None
        """What is looked at instead of pc: its address, since which moment, in which mode."""

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Code")),
            "set": t("Set a breakpoint at"),
            "clear": t("Clear the breakpoint at"),
            "line": t("line"),
            "next": t("next"),
            "last": t("came from here"),
            "show": t("Show"),
            "kinds": [
                ["code", t("Assembly")],
                ["source", t("Source code")],
                ["both", t("Both")],
            ],
            "find": t("Go to a symbol or an address (g)"),
            "here": t("Back to pc"),
            "steps": [
                ["line", t("Line"), t("Step to the next line (n)")],
                ["over_line", t("Over"), t("Step to the next line, over calls (o)")],
                ["finish", t("Finish"), t("Run until this function returns (f)")],
            ],
        }

    def look(self, address: int, mode: Mode) -> None:
        """Show the code at an address until the machine moves: another panel asks for it."""
        self._at = (address, self._moment(self.controller.snapshot()), mode)
        self.controller.changed()

    def _moment(self, snapshot: Snapshot) -> tuple[int, int]:
        """What is another one when the machine has moved; a breakpoint does not move it."""
        return id(self.controller.session), snapshot.steps

    def _place(self, snapshot: Snapshot) -> tuple[int, Mode]:
        if self._at is not None and self._at[1] == self._moment(snapshot):
            return self._at[0], self._at[2]
        self._at = None
        return snapshot.now.pc, snapshot.now.mode

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        before = snapshot.before.pc if snapshot.before is not None else None
        place = self._place(snapshot)
        ready = self.show == "code" or self.controller.has_sources
        points = tuple((point.address, point.enabled) for point in snapshot.points)
        shown = (snapshot.code, snapshot.now.pc, before, snapshot.breakpoints, points)
        return (*shown, place, self.show, ready, self.controller.session.version if ready else 0)

    def _rows(self, snapshot: Snapshot) -> tuple[CodeRow, ...]:
        at, _ = self._place(snapshot)
        window = None if at == snapshot.now.pc else self.controller.session.code_at(at)
        return code.rows(snapshot, window)

    def _source(self, snapshot: Snapshot) -> tuple[Phrase, tuple[SourceRow, ...]]:
        """A heading or what is missing, and the rows."""
        if not self.controller.has_sources:
            self.controller.want_sources()
            return Phrase("The sources are being loaded."), ()
        at, mode = self._place(snapshot)
        try:
            sources = self.controller.sources
            place = sources.place(at, mode)
            if place is None:
                why = (
                    heard(sources.trouble)
                    if sources.trouble
                    else Phrase(
                        "Nothing is known of the lines here: the file has no line table for them."
                    )
                )
                return why, ()
            points = {one.address: one.enabled for one in snapshot.points if one.watch is None}
            instructions = self._rows(snapshot) if self.show == "both" else ()
            rows = source.rows(sources, place.file, place.line, points, instructions)
        except VmlabError as error:
            return heard(str(error)), ()
        if not rows:
            return say(
                "This is line {line} of {file}, whose text is not here: drop the file on the page.",
                line=place.line, file=visible(place.file),
            ), ()  # fmt: skip
        return heard(f"{visible(place.file)}:{place.line}"), rows

    def payload(self, snapshot: Snapshot) -> Payload:
        lines: list[list[str | int]] = []
        sub, empty = NOTHING, code.table(()).empty
        if self.show == "code":
            for row in self._rows(snapshot):
                if row.label is not None:
                    lines.append([row.label])
                lines.append(_line(row))
        else:
            said, rows = self._source(snapshot)
            sub, empty = (said, empty) if rows else (NOTHING, said)
            for line in rows:
                address = "" if line.address is None else f"{line.address:x}"
                marks = (int(line.is_next), line.breakpoint)
                lines.append([line.number, line.text, address, *marks])
                lines += map(_line, line.code)
        away = self._place(snapshot)[0] != snapshot.now.pc
        return {
            "lines": lines,
            "sub": t(sub),
            "empty": t(empty),
            "show": self.show,
            "away": f"{self._place(snapshot)[0]:x}" if away else "",
        }

    def table(self, snapshot: Snapshot) -> Table:
        if self.show == "code":
            return code.table(self._rows(snapshot))
        said, rows = self._source(snapshot)
        return source.table(rows, said)

    def act(self, message: Mapping[str, Any]) -> None:
        text = str(message.get("text", ""))
        match message.get("command"):
            case "breakpoint" if (address := address_in(message.get("address"))) is not None:
                self.controller.toggle_breakpoint(address)
            case "line" if self.show != "code":
                self._toggle_line(message.get("line"))
            case "show" if message.get("kind") in KINDS:
                self.show = str(message["kind"])
                self.controller.changed()
            case "find" if text:
                found = self.controller.place_of(text[:200])
                if found is not None:
                    self.look(found, self.controller.snapshot().now.mode)
                self.controller.changed()
            case "here":
                self._at = None
                self.controller.changed()
            case "by" if message.get("kind") in STEPS:
                kind = str(message["kind"])
                is_line = kind == "over" and self.show != "code"
                self.controller.step_by("over_line" if is_line else kind)

    def _toggle_line(self, line: object) -> None:
        _, rows = self._source(self.controller.snapshot())
        row = next((row for row in rows if row.number == line and row.address is not None), None)
        if row is None:
            return
        from vmlab.guests.dwarf.info import Place  # came with the sources

        sources = self.controller.sources
        place = sources.place(*self._place(self.controller.snapshot()))
        self.controller.toggle_line(sources.starts(Place(place.file, row.number)))
