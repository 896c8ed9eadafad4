"""Memory as a map: each cell some pages in a row, in the colour of whoever they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """How a use is drawn: whose colour and letter (U, K, V, HW, or nothing for free), and words."""

    mark: str
    letter: str
    name: Phrase


OWNERS: Final[Mapping[Use, Owner]] = MappingProxyType({
    Use.USER: Owner("U", "U", Phrase("user: the present satp gives it to U")),
    Use.KERNEL: Owner("K", "K", Phrase("kernel: loaded with the image")),
    Use.DATA: Owner("K", "k", Phrase("written since: the kernel's, or another process's")),
    Use.TABLES: Owner("K", "T", Phrase("page tables of the guest")),
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
    mixed: bool
    """Others are used for something else."""


@dataclass(frozen=True, slots=True)
class FramePicture:
    """A range of memory as cells; `counts` are pages by use, in this range."""

    first: int
    last: int
    cell_bytes: int
    cells: tuple[Cell, ...]
    counts: tuple[tuple[Use, int], ...]
    whole: tuple[int, int]


def picture(runs: Sequence[FrameRun], first: int | None = None, size: int = 0) -> FramePicture:
    """The range of `size` bytes from `first` on (nothing said: all), in at most `MOST_CELLS`."""
    low, high = runs[0].first, runs[-1].last + 1
    start = low if first is None else min(max(first, low), high - PAGE_SIZE_BYTES)
    end = high if not size else min(high, start + size)
    cell = PAGE_SIZE_BYTES
    while (end - start + cell - 1) // cell > MOST_CELLS:
        cell *= 2
    cells: list[Cell] = []
    totals: dict[Use, int] = dict.fromkeys(OWNERS, 0)
    inside = [run for run in runs if run.last >= start and run.first < end]
    at = 0
    for base in range(start, end, cell):
        stop, counts = min(base + cell, end), dict[Use, int]()
        while inside[at].last < base:
            at += 1
        for run in inside[at:]:
            if run.first >= stop:
                break
            overlap = min(run.last + 1, stop) - max(run.first, base)
            counts[run.use] = counts.get(run.use, 0) + overlap // PAGE_SIZE_BYTES
        free = counts.pop(Use.FREE, 0) if len(counts) > 1 else 0
        totals[Use.FREE] += free
        for use, pages in counts.items():
            totals[use] += pages
        most = max(counts, key=lambda use: counts[use])
        cells.append(Cell(base, most, counts[most], len(counts) > 1))
    counted = tuple((use, pages) for use, pages in totals.items() if pages)
    return FramePicture(start, end - 1, cell, tuple(cells), counted, (low, high - 1))


def summary(shown: FramePicture) -> Phrase:
    """Which range is shown, and what a cell is."""
    return say(
        "{first} to {last}, {size}; a cell is {cell}",
        first=short_hex(shown.first), last=short_hex(shown.last),
        size=size_words(shown.last - shown.first + 1), cell=size_words(shown.cell_bytes),
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
