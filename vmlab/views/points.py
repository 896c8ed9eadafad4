"""Breakpoints and watchpoints as rows."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.session.snapshot import Reason, Snapshot
from vmlab.views.memory import watch_words
from vmlab.views.names import Symbols, short_hex
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, visible


@dataclass(frozen=True, slots=True)
class PointRow:
    """One place to stop; `number` names it in commands."""

    number: int
    kind: Phrase
    address: int
    where: str
    condition: str
    enabled: bool
    hits: int
    passed: int
    here: bool
    """The machine stands at this breakpoint, or has just met this watchpoint."""


def rows(snapshot: Snapshot) -> tuple[PointRow, ...]:
    """All of them, in the order in which they were set; breakpoints first."""
    symbols = Symbols(snapshot.symbols)
    stop = snapshot.stop
    hit = stop.hit.watch if stop is not None and stop.hit is not None else None
    made = []
    for number, point in enumerate(snapshot.points):
        watched = point.watch is not None
        met = stop is not None and stop.reason is Reason.WATCHPOINT and hit == point.watch
        made.append(
            PointRow(
                number=number,
                kind=Phrase("breakpoint") if point.watch is None else watch_words(point.watch),
                address=point.address,
                where=symbols.near(point.address) or short_hex(point.address),
                condition="" if point.condition is None else visible(point.condition.text),
                enabled=point.enabled,
                hits=point.hits,
                passed=point.passed,
                here=met if watched else point.enabled and snapshot.now.pc == point.address,
            )
        )
    return tuple(made)


def table(shown: tuple[PointRow, ...]) -> Table:
    """The twin of these rows."""
    return Table(
        Phrase("Breakpoints"),
        (
            Phrase("Kind"),
            Phrase("Place"),
            Phrase("Address"),
            Phrase("Condition"),
            Phrase("State"),
            Phrase("Hits"),
            Phrase("Passed by"),
        ),
        tuple(
            (
                row.kind,
                row.where,
                short_hex(row.address),
                row.condition,
                Phrase("on") if row.enabled else Phrase("off"),
                str(row.hits),
                str(row.passed),
            )
            for row in shown
        ),
        Phrase("No breakpoints yet. Click beside an instruction, or name a place above."),
        current=next((at for at, row in enumerate(shown) if row.here), None),
    )
