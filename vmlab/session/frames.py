"""What each page of RAM is used for, by what is known of it: a picture's rows, run by run.

Nobody tells us what a page is for. What can be known: what was loaded, which pages are tables,
which pages the present tables give to U, which pages have been written. Where two hold, the first
of `Use` wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.layouts import PTE, TVEC
from vmlab.isa.state import MTVEC, STVEC
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.machine import memmap
from vmlab.machine.platform import Machine
from vmlab.session.regions import Kind, Part
from vmlab.session.tables import Of, Tree, frame_of

Uses = npt.NDArray[np.int8]
"""A `Use` for each page, by its number from RAM's start."""
MOST_LEAVES: Final = 1 << 16
_U: Final = PTE.mask("U")


class Use(IntEnum):
    """What a page is used for."""

    TABLES = 0
    """The guest's page tables: those of the present satp, and those that walks have read."""
    USER = 1
    """The present satp gives it to U."""
    FIRMWARE = 2
    """Loaded; M's trap vector stands in the same piece and S's does not."""
    KERNEL = 3
    """Loaded, and not U's."""
    TREE = 4
    """The device tree."""
    DATA = 5
    """Written since power-on, and nothing of the above: the kernel's, or another process's."""
    FREE = 6
    """Never written, or nobody's."""
    MONITOR = 7
    """The monitor's own."""
    MONITOR_TABLES = 8
    """Tables that the monitor made: shadow or G-stage."""
    OTHER = 9
    """Another virtual machine's, or what the guest and its monitor share."""


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Pages in a row that are used for the same; addresses include both ends."""

    first: int
    last: int
    use: Use


def guest_uses(
    machine: Machine,
    parts: Sequence[Part],
    walked: Iterable[int],
    written: Iterable[int],
    trees: Sequence[Tree],
    gpa: Callable[[int], int | None],
) -> Uses:
    """Of a guest's RAM, by its own counting. `walked` are addresses of tables that walks have read,
    `written` pages of the memory that there is in fact, which `gpa` translates."""
    uses = np.full(machine.platform.ram_bytes >> PAGE_BITS, Use.FREE, np.int8)
    _mark(uses, _pages(map(gpa, written)), Use.DATA)
    words = machine.arena.words
    vectors = [TVEC["BASE"].mask & words[word.slot] for word in (MTVEC, STVEC)]
    for part in parts:
        use = _of_part(part, vectors[0], vectors[1])
        first = part.first - memmap.RAM >> PAGE_BITS
        _mark(uses, range(first, (part.end - 1 - memmap.RAM >> PAGE_BITS) + 1), use)
    own = next((tree for tree in trees if tree.of in (Of.OWN, Of.GUEST, Of.VALIDATED)), None)
    if own is None:
        _mark(uses, _pages(walked), Use.TABLES)
        return uses
    # A validated table names real pages, and is one itself.
    named = gpa if own.of is Of.VALIDATED else _same
    leaves = own.leaves(MOST_LEAVES)[0]
    # Where even the kernel runs in U (paravirt_u), U says nothing.
    told = any(not pte & _U for _, pte, _ in leaves)
    for _, pte, level in leaves:
        if told and pte & _U:
            size = PAGE_SIZE_BYTES << INDEX_BITS * level
            start = frame_of(pte) & -size
            pages = range(start, start + size, PAGE_SIZE_BYTES)
            _mark(uses, _pages(map(named, pages)), Use.USER)
    _mark(uses, _pages(map(named, (*walked, *own.tables()))), Use.TABLES)
    return uses


def _same(address: int) -> int:
    return address


def _pages(addresses: Iterable[int | None]) -> Iterable[int]:
    """Numbers of pages from RAM's start."""
    return (address - memmap.RAM >> PAGE_BITS for address in addresses if address is not None)


def _of_part(part: Part, mtvec: int, stvec: int) -> Use:
    if part.kind is Kind.DEVICE_TREE:
        return Use.TREE
    handles = [part.first <= vector < part.end for vector in (mtvec, stvec)]
    return Use.FIRMWARE if handles == [True, False] else Use.KERNEL


def _mark(uses: Uses, pages: Iterable[int], use: Use) -> None:
    inside = [page for page in pages if 0 <= page < len(uses)]
    uses[inside] = use


def runs(uses: Uses) -> tuple[FrameRun, ...]:
    """Neighbouring pages of one use as one."""
    edges = [0, *(np.flatnonzero(np.diff(uses)) + 1).tolist(), len(uses)]
    return tuple(
        FrameRun(
            memmap.RAM + first * PAGE_SIZE_BYTES,
            memmap.RAM + end * PAGE_SIZE_BYTES - 1,
            Use(int(uses[first])),
        )
        for first, end in pairwise(edges)
    )
