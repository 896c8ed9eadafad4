"""The map of the physical address space: RAM with what is in it, and the devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.session.regions import Kind
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import short_hex
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.table import Table, Translate, render, visible

_KINDS: Final = {
    Kind.DEVICE: Phrase("device"),
    Kind.ROM: Phrase("boot ROM"),
    Kind.IMAGE: Phrase("RAM, loaded from {name}"),
    Kind.DEVICE_TREE: Phrase("RAM, device tree"),
    Kind.TABLES: Phrase("RAM, page tables that walks have read"),
    Kind.STACK: Phrase("RAM, the page that sp points into"),
    Kind.FREE: Phrase("RAM"),
}
_UNITS: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region. `marks` says in words which of pc and sp point into it."""

    first: int
    last: int
    kind: Kind
    what: Phrase
    name: str
    size: str
    marks: Phrase


def size_words(size_bytes: int) -> str:
    """A size as people say it; a fraction with one digit."""
    for unit, name in _UNITS:
        if size_bytes >= unit:
            number = size_bytes / unit
            return f"{number:.0f} {name}" if number == int(number) else f"{number:.1f} {name}"
    return f"{size_bytes} B"


def _marks(pc: bool, sp: bool) -> Phrase:
    if pc and sp:
        return Phrase("pc, sp")
    if pc:
        return Phrase("pc")
    return Phrase("sp") if sp else NOTHING


def rows(snapshot: Snapshot) -> tuple[RegionRow, ...]:
    """Regions by address."""
    made = []
    for region in snapshot.regions:
        name = visible(region.name)
        kind = _KINDS[region.kind]
        made.append(
            RegionRow(
                region.first,
                region.last,
                region.kind,
                say(kind.template, name=name) if region.kind is Kind.IMAGE else kind,
                name,
                size_words(region.last - region.first + 1),
                _marks(region.has_pc, region.has_sp),
            )
        )
    return tuple(made)


def table(
    regions: tuple[RegionRow, ...], pages: tuple[tuple[str | Phrase, ...], ...] = ()
) -> Table:
    """The twin of these rows; `pages` are those of `views.frames`, below them."""
    return Table(
        Phrase("Address map"),
        (
            Phrase("First"), Phrase("Last"), Phrase("Size"), Phrase("Name"), Phrase("What"),
            Phrase("Here"),
        ),
        tuple(
            (
                short_hex(row.first), short_hex(row.last), row.size, row.name, row.what, row.marks,
            )
            for row in regions
        )
        + tuple((*page, "") for page in pages),
        Phrase("No machine."),
    )  # fmt: skip


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The map as lines of text."""
    return render(table(rows(snapshot)), translate)
