"""The console: a guest's bytes as lines of text that are safe to put on any screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from vmlab.session.snapshot import Snapshot
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, Translate, render, visible

KEEP_BYTES: Final = 1 << 15
"""Only the end of a long output is laid out: nobody reads more, and every draw pays for it."""
_TAB: Final = 8
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
"""Colour sequences are dropped: the screens draw one ink. All other escapes are made visible."""
_SPECIAL = re.compile(r"[^\x20-\x7e\u00a1-\u02ff\u0370-\u058f\u3000-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True)
class ConsoleRow:
    """One line of output, without its end; every character is printable."""

    text: str


def _lay_out(line: str) -> str:
    """One line with carriage returns, backspaces and tabs applied, the rest made visible."""
    if _SPECIAL.search(line) is None:
        return line
    cells: list[str] = []
    at = 0
    for char in line:
        if char == "\r":
            at = 0
        elif char == "\b":
            at = max(0, at - 1)
        elif char == "\t":
            stop = at - at % _TAB + _TAB
            cells.extend(" " * (stop - len(cells)))
            at = stop
        else:
            shown = chr(0x2400 + ord(char)) if ord(char) < ord(" ") else visible(char)
            cells[at : at + 1] = [shown]
            at += 1
    return "".join(cells)


def rows(snapshot: Snapshot) -> tuple[ConsoleRow, ...]:
    """The lines; the last one is where the cursor stands (empty after a newline)."""
    data = snapshot.console[-KEEP_BYTES:]
    if not data:
        return ()
    printed = _STYLE.sub("", data.decode("utf-8", "replace"))
    return tuple(ConsoleRow(_lay_out(line.rstrip("\r"))) for line in printed.split("\n"))


def table(lines: tuple[ConsoleRow, ...]) -> Table:
    """The twin of these rows: numbered lines."""
    return Table(
        Phrase("Console"),
        (Phrase("Line"), Phrase("Text")),
        tuple((str(number), line.text) for number, line in enumerate(lines, 1)),
        Phrase("The guest has printed nothing yet."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The console as numbered lines of text."""
    return render(table(rows(snapshot)), translate)
