"""The integer registers and pc, with what changed since the previous stop."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.core.units import format_hex
from vmlab.isa.registers import ABI_NAMES
from vmlab.session.snapshot import Snapshot
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, Translate, render


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One register. `was` is its value at the previous stop when it changed, else None."""

    number: str
    name: str
    value: int
    was: int | None

    @property
    def changed(self) -> bool:
        """Whether the value differs from the one at the previous stop."""
        return self.was is not None


def rows(snapshot: Snapshot) -> tuple[RegisterRow, ...]:
    """pc first, then x0 to x31."""
    now, before = snapshot.now, snapshot.before
    values = (now.pc, *now.x)
    old = values if before is None else (before.pc, *before.x)
    numbers = ("pc", *(f"x{index}" for index in range(len(now.x))))
    names = ("pc", *ABI_NAMES)
    return tuple(
        RegisterRow(number, name, value, None if value == was else was)
        for number, name, value, was in zip(numbers, names, values, old, strict=True)
    )


def table(registers: tuple[RegisterRow, ...]) -> Table:
    """The twin of these rows. `*` stands for the changed mark of the picture."""
    return Table(
        Phrase("Registers"),
        (Phrase("Register"), Phrase("Name"), Phrase("Value"), Phrase("Changed from")),
        tuple(
            (
                row.number,
                row.name,
                format_hex(row.value),
                "" if row.was is None else f"* {format_hex(row.was)}",
            )
            for row in registers
        ),
        Phrase("No registers."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The registers as lines of text."""
    return render(table(rows(snapshot)), translate)
