"""The TLB: each entry with its tags, beside what the tables say of its page now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.modes import mode_name
from vmlab.session.snapshot import Snapshot
from vmlab.session.tlb import TlbEntry
from vmlab.views.names import Symbols, short_hex
from vmlab.views.phrase import Phrase, say
from vmlab.views.table import Table, Translate, render

_SIZES: Final = ("4 KiB", "2 MiB", "1 GiB", "512 GiB", "256 TiB")


@dataclass(frozen=True, slots=True)
class TlbRow:
    """One entry. `state` says whether it still counts, and whether the tables agree."""

    index: int
    va: int
    where: str
    pa: int
    mode: str
    asid: int
    tags: str
    allowed: str
    level: str
    is_alive: bool
    is_next: bool
    state: Phrase


def rows(
    snapshot: Snapshot, entries: Sequence[TlbEntry], only_alive: bool = True
) -> tuple[TlbRow, ...]:
    """By place; those that a flush has killed only if asked for."""
    symbols = Symbols(snapshot.symbols)
    return tuple(
        _row(entry, symbols) for entry in entries if not (only_alive and entry.flushes_ago)
    )


def _row(entry: TlbEntry, symbols: Symbols) -> TlbRow:
    flags = [name for name, on in (("SUM", entry.sum), ("MXR", entry.mxr)) if on]
    tags = " ".join([entry.format, *flags])
    level = "" if entry.level is None else f"{entry.level}, {_SIZES[entry.level]}"
    return TlbRow(
        entry.index, entry.va, symbols.near(entry.va) or "", entry.pa,
        mode_name(entry.mode, entry.virtual), entry.asid, tags, entry.allowed, level,
        not entry.flushes_ago, entry.is_next, _state(entry),
    )  # fmt: skip


def _state(entry: TlbEntry) -> Phrase:
    if entry.flushes_ago:
        return say("dead: {n} flushes ago", n=f"{entry.flushes_ago:,}")
    if entry.is_next:
        return Phrase("the next instruction is fetched through it")
    if entry.agrees is None:
        return Phrase("alive; its tables are not the present ones")
    if entry.agrees:
        return Phrase("alive; the tables agree")
    return Phrase("alive and stale: the tables say otherwise, and nobody has fenced")


def summary(snapshot: Snapshot, entries: Sequence[TlbEntry]) -> Phrase:
    """How many entries there are, and what has been counted."""
    counted = snapshot.counters if snapshot.virtual is None else snapshot.virtual.counters
    return say(
        "{alive} alive, {dead} dead; {misses} misses, {reads} entries of tables read",
        alive=sum(not entry.flushes_ago for entry in entries),
        dead=sum(bool(entry.flushes_ago) for entry in entries),
        misses=f"{counted.get('tlb_misses') or 0:,}",
        reads=f"{counted.get('pte_reads') or 0:,}",
    )


def table(found: Sequence[TlbRow]) -> Table:
    """The twin of these rows."""
    return Table(
        Phrase("TLB"),
        (
            Phrase("Place"), Phrase("va"), Phrase("Where"), Phrase("pa"), Phrase("Mode"),
            Phrase("ASID"), Phrase("Tags"), Phrase("Allows"), Phrase("Level"), Phrase("State"),
        ),
        tuple(
            (
                str(row.index), short_hex(row.va), row.where, short_hex(row.pa), row.mode,
                str(row.asid), row.tags, row.allowed, row.level, row.state,
            )
            for row in found
        ),
        Phrase("The TLB is empty: no address has been translated yet."),
        next((at for at, row in enumerate(found) if row.is_next), None),
    )  # fmt: skip


def text(snapshot: Snapshot, entries: Sequence[TlbEntry], translate: Translate = str) -> str:
    """The TLB as lines of text."""
    return render(table(rows(snapshot, entries)), translate)
