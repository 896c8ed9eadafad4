"""What the page-region translator (T2) has made, as pictures and statistics see it.

Records only: `translator` makes them, and an engine without T2 has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vmlab.derive.t2.facts import Region


class Change(Enum):
    """What happened to a translation."""

    TRANSLATED = "translated"
    """A page was printed as WebAssembly and compiled."""
    LINKED = "linked"
    """Code that was there already serves again: the page came back as it was."""
    DROPPED = "dropped"
    RECYCLED = "recycled"
    """All code was given back: it had reached its bound. The page is that of the last request."""


class Why(Enum):
    """Why it happened."""

    HOT = "hot"
    """Jumps came there often enough."""
    MORE_ENTRIES = "more entries"
    """Jumps came often to places of a translated page that were no entries of its translation."""
    SAME_CONTENT = "same content"
    WRITTEN = "written"
    """The guest, a device or a monitor wrote into the translated instructions."""
    OUTSIDE = "outside"
    """The page was set from outside: a step back, a keyframe, a debugger, another engine."""
    BREAKPOINT = "breakpoint"
    """A breakpoint came or went in the page."""
    SLOT_TAKEN = "slot taken"
    """Another page took its place in the cache of decoded code."""
    FULL = "full"
    """The bound of compiled code was reached."""


@dataclass(frozen=True, slots=True)
class TranslationEvent:
    """One change, when `retired` instructions had retired. `page` is a page of RAM from its
    start."""

    retired: int
    change: Change
    page: int
    why: Why


@dataclass(frozen=True, slots=True)
class Translated:
    """One translated page of RAM. Dropped ones are kept for a while: `live` is False then, and
    `why` says why."""

    page: int
    region: Region
    address: int
    """Where the hart found the page when it became hot: a virtual address."""
    index: int
    """Its number in T1's table of regions; 0: it has none any more."""
    runs: int
    """How often T1 has gone into a translation of the page, into those before it too."""
    heat: tuple[tuple[int, int], ...]
    """(offset in the page, jumps that came there) as T1 has counted, hottest first."""
    generate_seconds: float
    compile_seconds: float
    wasm_bytes: int
    live: bool
    why: Why


@dataclass(frozen=True, slots=True)
class TranslationCounters:
    """What T2 has done since the engine was made; measured."""

    units_translated: int = 0
    units_executed: int = 0
    """Times that T1 has gone into a region."""
    chain_hits: int = 0
    """Of those, the times that it came from another region with no instruction in between."""
    invalidated: int = 0
    recycles: int = 0
    """Times that all code was given back, for there was as much as there may be."""
    code_bytes: int = 0
    """WebAssembly bytes that are compiled now."""
    machine_bytes: int = 0
    """What these take of the host's memory, compiled; 0 where the host does not tell."""
