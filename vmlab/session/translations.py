"""What the engine has translated to WebAssembly, as a picture asks for it: with the addresses that
the guest knows its pages by.

A translation is the host's affair. It is no part of the machine's state, so it does not travel
back with the run: what is shown is what this engine has made since it began.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from vmlab.core.bits import align_down
from vmlab.core.events import Access
from vmlab.core.units import PAGE_BITS, PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.engine.api import Engine
from vmlab.engine.translations import Translated, TranslationCounters, TranslationEvent
from vmlab.machine import memmap
from vmlab.session.carrier import Carrier
from vmlab.session.tlb import fetched_pages


@runtime_checkable
class Translating(Protocol):
    """An engine that may translate; T0 does not."""

    def translations(self) -> tuple[Translated, ...]: ...
    def translation_counters(self) -> TranslationCounters: ...
    def translation_log(self) -> tuple[TranslationEvent, ...]: ...


@dataclass(frozen=True, slots=True)
class TranslatedPage:
    """One page of RAM, by what is linked now, else by its last translation."""

    made: Translated
    pa: int
    """Of the memory that there is in fact."""
    address: int
    """Where the hart finds it, as far as its TLB says; else where it did when it became hot."""
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
    if not isinstance(engine, Translating):
        return NOTHING
    counters, log = engine.translation_counters(), engine.translation_log()
    known = engine.translations()
    if not known:
        return Translations((), counters, log)
    here = _page_of(carrier, seen, pc)
    mapped = fetched_pages(carrier.translator())
    pages = []
    for made in known:
        pa = memmap.RAM + (made.page << PAGE_BITS)
        address, offset = mapped.get(pa, made.address), None
        if made.page == here:
            address, offset = align_down(pc, PAGE_SIZE_BYTES), pc & PAGE_OFFSET
        pages.append(TranslatedPage(made, pa, address, offset))
    return Translations(tuple(pages), counters, log)


def _page_of(carrier: Carrier, seen: Engine, pc: int) -> int | None:
    """The page of the memory that there is in fact that the next instruction is fetched from."""
    gpa = seen.peek(align_down(pc, PAGE_SIZE_BYTES), Access.FETCH)
    if gpa is None or gpa < memmap.RAM:
        return None
    return next(iter(carrier.pages_of({gpa - memmap.RAM >> PAGE_BITS})), None)
