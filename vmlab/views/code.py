"""The instructions around pc: labels, the line that is next, the line before, breakpoints."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.core.units import format_hex
from vmlab.session.snapshot import CodeLine, Snapshot
from vmlab.views.names import short_hex
from vmlab.views.phrase import NOTHING, Phrase
from vmlab.views.table import Table, Translate, render, visible


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One instruction. `label` is the symbol that starts here: a picture gives it its own line."""

    address: int
    word: int
    size_bytes: int
    mnemonic: str
    operands: str
    label: str | None
    is_next: bool
    was_last: bool
    """pc stood here at the previous stop."""
    breakpoint: bool

    @property
    def state(self) -> Phrase:
        """What the marks in front of the line say, in words."""
        if self.is_next:
            return Phrase("next, breakpoint") if self.breakpoint else Phrase("next")
        if self.breakpoint:
            return Phrase("breakpoint")
        return Phrase("came from here") if self.was_last else NOTHING


def rows(snapshot: Snapshot, window: tuple[CodeLine, ...] | None = None) -> tuple[CodeRow, ...]:
    """The window around pc, or another one, by address."""
    pc = snapshot.now.pc
    last = snapshot.before.pc if snapshot.before is not None else None
    made = []
    for line in snapshot.code if window is None else window:
        mnemonic, _, operands = line.text.partition(" ")
        made.append(
            CodeRow(
                address=line.address,
                word=line.word,
                size_bytes=line.size_bytes,
                mnemonic=visible(mnemonic),
                operands=visible(operands.strip()),
                label=None if line.label is None else visible(line.label),
                is_next=line.address == pc,
                was_last=line.address == last != pc,
                breakpoint=line.address in snapshot.breakpoints,
            )
        )
    return tuple(made)


def table(code: tuple[CodeRow, ...]) -> Table:
    """The twin of these rows."""
    return Table(
        Phrase("Code"),
        (
            Phrase("State"),
            Phrase("Address"),
            Phrase("Instruction"),
            Phrase("Label"),
            Phrase("Word"),
        ),
        tuple(
            (
                row.state,
                short_hex(row.address),
                f"{row.mnemonic} {row.operands}".rstrip(),
                row.label or "",
                format_hex(row.word, row.size_bytes * 2),
            )
            for row in code
        ),
        Phrase("The next instruction cannot be fetched: a step takes the fault."),
        current=next((at for at, row in enumerate(code) if row.is_next), None),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The code window as lines of text."""
    return render(table(rows(snapshot)), translate)
