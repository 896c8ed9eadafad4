"""The trap log: who was interrupted, why, who handles it, and when the handler returned."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.core.events import TrapTaken
from vmlab.core.modes import Mode, mode_name
from vmlab.isa.causes import GUEST_PAGE_FAULTS
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import Symbols, cause_name, cause_tag, short_hex
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.table import Table, Translate, render


@dataclass(frozen=True, slots=True)
class TrapRow:
    """One trap taken, or one return from a handler (`tag` is then empty)."""

    count: int
    from_mode: Mode
    to_mode: Mode
    tag: str
    cause: Phrase
    interrupt: bool
    address: int
    """epc of a trap; where a return goes to."""
    where: str
    """`address` as symbol+offset, or nothing."""
    tval: int | None
    from_virtual: bool = False
    to_virtual: bool = False

    @property
    def between(self) -> str:
        """From which mode to which, as `VS -> S`."""
        source = mode_name(self.from_mode, self.from_virtual)
        return f"{source} -> {mode_name(self.to_mode, self.to_virtual)}"

    @property
    def is_return(self) -> bool:
        """Whether this row is an xRET and not a trap."""
        return not self.tag


def rows(snapshot: Snapshot) -> tuple[TrapRow, ...]:
    """The log up to the position, oldest first."""
    symbols = Symbols(snapshot.symbols)
    made = []
    for event in snapshot.traps:
        if isinstance(event, TrapTaken):
            address, tval = event.epc, event.tval
            tag = cause_tag(event.cause, event.interrupt)
            cause, interrupt = cause_name(event.cause, event.interrupt), event.interrupt
            if event.cause in GUEST_PAGE_FAULTS and not interrupt:
                gpa = short_hex(event.tval2 << 2)
                cause = say("{name} at gpa {gpa}", name=cause, gpa=gpa)
        else:
            address, tval, tag, interrupt = event.pc, None, "", False
            cause = say("return to {mode}", mode=mode_name(event.to_mode, event.to_virtual))
        made.append(
            TrapRow(
                event.count,
                event.from_mode,
                event.to_mode,
                tag,
                cause,
                interrupt,
                address,
                symbols.near(address) or "",
                tval,
                event.from_virtual,
                event.to_virtual,
            )
        )
    return tuple(made)


def table(log: tuple[TrapRow, ...]) -> Table:
    """The twin of these rows."""
    return Table(
        Phrase("Trap log"),
        (
            Phrase("Position"),
            Phrase("From, to"),
            Phrase("Cause"),
            Phrase("What"),
            Phrase("Address"),
            Phrase("Where"),
            Phrase("tval"),
        ),
        tuple(
            (
                f"#{row.count:,}",
                row.between,
                row.tag,
                row.cause,
                short_hex(row.address),
                row.where,
                short_hex(row.tval) if row.tval is not None else NOTHING,
            )
            for row in log
        ),
        Phrase("No traps yet. Press t to run to the first one."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The trap log as lines of text."""
    return render(table(rows(snapshot)), translate)
