"""What the engine has translated to WebAssembly, as a picture asks for it: with the addresses that
the guest knows its pages by.

A translation is the host's affair. It is no part of the machine's state, so it does not travel
back with the run: what is shown is what this engine has made since it began.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vmlab.core.bits import align_down
from vmlab.core.events import Access
from vmlab.core.units import PAGE_BITS, PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.engine.api import Engine
from vmlab.engine.translations import Translated, TranslationCounters, TranslationEvent
from vmlab.machine import memmap
from vmlab.session.carrier import Carrier
from vmlab.session.tlb import fetched_pages


@dataclass(frozen=True, slots=True)
class TranslatedPage:
    """One page of RAM, by the newest of its translations."""

    made: Translated
    pa: int
    """Of the memory that there is in fact."""
    address: int
    """Where the hart finds it, as far as its TLB says; else what the guest calls it."""
    times: int
    """So many translations of this page are known, those that were dropped included."""
    here: int | None
    """The offset of the next instruction, if that is in this page."""


@dataclass(frozen=True, slots=True)
class Translations:
    """Everything that T2 says of itself; nothing where it does not run."""

    pages: tuple[TranslatedPage, ...] = ()
    counters: TranslationCounters = field(default_factory=TranslationCounters)
    log: tuple[TranslationEvent, ...] = ()
    """Oldest first, with the page of RAM that each is about."""

    def page(self, number: int) -> TranslatedPage | None:
        """That of this page of RAM."""
        return next((page for page in self.pages if page.made.page == number), None)

    @property
    def here(self) -> TranslatedPage | None:
        """The one that the hart stands in."""
        return next((page for page in self.pages if page.here is not None), None)


NOTHING: Final = Translations()


def translations(carrier: Carrier, seen: Engine, pc: int) -> Translations:
    """What the engine that is real has translated. `seen` is the guest's, as a session has it."""
    engine = carrier.real_engine
    newest: dict[int, Translated] = {}
    times: dict[int, int] = {}
    for made in engine.translations():
        times[made.page] = times.get(made.page, 0) + 1
        if made.live or made.page not in newest or not newest[made.page].live:
            newest[made.page] = made
    if not newest:
        return Translations((), engine.translation_counters(), tuple(engine.translation_log()))
    here = _page_of(carrier, seen, pc)
    mapped = fetched_pages(carrier.translator())
    pages = []
    for number, made in newest.items():
        pa = memmap.RAM + (number << PAGE_BITS)
        address = mapped.get(pa)
        if number == here:
            address = align_down(pc, PAGE_SIZE_BYTES)
        elif address is None:
            gpa = carrier.gpa(pa)
            address = pa if gpa is None else gpa
        offset = pc & PAGE_OFFSET if number == here else None
        pages.append(TranslatedPage(made, pa, address, times[number], offset))
    return Translations(
        tuple(pages), engine.translation_counters(), tuple(engine.translation_log())
    )


def _page_of(carrier: Carrier, seen: Engine, pc: int) -> int | None:
    """The page of the memory that there is in fact that the next instruction is fetched from."""
    gpa = seen.peek(align_down(pc, PAGE_SIZE_BYTES), Access.FETCH)
    if gpa is None or gpa < memmap.RAM:
        return None
    return next(iter(carrier.pages_of({gpa - memmap.RAM >> PAGE_BITS})), None)
