"""What a monitor's table maps for its guest now, as plain data for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.isa.layouts import PTE

_RIGHTS: Final = tuple((letter.lower(), PTE.mask(letter)) for letter in "RWX")


class TableKind(Enum):
    """What the hart walks in place of, or below, the guest's tables."""

    SHADOW = "shadow"
    GSTAGE = "G-stage"
    VALIDATED = "validated"
    """The guest's own, which the hart walks: the monitor has checked each entry."""
    NONE = "none"
    """Nobody made a table: the guest's own is walked, by the hart or by a program."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page that the monitor's table maps for the guest."""

    address: int
    """What is translated: a virtual address (shadow), a guest-physical one (G-stage)."""
    gpa: int | None
    """The guest-physical page, by the monitor's own map; None if it is none of the guest's RAM, but
    a page that the two share."""
    spa: int
    """The real page behind it."""
    rights: str
    """`rwx`, a dash for each that is not given."""
    size_bytes: int
    traced: bool = False
    """It is one of the guest's tables, kept read-only so that each store to it is seen."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The monitor's table that is in force now."""

    kind: TableKind
    root: int | None = None
    """Real physical address; None while there is no table."""
    pages: int = 0
    """Pages of real memory that the monitor's tables for this guest take, all contexts together."""
    contexts: int = 0
    """Tables that there are: one for each satp, mode, SUM and MXR that the guest was seen with."""
    leaves: tuple[Leaf, ...] = ()
    """By address; the first of them, if there are many."""
    mapped: int = 0
    """How many leaves there are in all."""


NO_TABLES: Final = Tables(TableKind.NONE)


def rights(pte: int) -> str:
    """What a leaf allows, as `rwx`."""
    return "".join(letter if pte & mask else "-" for letter, mask in _RIGHTS)


def first_of(leaves: Iterator[Leaf], most: int) -> tuple[tuple[Leaf, ...], int]:
    """The first leaves, and how many there are in all."""
    kept: list[Leaf] = []
    count = 0
    for leaf in leaves:
        if count < most:
            kept.append(leaf)
        count += 1
    return tuple(kept), count
