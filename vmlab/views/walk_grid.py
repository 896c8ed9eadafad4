"""The two-stage walk as its grid: a row for each entry of the VS-stage and one for the access
itself, a column for each level of the G-stage, and the entry that the row was for.

Each cell is one read of memory, numbered in the order in which the hart made them: up to
(n+1)(m+1)-1, which is 15 for Sv39 over Sv39x4. Superpages leave cells empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.events import PteRead, Stage, Walk
from vmlab.core.units import PAGE_BITS, format_hex
from vmlab.isa.causes import PAGE_FAULTS
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.views.names import short_hex
from vmlab.views.phrase import Phrase, say
from vmlab.views.table import Table
from vmlab.views.walk_reason import FLAGS, LEAF

_SIZES: Final = ("4 KiB", "2 MiB", "1 GiB", "512 GiB", "256 TiB")


@dataclass(frozen=True, slots=True)
class Cell:
    """One read. `column` counts the G-stage's levels from its root, 0 first; the entry of the
    VS-stage stands behind them."""

    number: int
    stage: Stage
    level: int
    column: int
    translates: int
    """What this stage translates: a guest-physical address, for the VS-stage the virtual one."""
    address: int
    """Physical address of the entry."""
    pte: int
    flags: tuple[tuple[str, bool], ...]
    is_leaf: bool
    refused: bool
    note: Phrase


@dataclass(frozen=True, slots=True)
class GridRow:
    """One guest-physical address, what it is for, and the reads that found where it is."""

    title: Phrase
    gpa: int | None
    """None where the walk did not get to."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The whole walk. `columns` are the G-stage's levels; `planned` is how many reads a walk of
    these formats makes at most."""

    rows: tuple[GridRow, ...]
    columns: int
    planned: int

    @property
    def reads(self) -> int:
        """How many entries were read for this picture."""
        return sum(len(row.cells) for row in self.rows)


def _note(read: PteRead, refused: bool) -> Phrase:
    if refused:
        return Phrase("the walk ends here")
    if read.pte & LEAF:
        return say("a leaf, {size} page", size=_SIZES[read.level])
    table = short_hex(PTE["PPN"].of(read.pte) << PAGE_BITS)
    kind = "gpa" if read.stage is Stage.VS else "pa"
    return say("next table at {kind} {table}", kind=kind, table=table)


def _split(walk: Walk) -> list[list[PteRead]]:
    """The reads of each row. Reads that only ask whether an entry may be written (to set its A
    and D) belong to no cell: their row is over."""
    rows: list[list[PteRead]] = [[]]
    done: set[int | None] = set()
    for read in walk.reads:
        if read.stage is Stage.G and read.of in done:
            continue
        rows[-1].append(read)
        if read.stage is Stage.VS:
            done.add(read.entry)
            rows.append([])
    return rows


def grid(walk: Walk) -> Grid | None:
    """The grid of a walk in two stages; None for others."""
    if not walk.virtual:
        return None
    split = _split(walk)
    own = [read for read in walk.reads if read.stage is Stage.VS]
    refused = _refused(walk, split, own)
    # The VS-stage is over with its leaf: a superpage has no rows for the levels below.
    over = walk.levels == 0 or (bool(own) and bool(own[-1].pte & LEAF) and refused is not own[-1])
    count = len(own) if over else walk.levels
    made, number = [], 1
    for at in range(count + 1):
        is_access = at == count
        reads = split[at] if at < len(split) and (over or not is_access) else []
        cells = tuple(
            _cell(walk, read, number + n, read is refused) for n, read in enumerate(reads)
        )
        number += len(cells)
        level = walk.levels - 1 - at
        title = Phrase("the access") if is_access else say("entry of level {level}", level=level)
        made.append(GridRow(title, walk.gpa if is_access and over else _entry_of(reads), cells))
    planned = (walk.levels + 1) * (walk.guest_levels + 1) - 1
    return Grid(tuple(made), walk.guest_levels, planned)


def _refused(walk: Walk, split: list[list[PteRead]], own: list[PteRead]) -> PteRead | None:
    """The entry that the walk ended on, if it failed on one. Where the G-stage does not let A and D
    of an entry be set, that is the VS-stage's entry."""
    if walk.fault is None:
        return None
    shown = [read for row in split for read in row]
    if walk.stage is Stage.G and split[-1]:
        return split[-1][-1]
    if walk.stage is Stage.G:
        written = (read for read in own if read.entry == walk.gpa)
        return next(written, None) if len(shown) < len(walk.reads) else None
    return own[-1] if own and walk.fault in PAGE_FAULTS else None


def _entry_of(reads: Sequence[PteRead]) -> int | None:
    """The guest-physical address of the entry that a row is for."""
    own = next((read.entry for read in reads if read.stage is Stage.VS), None)
    return own if own is not None else next((read.of for read in reads), None)


def _cell(walk: Walk, read: PteRead, number: int, refused: bool) -> Cell:
    own = read.stage is Stage.VS
    column = walk.guest_levels if own else walk.guest_levels - 1 - read.level
    flags = tuple((letter, bool(read.pte & bit)) for letter, bit in FLAGS)
    return Cell(
        number, read.stage, read.level, column, walk.va if read.of is None else read.of,
        read.address, read.pte, flags, bool(read.pte & LEAF), refused, _note(read, refused),
    )  # fmt: skip


def index_of(cell: Cell, levels: int) -> int:
    """Which entry of its table it is; the G-stage's root has four times the entries."""
    widest = cell.stage is Stage.G and cell.level == levels - 1
    entries = (1 << INDEX_BITS) * (4 if widest else 1)
    return (cell.translates >> PAGE_BITS + INDEX_BITS * cell.level) % entries


def table(found: Grid, title: Phrase) -> Table:
    """The twin of the grid: one line a read, in the order of the reads."""
    lines: list[tuple[str | Phrase, ...]] = []
    for row in found.rows:
        for cell in row.cells:
            lines.append(
                (
                    str(cell.number),
                    "VS" if cell.stage is Stage.VS else "G",
                    str(cell.level),
                    row.title,
                    "" if row.gpa is None else short_hex(row.gpa),
                    short_hex(cell.address),
                    format_hex(cell.pte),
                    " ".join(letter if on else "-" for letter, on in cell.flags),
                    cell.note,
                )
            )
    return Table(
        title,
        (
            Phrase("Read"),
            Phrase("Stage"),
            Phrase("Level"),
            Phrase("For"),
            Phrase("gpa"),
            Phrase("Entry at pa"),
            Phrase("Entry"),
            Phrase("Flags"),
            Phrase("What it is"),
        ),
        tuple(lines),
        Phrase("No entry was read."),
    )
