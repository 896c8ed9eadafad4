"""T1's words about translated pages (`derive.t1.layout`): entries that lead into them, the
halfwords that they are made from, what has become hot. Bulk changes by numpy; what is hot and what
is worth translating, `translator` decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from vmlab.derive.t1 import layout
from vmlab.derive.t1.decode import NUMBER_BYTE
from vmlab.derive.t1.entering import LABEL_BYTE
from vmlab.derive.t1.layout import ENTRY_BYTES, HEATS, PAGE_HALVES, SLOT_ENTRIES, SLOTS
from vmlab.derive.t1.numbers import FIRST_INSTRUCTION, REGION, Drop
from vmlab.engine.t1words import Words

_HALVES: Final = ENTRY_BYTES // 2
"""16-bit parts of an entry: its handler is the first."""


class RegionWords:
    """The words of one machine's T1 that are about regions."""

    def __init__(self, words: Words) -> None:
        self._w = words
        code = words.array(layout.CODE).view(np.uint16)
        self._entries = code.reshape(SLOTS, SLOT_ENTRIES, _HALVES)
        beside = words.array(layout.BESIDE).view(np.uint16)
        self._beside = beside.reshape(SLOTS, layout.MOST_BESIDE, _HALVES)
        self._heat = words.array(layout.HEAT).view(np.uint16).reshape(SLOTS, -1)
        assert self._heat.shape[1] == layout.SLOT_HEATS * HEATS
        self._cover = words.array(layout.COVER).view(np.uint8).reshape(SLOTS, -1)
        self._live = words.array(layout.LIVE)
        self._runs = words.array(layout.RUNS)
        self._dropped = words.array(layout.DROPPED)
        self._dropped_at = words.array(layout.DROPPED_AT)
        self._pages = words.array(layout.SLOT_PAGE)

    def place_of(self, entry_bytes: int) -> tuple[int, int]:
        """The slot and the offset in its page of an entry, given as bytes from `code`."""
        slot, half = divmod(entry_bytes // ENTRY_BYTES, SLOT_ENTRIES)
        return slot, 2 * half

    def page_of(self, slot: int) -> int:
        """The page of RAM that a slot is of; -1: none."""
        return int(self._pages[slot]) - 1

    def slot_of(self, page: int) -> int:
        """The slot of a page of RAM; 0: none."""
        return int(self._w.array(layout.PAGES)[page]) & layout.SLOT_MASK

    # Regions -------------------------------------------------------------------------------------

    def link(self, slot: int, labels: Mapping[int, int], covered: npt.NDArray[np.bool_]) -> None:
        """From now on the places of `labels` (offset: label) lead into the slot's region."""
        self.drop(slot)
        self._beside[slot] = 0
        for offset, label in labels.items():
            decoded = self._entries[slot, offset >> 1]
            if label < layout.MOST_BESIDE and decoded[0] >= FIRST_INSTRUCTION:
                self._beside[slot, label] = decoded
        self._cover[slot] = np.packbits(covered, bitorder="little")
        self._live[slot] = 1
        self.lead(slot, labels)

    def lead(self, slot: int, labels: Mapping[int, int]) -> None:
        """Make those places lead there (once more: the page's entries have been emptied)."""
        at = np.fromiter(labels, np.intp, len(labels)) >> 1
        entries = self._entries[slot]
        entries[at] = 0
        entries[at, 0] = REGION
        entries[at, LABEL_BYTE // 2] = np.fromiter(labels.values(), np.uint16, len(labels))
        entries[at, NUMBER_BYTE // 2] = slot
        self._heat[slot, at] = 0

    def drop(self, slot: int) -> None:
        """The slot has no region any more."""
        entries = self._entries[slot]
        entries[entries[:, 0] == REGION] = 0
        self._live[slot] = 0

    def is_live(self, slot: int) -> bool:
        return bool(self._live[slot])

    def dropped(self, slot: int) -> tuple[Drop, int]:
        """Why a kernel has dropped the slot's region, and how many instructions had retired."""
        return Drop(int(self._dropped[slot])), int(self._dropped_at[slot])

    def runs(self, slot: int) -> int:
        """How often the loop has gone into regions of the slot."""
        return int(self._runs[slot])

    def all_runs(self) -> int:
        return int(self._runs.sum())

    # Heat ----------------------------------------------------------------------------------------

    def heat(self, slot: int) -> npt.NDArray[np.uint16]:
        """The counts of a slot, one for each halfword."""
        return self._heat[slot, :PAGE_HALVES]

    def set_heat(self, slot: int, offsets: Collection[int], count: int) -> None:
        """Set the counts of these places."""
        for offset in offsets:
            self._heat[slot, offset >> 1] = count
