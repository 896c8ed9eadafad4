"""The ribbon as a table: the bands of its window, or the shares of its buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vmlab.session.snapshot import Snapshot
from vmlab.views.phrase import Phrase, say
from vmlab.views.ribbon import BandRow, Picture, picture
from vmlab.views.ribbon_track import MONITOR, Lane, Track
from vmlab.views.ribbon_window import Window
from vmlab.views.table import Cell, Table, Translate, render


def table(drawn: Picture) -> Table:
    """The rows of the window."""
    empty = Phrase("Nothing has run yet. Press s for one instruction, r to run.")
    title = Phrase("Who is running?")
    if drawn.buckets:
        return _bucket_table(drawn, title, empty)
    rows = [_band_cells(drawn, row) for row in drawn.bands]
    columns = (
        Phrase("From"),
        Phrase("Instructions"),
        Phrase("Owner"),
        Phrase("Believed mode"),
        Phrase("Real mode"),
        Phrase("Why"),
        Phrase("Where"),
    )
    current = sum(row.happened for row in drawn.bands) - 1
    return Table(title, columns, tuple(rows), empty, current if current >= 0 else None)


def with_bookmarks(shown: Table, positions: Sequence[int]) -> Table:
    """The same table, with a row for each bookmark of the time-travel bar at its end."""
    rest = ("",) * (len(shown.columns) - 3)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"#{position:,}", "", Phrase("bookmark"), *rest) for position in positions
    )
    return replace(shown, rows=shown.rows + rows)


def _band_cells(drawn: Picture, row: BandRow) -> tuple[Cell, ...]:
    lane = drawn.lanes[row.lane] if row.lane >= 0 else None
    why = say("{tag} {why}", tag=row.tag, why=row.why) if row.tag else row.why
    return (
        f"#{row.first:,}",
        f"{row.insns:,}",
        Phrase("not known") if lane is None else lane.name,
        "" if lane is None else lane.believed,
        "" if lane is None else lane.real,
        why,
        row.where,
    )


def _bucket_table(drawn: Picture, title: Phrase, empty: Phrase) -> Table:
    columns = (
        Phrase("From"),
        Phrase("Instructions"),
        *(lane.name for lane in drawn.lanes),
        Phrase("Traps"),
    )
    rows = tuple(
        (
            f"#{bucket.first:,}",
            f"{bucket.total:,}",
            *(_share(drawn, *pair) for pair in zip(drawn.lanes, bucket.shares, strict=True)),
            f"{bucket.traps:,}",
        )
        for bucket in drawn.buckets
    )
    passed = sum(bucket.first <= drawn.position for bucket in drawn.buckets)
    return Table(title, columns, rows, empty, passed - 1 if passed else None)


def _share(drawn: Picture, lane: Lane, share: int) -> str:
    """A monitor's share is as wide as it is drawn: no count."""
    return f"≈{share:,}" if drawn.modelled and lane.actor == MONITOR else f"{share:,}"


def text(snapshot: Snapshot, track: Track, window: Window, translate: Translate = str) -> str:
    """The rows of the window as lines of text."""
    return render(table(picture(snapshot, track, window)), translate)
