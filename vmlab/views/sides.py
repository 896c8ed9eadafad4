"""Believed and real under a monitor: what the guest sees of each CSR, beside what the hart holds.

`views.believed` does the same for VS on a machine with the hypervisor extension; here the monitor
is beside the machine, and a technique says which real register stands for the guest's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.units import format_hex
from vmlab.session.snapshot import Snapshot
from vmlab.session.virtual import Beside, VirtualSide, Whose
from vmlab.views.csr_meaning import meaning
from vmlab.views.csrs import CsrRow, FieldRow, fields_of
from vmlab.views.names import Symbols
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.table import Table, Translate, render

FIRST: Final = ("sstatus", "scause", "sepc", "stval", "stvec", "satp", "sie", "sip")
"""Those that traps and paging turn on: shown at once, with what only the monitor has."""
WHOSE: Final = {
    Whose.GUEST: Phrase("the guest's own"),
    Whose.MONITOR: Phrase("the monitor's"),
    Whose.NOBODY: Phrase("none: the guest's is words in the monitor's memory"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A value of a register: what it is called where it stands, and what it was at the previous
    stop if that differs."""

    name: str
    value: int
    was: int | None
    fields: tuple[FieldRow, ...]
    meaning: Phrase


@dataclass(frozen=True, slots=True)
class SideRow:
    """One CSR. `believed` is None for one that the guest does not have, `real` where no real one
    stands for it."""

    name: str
    believed: Held | None
    real: Held | None
    whose: Whose

    @property
    def differs(self) -> bool:
        """Whether the guest believes something that is not so."""
        values = [held.value for held in (self.believed, self.real) if held is not None]
        return len(values) == 2 and values[0] != values[1]


def thinks(real: VirtualSide) -> Phrase:
    """Believed and real mode, in one sentence."""
    user = real.believed_mode == "U"
    if real.believed_mode == real.real_mode:
        if user:
            return say("Guest's user program is in {mode}, and knows it.", mode=real.real_mode)
        return say("Guest kernel is in {mode}, and knows it.", mode=real.real_mode)
    values = {"believed": real.believed_mode, "real": real.real_mode}
    if user:
        return say("Guest's user program thinks {believed}, is {real}.", **values)
    return say("Guest kernel thinks {believed}, is {real}.", **values)


def rows(snapshot: Snapshot, only_first: bool = True) -> tuple[SideRow, ...]:
    """A row for each CSR of S, the usual ones first; none without a technique."""
    if snapshot.virtual is None:
        return ()
    before = {row.name: row for row in snapshot.before_beside}
    symbols = Symbols(snapshot.symbols)
    found = sorted(snapshot.virtual.beside, key=_order)
    if only_first:
        found = [row for row in found if row.name in FIRST or row.believed is None]
    return tuple(_row(row, before.get(row.name, row), symbols) for row in found)


def _order(row: Beside) -> tuple[int, str]:
    return (FIRST.index(row.name) if row.name in FIRST else len(FIRST), row.name)


def _row(row: Beside, was: Beside, symbols: Symbols) -> SideRow:
    return SideRow(
        row.name,
        _held(row.name, row.believed, was.believed, symbols),
        _held(row.real_name, row.real, was.real, symbols),
        row.whose,
    )


def _held(name: str, value: int | None, was: int | None, symbols: Symbols) -> Held | None:
    if value is None:
        return None
    old = value if was is None else was
    said = meaning(name, value, symbols)
    return Held(name, value, None if old == value else old, fields_of(name, value, old), said)


def table(
    real: VirtualSide | None, found: tuple[SideRow, ...], others: tuple[CsrRow, ...] = ()
) -> Table:
    """The twin of these rows, and of CSRs that only the guest has. `!=` marks what the guest
    believes and is not so, `*` what has changed."""
    return Table(
        Phrase("Believed and real") if real is None else say(
            "Believed and real: {modes}", modes=thinks(real)
        ),
        (
            Phrase("Name"), Phrase("Guest sees"), Phrase("Meaning"), Phrase("Hart holds"),
            Phrase("In"), Phrase("Whose"), Phrase("Meaning"),
        ),
        tuple(
            (
                f"{'!= ' if row.differs else ''}{row.name}",
                _digits(row.believed),
                NOTHING if row.believed is None else row.believed.meaning,
                _digits(row.real),
                "" if row.real is None else row.real.name,
                WHOSE[row.whose],
                NOTHING if row.real is None else row.real.meaning,
            )
            for row in found
        )
        + tuple(
            (
                row.name, f"{'* ' if row.changed else ''}{format_hex(row.value)}", row.meaning,
                "", "", NOTHING, NOTHING,
            )
            for row in others
        ),
        Phrase("The guest is alone on its machine: what it sees is so."),
    )  # fmt: skip


def _digits(held: Held | None) -> str:
    if held is None:
        return ""
    return f"{'' if held.was is None else '* '}{format_hex(held.value)}"


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """Believed and real as lines of text."""
    return render(table(snapshot.virtual, rows(snapshot)), translate)
