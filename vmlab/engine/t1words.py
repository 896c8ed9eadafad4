"""T1's words (`derive.t1.layout`) as Python sees them: one by one by name, and in bulk by numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from vmlab.core.events import EventKind
from vmlab.derive.t1 import layout
from vmlab.derive.t1.layout import ARENA_AT, DIRTY, INVALID, PAGE_HALVES, SLOT_MASK, SLOT_WORDS
from vmlab.derive.t1.numbers import REENTER
from vmlab.engine.sharedarena import SharedArena
from vmlab.isa.lang import Array, Field
from vmlab.trace.batch import RECORD_WORDS, WANTED_BY, Batch, Kind

_TAGS: Final = {layout.FETCH_TAG.name, layout.LOAD_TAG.name, layout.STORE_TAG.name}
_KEPT: Final = {layout.CODE.name, layout.RING.name, layout.HEAT.name, layout.BESIDE.name}


class Words:
    """The block of one machine as 64-bit words."""

    def __init__(self, arena: SharedArena) -> None:
        whole = arena.block.view[: len(arena.block.view) // 8 * 8]
        self.words = whole.cast("Q")
        self._all = np.frombuffer(whole, np.uint64)
        self._pages = self.array(layout.PAGES)[: arena.ram_bytes >> 12]
        self._code = self.array(layout.CODE)
        self._ring = self.array(layout.RING)
        # Another engine may have been here before. A slot is emptied when it is taken.
        for field in layout.FIELDS.values():
            self[field] = 0
        for name, array in layout.ARRAYS.items():
            if name not in _KEPT:
                self.array(array)[:] = INVALID if name in _TAGS else 0
        self.emptied: Callable[[int], None] = lambda slot: None
        """Who is told of a slot whose entries Python has emptied after its page was written."""
        # Slot 0: every entry leads back to the kernels.
        self._code[:SLOT_WORDS:2] = REENTER

    def array(self, array: Array) -> npt.NDArray[np.uint64]:
        """The words of an array."""
        first = (ARENA_AT + array.offset_bytes) // 8
        return self._all[first : first + array.length]

    def __getitem__(self, field: Field) -> int:
        return int(self.words[(ARENA_AT + field.offset_bytes) >> 3])

    def __setitem__(self, field: Field, value: int) -> None:
        self.words[(ARENA_AT + field.offset_bytes) >> 3] = value

    def fill(self, array: Array, values: Sequence[int]) -> None:
        """Write the first words of an array."""
        self.array(array)[: len(values)] = values

    # Forgetting ----------------------------------------------------------------------------------

    def forget(self, pages: set[int] | None) -> None:
        """The hart and these pages of RAM (None: any) have been written from outside."""
        self.forget_pages()
        self[layout.ALONE_AT] = 0
        self._code[:SLOT_WORDS:2] = REENTER
        self.drop_code(range(len(self._pages)) if pages is None else pages)

    def forget_pages(self) -> None:
        """Empty the tables of pages before their next use."""
        self.array(layout.FETCH_LABEL)[:] = 0
        self.array(layout.DATA_LABEL)[:] = 0

    def drop_code(self, pages: Iterable[int]) -> None:
        """Decode the code of these pages anew."""
        held = self._pages
        for page in pages:
            slot = int(held[page]) & SLOT_MASK
            if slot:
                self.empty(slot)
                self.emptied(slot)

    def empty(self, slot: int) -> None:
        """Nothing of a slot's page is decoded."""
        first = slot * SLOT_WORDS
        self._code[first : first + 2 * PAGE_HALVES] = 0

    def undecode_at(self, offsets: Iterable[int]) -> None:
        """Decode anew what stands at these places of any page: a breakpoint came or went."""
        for offset in offsets:
            at = SLOT_WORDS + (offset >> 1) * 2
            self._code[at::SLOT_WORDS] = 0

    def take_dirty(self) -> set[int]:
        """Pages of RAM that T1 has written since the last call; the next store to each is noted."""
        dirty = np.flatnonzero(self._pages & np.uint64(DIRTY))
        if not len(dirty):
            return set()
        self._pages[dirty] &= np.uint64(SLOT_MASK)
        self.array(layout.STORE_TAG)[:] = INVALID
        return set(dirty.tolist())

    # Records -------------------------------------------------------------------------------------

    @staticmethod
    def listening(kinds: EventKind) -> int:
        """The kinds of record that these subscriptions want, a bit each."""
        return sum(1 << kind for kind, wanted in WANTED_BY.items() if kinds & wanted)

    def take_records(self) -> Batch | None:
        """What the ring holds. The reads of a walk that is not at its end stay."""
        used = self[layout.RING_USED]
        if not used:
            return None
        records = self._ring[:used].reshape(-1, RECORD_WORDS)
        whole = len(records)
        while whole and records[whole - 1, 0] == Kind.PTE:
            whole -= 1
        if not whole:
            return None
        taken = records[:whole].copy()
        rest = records[whole:].copy()
        self._ring[: rest.size] = rest.reshape(-1)
        self[layout.RING_USED] = rest.size
        return Batch(taken)
