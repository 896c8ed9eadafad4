"""The picture of the last page walk: one row a level, and how the walk ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.core.bits import bits
from vmlab.core.events import Access, PteRead, Stage, Walk
from vmlab.core.modes import Mode, mode_name
from vmlab.core.units import PAGE_BITS, format_hex
from vmlab.isa.layouts import PTE
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import ACCESSES, cause_name, short_hex
from vmlab.views.phrase import Phrase, say
from vmlab.views.table import Table, Translate, render
from vmlab.views.walk_grid import Grid, grid
from vmlab.views.walk_grid import table as grid_table
from vmlab.views.walk_reason import FLAGS, LEAF, fault_reason

_INDEX_BITS: Final = 9
_SIZES: Final = ("4 KiB", "2 MiB", "1 GiB", "512 GiB", "256 TiB")


class Kind(Enum):
    """What an entry turned out to be."""

    POINTER = "pointer"
    LEAF = "leaf"
    FAULT = "fault"
    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One level of the tree. `address` and `pte` are None where the walk did not get to."""

    level: int
    index: int
    """VPN[level] of the virtual address: which of the 512 entries."""
    kind: Kind
    address: int | None
    pte: int | None
    flags: tuple[tuple[str, bool], ...]
    note: Phrase


@dataclass(frozen=True, slots=True)
class WalkPicture:
    """One walk: its address split up, its rows from the root down, and its end in words."""

    count: int
    access: Access
    mode: Mode
    va: int
    offset: int
    root: int
    levels: tuple[LevelRow, ...]
    pa: int | None
    cause: int | None
    verdict: Phrase
    reason: Phrase
    virtual: bool = False
    gpa: int | None = None
    """With V = 1, the guest-physical address that the walk ended with."""
    grid: Grid | None = None
    """With V = 1, every read of both stages; `levels` are the VS-stage's."""

    @property
    def short_mode(self) -> str:
        """`M`, `S`, `U`, `VS` or `VU`."""
        return mode_name(self.mode, self.virtual)

    @property
    def verb(self) -> Phrase:
        """What the access was."""
        return ACCESSES[self.access]


def _note(read: PteRead, kind: Kind) -> Phrase:
    if kind is Kind.LEAF:
        return say("R, W or X is set: a leaf, {size} page", size=_SIZES[read.level])
    if kind is Kind.FAULT:
        return Phrase("the walk ends here")
    table = PTE["PPN"].of(read.pte) << PAGE_BITS
    return say("V, no R W X: next table at pa {table}", table=short_hex(table))


def _level(walk: Walk, level: int) -> LevelRow:
    low = PAGE_BITS + _INDEX_BITS * level
    index = bits(walk.va, low + _INDEX_BITS - 1, low)
    own = [read for read in walk.reads if read.stage is not Stage.G]
    read = next((read for read in own if read.level == level), None)
    if read is None:
        return LevelRow(level, index, Kind.NOT_READ, None, None, (), Phrase("not read"))
    if walk.fault is not None and walk.stage is not Stage.G and read is own[-1]:
        kind = Kind.FAULT
    else:
        kind = Kind.LEAF if read.pte & LEAF else Kind.POINTER
    flags = tuple((letter, bool(read.pte & bit)) for letter, bit in FLAGS)
    return LevelRow(level, index, kind, read.address, read.pte, flags, _note(read, kind))


def _composed(walk: Walk) -> Phrase:
    """Step 8: where the bits of the physical address come from."""
    own = [read for read in walk.reads if read.stage is not Stage.G]
    level = own[-1].level if own else 0
    if walk.virtual:
        return say(
            "The VS-stage makes gpa {gpa} of it, the G-stage finds that at pa {pa}. "
            "{count} entries were read.",
            gpa=short_hex(walk.gpa or 0), pa=short_hex(walk.pa or 0), count=len(walk.reads),
        )  # fmt: skip
    return say(
        "Bits {high} to 0 come from the va, the others from the entry of level {level}.",
        high=PAGE_BITS + _INDEX_BITS * level - 1,
        level=level,
    )


def picture(snapshot: Snapshot) -> WalkPicture | None:
    """The last walk, or None when there was none yet."""
    walk = snapshot.walk
    if walk is None:
        return None
    if walk.fault is None:
        verdict = say("{verb} allowed", verb=ACCESSES[walk.access])
        reason = _composed(walk)
    else:
        verdict = say("{name}, cause {cause}", name=cause_name(walk.fault, False), cause=walk.fault)
        csrs = snapshot.now.csrs
        reason = fault_reason(walk, csrs.get("mstatus", 0), csrs.get("vsstatus", 0))
    return WalkPicture(
        walk.count, walk.access, walk.mode, walk.va, bits(walk.va, PAGE_BITS - 1, 0), walk.root,
        tuple(_level(walk, level) for level in reversed(range(walk.levels))),
        walk.pa, walk.fault, verdict, reason, walk.virtual, walk.gpa, grid(walk),
    )  # fmt: skip


def rows(snapshot: Snapshot) -> tuple[LevelRow, ...]:
    """The levels of the last walk, root first; empty when there was none."""
    found = picture(snapshot)
    return () if found is None else found.levels


def table(found: WalkPicture | None) -> Table:
    """The twin of the picture: its title carries the address and the end of the walk."""
    title = Phrase("Last page walk")
    if found is not None:
        title = say(
            "Last page walk: #{count}, {verb} in {mode} at va {va}{to}. {verdict}. {reason}",
            count=f"{found.count:,}",
            verb=found.verb,
            mode=found.short_mode,
            va=short_hex(found.va),
            to="" if found.pa is None else f", pa {short_hex(found.pa)}",
            verdict=found.verdict,
            reason=found.reason,
        )
        if found.grid is not None:
            return grid_table(found.grid, title)
    return Table(
        title,
        (
            Phrase("Level"),
            Phrase("Index"),
            Phrase("Entry at pa"),
            Phrase("Entry"),
            Phrase("Flags"),
            Phrase("What it is"),
        ),
        tuple(
            (
                str(row.level),
                str(row.index),
                "" if row.address is None else short_hex(row.address),
                "" if row.pte is None else format_hex(row.pte),
                " ".join(letter if on else "-" for letter, on in row.flags),
                row.note,
            )
            for row in (found.levels if found is not None else ())
        ),
        Phrase("No page walk yet: translation is off, or the TLB had every answer."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The last walk as lines of text."""
    return render(table(picture(snapshot)), translate)
