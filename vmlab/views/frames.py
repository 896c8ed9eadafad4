"""Memory as a map: each cell some pages in a row, in the colour of whoever they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.session.frames import FrameRun, Use
from vmlab.views.address_map import size_words
from vmlab.views.names import short_hex
from vmlab.views.phrase import Phrase, say
from vmlab.views.table import Table

COLUMNS: Final = 32
MOST_CELLS: Final = 512
MOST_LINES: Final = 400


@dataclass(frozen=True, slots=True)
class Owner:
    """How a use is drawn: in whose colour (U, S, V, HW; of nobody if free), letter, words."""

    mark: str
    letter: str
    name: Phrase


OWNERS: Final[Mapping[Use, Owner]] = MappingProxyType({
    Use.USER: Owner("U", "U", Phrase("user: the present satp gives it to U")),
    Use.KERNEL: Owner("S", "K", Phrase("kernel: loaded with the image")),
    Use.DATA: Owner("S", "k", Phrase("written since: the kernel's, or another process's")),
    Use.TABLES: Owner("S", "T", Phrase("page tables of the guest")),
    Use.MONITOR: Owner("V", "V", Phrase("the monitor's own")),
    Use.MONITOR_TABLES: Owner("V", "S", Phrase("tables that the monitor made")),
    Use.FIRMWARE: Owner("HW", "M", Phrase("firmware, in M")),
    Use.TREE: Owner("HW", "D", Phrase("the device tree")),
    Use.OTHER: Owner("HW", "o", Phrase("shared, or another guest's")),
    Use.FREE: Owner("", "", Phrase("free: never written")),
})  # fmt: skip
"""In the order of the legend."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Pages in a row from `first` on: what most of those in use are used for, and how many."""

    first: int
    use: Use
    pages: int
    mixed: bool = False
    """Others are used for something else."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Memory from `first` to before `end`, cell by cell; a long free one has no cells."""

    first: int
    end: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class FramePicture:
    """A range of memory; `counts` are pages by use, in this range."""

    first: int
    last: int
    cell_bytes: int
    stretches: tuple[Stretch, ...]
    counts: tuple[tuple[Use, int], ...]
    whole: tuple[int, int]


def picture(runs: Sequence[FrameRun], first: int | None = None, size: int = 0) -> FramePicture:
    """The range of `size` bytes from `first` on (nothing said: all), in at most `MOST_CELLS`. Free
    memory that would take more than two lines is one stretch."""
    low, high = runs[0].first, runs[-1].last + 1
    start = low if first is None else min(max(first, low), high - PAGE_SIZE_BYTES)
    end = high if not size else min(high, start + size)
    inside = [
        FrameRun(max(run.first, start), min(run.last, end - 1), run.use)
        for run in runs
        if run.last >= start and run.first < end
    ]
    cell = PAGE_SIZE_BYTES
    while True:
        spans = _spans(inside, 2 * COLUMNS * cell)
        if sum(-(-(b - a) // cell) for a, b, free in spans if not free) <= MOST_CELLS:
            break
        cell *= 2
    totals: dict[Use, int] = dict.fromkeys(OWNERS, 0)
    for run in inside:
        totals[run.use] += (run.last + 1 - run.first) // PAGE_SIZE_BYTES
    stretches = tuple(
        Stretch(a, b, () if free else tuple(_cells(inside, a, b, cell))) for a, b, free in spans
    )
    counted = tuple((use, pages) for use, pages in totals.items() if pages)
    return FramePicture(start, end - 1, cell, stretches, counted, (low, high - 1))


def _spans(runs: Sequence[FrameRun], gap_bytes: int) -> list[tuple[int, int, bool]]:
    """(first, end, is it free and that long), in order."""
    found: list[tuple[int, int, bool]] = []
    for run in runs:
        free = run.use is Use.FREE and run.last + 1 - run.first > gap_bytes
        if found and not free and not found[-1][2]:
            found[-1] = (found[-1][0], run.last + 1, False)
        else:
            found.append((run.first, run.last + 1, free))
    return found


def _cells(runs: Sequence[FrameRun], start: int, end: int, cell: int) -> Iterator[Cell]:
    at = 0
    for base in range(start, end, cell):
        stop, counts = min(base + cell, end), dict[Use, int]()
        while runs[at].last < base:
            at += 1
        for run in runs[at:]:
            if run.first >= stop:
                break
            overlap = min(run.last + 1, stop) - max(run.first, base)
            counts[run.use] = counts.get(run.use, 0) + overlap // PAGE_SIZE_BYTES
        if len(counts) > 1:
            counts.pop(Use.FREE, None)
        most = max(counts, key=lambda use: counts[use])
        yield Cell(base, most, counts[most], len(counts) > 1)


def summary(shown: FramePicture) -> Phrase:
    """Which range is shown, and what a cell is."""
    return say(
        "{first} to {last}, {size}; a cell is {cell}",
        first=short_hex(shown.first), last=short_hex(shown.last),
        size=size_words(shown.last - shown.first + 1), cell=size_words(shown.cell_bytes),
    )  # fmt: skip


def free_words(stretch: Stretch) -> Phrase:
    """What a stretch without cells is."""
    return say(
        "{first} to {last}: free, {size}", first=short_hex(stretch.first),
        last=short_hex(stretch.end - 1), size=size_words(stretch.end - stretch.first),
    )  # fmt: skip


def lines(runs: Sequence[FrameRun], shown: FramePicture) -> tuple[FrameRun, ...]:
    """The runs of the range, at most `MOST_LINES`."""
    inside = [run for run in runs if run.last >= shown.first and run.first <= shown.last]
    return tuple(inside[:MOST_LINES])


def table(runs: Sequence[FrameRun]) -> Table:
    """These runs, a line each."""
    return Table(
        Phrase("What each page is used for"),
        (Phrase("First"), Phrase("Last"), Phrase("Size"), Phrase("Letter"), Phrase("What")),
        tuple(
            (
                short_hex(run.first), short_hex(run.last), size_words(run.last - run.first + 1),
                OWNERS[run.use].letter, OWNERS[run.use].name,
            )
            for run in runs
        ),
        Phrase("No memory."),
    )  # fmt: skip
