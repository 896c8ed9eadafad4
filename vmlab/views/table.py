"""The text twin: one plain table that a screen reader, a terminal and a grader can all read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from vmlab.views.phrase import Phrase

Cell = str | Phrase
Translate = Callable[[Cell], str]

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table of strings. `empty` says what would be here, and how to get it."""

    title: Phrase
    columns: tuple[Phrase, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: Phrase
    current: int | None = None
    """The row that a picture would keep in sight."""


def visible(text: str) -> str:
    """`text` with every control, format and unassigned character written out as its code point.

    Names come from files that strangers made: an escape sequence in a symbol must not reach a
    terminal, and a right-to-left override must not turn a line around.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"<U+{ord(char):04X}>" if unicodedata.category(char) in _HIDDEN else char for char in text
    )


def columns_of(text: str) -> int:
    """How many columns a terminal gives `text`: a Chinese character has two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def render(table: Table, translate: Translate = str) -> str:
    """The table as aligned lines of text, its title first."""
    title = translate(table.title)
    if not table.rows:
        return f"{title}\n  {translate(table.empty)}\n"
    lines = [[translate(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(columns_of(line[at]) for line in lines) for at in range(len(table.columns))]
    body = (
        "  "
        + "  ".join(
            cell + " " * (width - columns_of(cell))
            for cell, width in zip(line, widths, strict=True)
        )
        for line in lines
    )
    return title + "\n" + "".join(line.rstrip() + "\n" for line in body)
