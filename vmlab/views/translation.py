"""What T2 has translated: its pages with heat and runs, what happened to them, what is counted.

The blocks and the code of one page are `views.translated_code`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vmlab.core.units import PAGE_BITS
from vmlab.engine.translations import Change, TranslationCounters, TranslationEvent, Why
from vmlab.machine import memmap
from vmlab.session.snapshot import Snapshot
from vmlab.session.translations import TranslatedPage, Translations
from vmlab.views.names import Symbols, short_hex
from vmlab.views.phrase import NOTHING, Phrase, heard, say

CHANGES: Final[Mapping[Change, Phrase]] = {
    Change.TRANSLATED: Phrase("translated"),
    Change.LINKED: Phrase("linked again"),
    Change.DROPPED: Phrase("dropped"),
    Change.RECYCLED: Phrase("all code given back"),
}
WHY: Final[Mapping[Why, Phrase]] = {
    Why.HOT: Phrase("jumps came here often enough"),
    Why.MORE_ENTRIES: Phrase("jumps came often to places where it had no entry"),
    Why.SAME_CONTENT: Phrase("the page is as it was when it was translated"),
    Why.WRITTEN: Phrase("something wrote into the translated instructions"),
    Why.OUTSIDE: Phrase("the page was set from outside: a step back, or another engine"),
    Why.BREAKPOINT: Phrase("a breakpoint in the page came or went"),
    Why.SLOT_TAKEN: Phrase("another page took its place among the decoded ones"),
    Why.FULL: Phrase("the bound of compiled code was reached"),
}
COUNTERS: Final[tuple[tuple[str, Phrase], ...]] = (
    ("units_translated", Phrase("Units made")),
    ("units_executed", Phrase("Units entered")),
    ("chain_hits", Phrase("Straight from another unit")),
    ("invalidated", Phrase("Invalidated")),
    ("recycles", Phrase("All code given back")),
    ("code_bytes", Phrase("Bytes of WebAssembly")),
    ("machine_bytes", Phrase("Bytes of machine code")),
)
"""The fields of `TranslationCounters`, in this order, and what they count."""
MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page. `heat` and `ran` are its parts of the largest number of all rows, 0 to 1."""

    page: int
    pa: int
    name: str
    is_live: bool
    is_here: bool
    state: Phrase
    runs: int
    ran: float
    jumps: int
    heat: float
    instructions: int
    blocks: int
    wasm_bytes: int
    made_us: int
    """Host time that it took to print and to compile it: measured."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened to a page."""

    retired: int
    page: int
    name: str
    change: Change
    did: Phrase
    why: Phrase


def name_of(page: TranslatedPage, symbols: Symbols) -> str:
    """What to call a page: the functions of its first and its last translated block."""
    offsets = [block.offset for block in page.made.region.blocks]
    names = [symbols.within(page.address + offset) for offset in (min(offsets), max(offsets))]
    known = list(dict.fromkeys(name for name in names if name))
    return " … ".join(known) or short_hex(page.address)


def rows(snapshot: Snapshot, found: Translations, most: int) -> tuple[PageRow, ...]:
    """The pages that run, the most used first, then those that were dropped."""
    symbols = Symbols(snapshot.symbols)
    jumps = {page.made.page: sum(count for _, count in page.made.heat) for page in found.pages}
    hottest = max(jumps.values(), default=0) or 1
    busiest = max((page.made.runs for page in found.pages), default=0) or 1
    ordered = sorted(
        found.pages, key=lambda page: (not page.made.live, -page.made.runs, page.made.page)
    )
    return tuple(
        PageRow(
            page.made.page, page.pa, name_of(page, symbols), page.made.live,
            page.here is not None, _state(page), page.made.runs, page.made.runs / busiest,
            jumps[page.made.page], jumps[page.made.page] / hottest,
            page.made.region.instructions, len(page.made.region.blocks), page.made.wasm_bytes,
            round((page.made.generate_seconds + page.made.compile_seconds) * MICROSECONDS),
        )
        for page in ordered[:most]
    )  # fmt: skip


def followed(snapshot: Snapshot, found: Translations, asked: int | None) -> TranslatedPage | None:
    """The page of RAM `asked`; else the one that the hart stands in, else the first row."""
    page = None if asked is None else found.page(asked)
    page = page or found.here
    if page is None and found.pages:
        page = found.page(rows(snapshot, found, 1)[0].page)
    return page


def _state(page: TranslatedPage) -> Phrase:
    if not page.made.live:
        return say("dropped: {why}", why=WHY[page.made.why])
    return Phrase("live")


def events(snapshot: Snapshot, found: Translations, most: int) -> tuple[EventRow, ...]:
    """The last events, newest first."""
    symbols = Symbols(snapshot.symbols)
    names = {page.made.page: name_of(page, symbols) for page in found.pages}
    return tuple(_event(one, names) for one in reversed(found.log[-most:]))


def _event(event: TranslationEvent, names: Mapping[int, str]) -> EventRow:
    name = names.get(event.page) or short_hex(memmap.RAM + (event.page << PAGE_BITS))
    return EventRow(
        event.retired, event.page, name, event.change, CHANGES[event.change], WHY[event.why]
    )


def counts(counters: TranslationCounters) -> tuple[tuple[str, Phrase, int], ...]:
    """Each counter: its name in files, what it counts, and how far."""
    return tuple((name, title, getattr(counters, name)) for name, title in COUNTERS)


def summary(found: Translations) -> Phrase:
    """How many pages there are, and how much of them is WebAssembly."""
    if not found.pages:
        return NOTHING
    return say(
        "{live} live, {dropped} dropped",
        live=sum(page.made.live for page in found.pages),
        dropped=sum(not page.made.live for page in found.pages),
    )


def instead(snapshot: Snapshot, found: Translations) -> Phrase:
    """Why there is nothing to see, and what to do about it; empty if there is something."""
    if found.pages:
        return NOTHING
    if snapshot.engine_note is not None:
        return say("Nothing is translated here: {why}.", why=heard(snapshot.engine_note))
    match snapshot.engine_asked:
        case "t0":
            return Phrase(
                "Engine t0 carries the guest out in Python: it writes no WebAssembly. Choose t2 or "
                "auto under Machine, then run on (r)."
            )
        case "t1":
            return Phrase(
                "Engine t1 interprets each instruction again whenever it comes by. Choose t2 or "
                "auto under Machine, then run on (r)."
            )
    if found.counters.units_translated:
        return Phrase(
            "A page is hot and being compiled beside the run. It is linked as soon as that is done "
            "and the guest runs on (r)."
        )
    return Phrase(
        "Nothing is hot yet. A page of code is translated once jumps have come to the same place "
        "in it often enough: let a loop run (r)."
    )
