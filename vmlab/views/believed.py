"""Believed and real: what VS takes for its own CSRs, beside those of HS that bear the same names.

While V = 1, S's names reach VS's CSRs. A guest reads `sstatus` and gets `vsstatus`; the real one is
the hypervisor's, and goes on meaning what HS says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.units import format_hex
from vmlab.isa.csrs import CSRS
from vmlab.session.snapshot import Snapshot
from vmlab.views.csr_meaning import meaning
from vmlab.views.names import Symbols
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, Translate, render

_OF_TRAPS: Final = ("sstatus", "scause", "sepc", "stval", "stvec", "satp")
NAMES: Final = (
    *_OF_TRAPS,
    *(csr.name for csr in CSRS.values() if csr.virtual is not None and csr.name not in _OF_TRAPS),
)
"""Names of S that V = 1 gives another meaning; those that traps and paging turn on first."""


@dataclass(frozen=True, slots=True)
class BelievedRow:
    """One name. `believed` is VS's value, which the CSR `source` holds; `real` is HS's."""

    name: str
    source: str
    believed: int
    real: int
    meaning: Phrase
    """Of what is believed."""
    in_force: bool
    """V = 1 now: an instruction that names it reaches `believed`."""

    @property
    def differs(self) -> bool:
        return self.believed != self.real


def rows(snapshot: Snapshot) -> tuple[BelievedRow, ...]:
    """A row for each such name; none on a machine without the hypervisor extension."""
    now, symbols = snapshot.now.csrs, Symbols(snapshot.symbols)
    made = []
    for name in NAMES:
        source = CSRS[name].virtual
        if source is None or source not in now or name not in now:
            continue
        made.append(
            BelievedRow(
                name, source, now[source], now[name], meaning(source, now[source], symbols),
                snapshot.now.virtual,
            )
        )  # fmt: skip
    return tuple(made)


def table(believed: tuple[BelievedRow, ...]) -> Table:
    """The twin of these rows. `*` marks what a guest believes and is not so."""
    return Table(
        Phrase("Believed and real"),
        (
            Phrase("Name"),
            Phrase("VS believes"),
            Phrase("Meaning"),
            Phrase("Held in"),
            Phrase("Real, of HS"),
        ),
        tuple(
            (
                row.name,
                f"{'* ' if row.differs else ''}{format_hex(row.believed)}",
                row.meaning,
                row.source,
                format_hex(row.real),
            )
            for row in believed
        ),
        Phrase("This machine has no hypervisor extension: what S reads is real."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """Believed and real as lines of text."""
    return render(table(rows(snapshot)), translate)
