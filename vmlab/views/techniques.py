"""The techniques as a table: what each is, and which laws it promises to keep."""

from __future__ import annotations

from vmlab.views.phrase import Phrase
from vmlab.views.table import Table
from vmlab.vmm.techniques import TECHNIQUES


def techniques() -> Table:
    """A row a technique."""
    rows = [
        (
            row.name,
            row.title,
            row.promise.equivalence.value,
            row.promise.control.value,
            row.promise.efficiency.value,
        )
        for row in TECHNIQUES.values()
    ]
    columns = (
        Phrase("Technique"),
        Phrase("What it is"),
        Phrase("Equivalence"),
        Phrase("Control"),
        Phrase("Efficiency"),
    )
    return Table(
        Phrase("Techniques"),
        columns,
        tuple(rows),
        Phrase("None"),
    )
