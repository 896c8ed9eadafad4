"""What blocks know about pages: virtual page -> place, a map for each kind of access and context.

A shadow of the TLB in the arena, never more than it: the kernels' hooks keep it so. A context is
what a translation depends on besides the address (actor, ASID, SUM, MXR, or no translation).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vmlab.core.units import PAGE_BITS
from vmlab.engine.blocks import CodePage
from vmlab.isa.system.tlb import CONTEXT_BITS

MAX_CONTEXTS = 64
CONTEXT_MASK = (1 << CONTEXT_BITS) - 1
"""The bits of `tlb_context` below the epoch."""


@dataclass(slots=True)
class Maps:
    """The pages of one context. `load` and `store` hold what to add to an address to get its
    offset in RAM; `fetch` holds the page's blocks."""

    load: dict[int, int] = field(default_factory=dict)
    store: dict[int, int] = field(default_factory=dict)
    fetch: dict[int, CodePage] = field(default_factory=dict)


class PageCaches:
    """The maps of every context that is in use."""

    def __init__(self) -> None:
        self._contexts: dict[int, Maps] = {}
        self.fetch = self.data = Maps()

    def choose(self, fetch_context: int, data_context: int) -> None:
        """Make these contexts the current ones."""
        if len(self._contexts) > MAX_CONTEXTS:
            self._contexts.clear()
        self.fetch = self._contexts.setdefault(fetch_context, Maps())
        self.data = self._contexts.setdefault(data_context, Maps())

    def drop_page(self, key: int, context: int) -> None:
        """The TLB forgets an entry (`isa.system.tlb`)."""
        maps = self._contexts.get(context & CONTEXT_MASK)
        if maps is not None:
            page = key >> PAGE_BITS
            maps.load.pop(page, None)
            maps.store.pop(page, None)
            maps.fetch.pop(page, None)

    def clear(self) -> None:
        """The TLB forgets everything, or protection has changed."""
        for maps in self._contexts.values():
            maps.load.clear()
            maps.store.clear()
            maps.fetch.clear()

    def clear_stores(self) -> None:
        """Make the next store to each page go the long way, where it is noted as dirty."""
        for maps in self._contexts.values():
            maps.store.clear()

    def drop_store_page(self, offset: int) -> None:
        """Make stores to one page of RAM go the long way: it holds code now."""
        for maps in self._contexts.values():
            gone = [page for page, add in maps.store.items() if (page << PAGE_BITS) + add == offset]
            for page in gone:
                del maps.store[page]
