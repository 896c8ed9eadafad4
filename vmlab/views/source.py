"""A source file around a line, alone or with the instructions that were made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vmlab.core.units import format_hex
from vmlab.views.code import CodeRow
from vmlab.views.names import short_hex
from vmlab.views.phrase import NOTHING, Phrase
from vmlab.views.table import Table, visible

if TYPE_CHECKING:
    from vmlab.session.sources import Sources

AROUND: Final = 60
"""Lines shown before and after the current one."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A line of a file. `address` is where a breakpoint on it stands, None where nothing was made
    from it. `breakpoint`: none, on, off as 0, 1, 2. `code` is what was made from it, if asked."""

    number: int
    text: str
    address: int | None
    is_next: bool
    breakpoint: int
    code: tuple[CodeRow, ...] = ()

    @property
    def state(self) -> Phrase:
        """What the marks in front of the line say, in words."""
        if self.is_next:
            return Phrase("next, breakpoint") if self.breakpoint == 1 else Phrase("next")
        if self.breakpoint:
            return Phrase("breakpoint") if self.breakpoint == 1 else Phrase("breakpoint, off")
        return NOTHING


def rows(
    sources: Sources, file: str, line: int, points: Mapping[int, bool], code: tuple[CodeRow, ...]
) -> tuple[SourceRow, ...]:
    """The lines around one; `points` says of each breakpoint whether it is on. With instructions
    given, each stands under the line that it was made from."""
    from vmlab.guests.dwarf.info import Place  # comes with the sources

    text = sources.text(file)
    if text is None:
        return ()
    has_code = sources.lines_with_code(file)
    first = max(1, line - AROUND)
    under: dict[int, list[CodeRow]] = {}
    if code:
        spans = sources.spans_of(file)
        for row in code:
            at = next((s for s in spans if s.low <= row.address < s.high), None)
            if at is not None and at.place is not None:
                under.setdefault(at.place.line, []).append(row)
    made = []
    for number in range(first, min(len(text), line + AROUND) + 1):
        starts = sources.starts(Place(file, number)) if number in has_code else ()
        states = [points[at] for at in starts if at in points]
        made.append(
            SourceRow(
                number=number,
                text=visible(text[number - 1].expandtabs(4)),
                address=starts[0] if starts else None,
                is_next=number == line,
                breakpoint=(1 if any(states) else 2) if states else 0,
                code=tuple(under.get(number, ())),
            )
        )
    return tuple(made)


def table(shown: tuple[SourceRow, ...], empty: Phrase) -> Table:
    """The twin of these rows: instructions have their address instead of a line number."""
    cells: list[tuple[Phrase | str, ...]] = []
    current = None
    for row in shown:
        if row.is_next:
            current = len(cells)
        cells.append((row.state, str(row.number), row.text))
        cells += [
            (
                code.state,
                short_hex(code.address),
                f"{format_hex(code.word, code.size_bytes * 2)} {code.mnemonic} {code.operands}",
            )
            for code in row.code
        ]
    return Table(
        Phrase("Source code"),
        (Phrase("State"), Phrase("Line"), Phrase("Text")),
        tuple(cells),
        empty,
        current=current,
    )
