"""T1's own words: caches and control, in front of the arena in the same memory.

    0 .. GUARD                      guard
    GUARD .. GUARD + PRIVATE        what is declared here
    .. ARENA_AT                     guard
    ARENA_AT ..                     the arena: the hart, RAM
    then                            guard

Offsets count from the arena, so they are negative, and a word here is used by a text like a word
of the hart. None of them is state: a guest's run is the same whatever they hold.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Array, Field
from vmlab.isa.state import ARENA_HART_BYTES, TLB_ENTRIES

GUARD_BYTES: Final = 64 * 1024
GUARD_BYTE: Final = 0xA5
"""Guards hold this; who writes past an edge leaves a mark (tested)."""
PRIVATE_BYTES: Final = 27 * 1024 * 1024
ARENA_AT: Final = GUARD_BYTES + PRIVATE_BYTES + GUARD_BYTES
"""Bytes from the block's start to the arena."""

SINK_AT: Final = ARENA_HART_BYTES - 8
"""Where writes to x0 go: the last word before RAM, where no state stands."""

SLOTS: Final = 512
"""Pages of code that are kept decoded. Slot 0 holds no page: see `code`."""
PAGE_HALVES: Final = 2048
SLOT_ENTRIES: Final = PAGE_HALVES + 2
"""One entry for each place in a page where an instruction can start, and two behind its end, where
an instruction of 4 bytes may lead."""
ENTRY_BYTES: Final = 16
ENTRY_WORDS: Final = ENTRY_BYTES // 8
SLOT_WORDS: Final = SLOT_ENTRIES * ENTRY_WORDS
SLOT_BYTES: Final = SLOT_ENTRIES * ENTRY_BYTES
MOST_PAGES: Final = 1 << 19
"""Pages of the largest RAM."""
CONTEXTS: Final = 16
"""Tables of pages. A context is what a translation depends on besides the address."""
TABLE_WORDS: Final = CONTEXTS * TLB_ENTRIES
INVALID: Final = (1 << 64) - 1
"""A tag that no address has: its low bits are set."""

MOST_BREAKPOINTS: Final = 256
MOST_WATCHES: Final = 16
RING_RECORDS: Final = 4096

FIELDS: Final[dict[str, Field]] = {}
ARRAYS: Final[dict[str, Array]] = {}
_START: Final = GUARD_BYTES - ARENA_AT


def _take(words: int) -> int:
    """The place of the next words."""
    used = len(FIELDS) + sum(array.length for array in ARRAYS.values())
    assert 8 * (used + words) <= PRIVATE_BYTES
    return _START + 8 * used


def _word(name: str, doc: str, width: int = 64) -> Field:
    assert name not in FIELDS, name
    FIELDS[name] = Field(name, width, _take(1), doc)
    return FIELDS[name]


def _words(name: str, length: int, doc: str, width: int = 64) -> Array:
    assert name not in ARRAYS, name
    ARRAYS[name] = Array(name, length, width, _take(length), doc)
    return ARRAYS[name]


# What a run is asked for
END: Final = _word("end", "stop when so many instructions have retired")
STOP_AT_TRAP: Final = _word("stop_at_trap", "1: stop after a trap", 1)
STOP_MODE: Final = _word("stop_mode", "stop when this mode is entered from another; 7: none", 3)
LISTEN: Final = _word("listen", "records that somebody wants, a bit a kind", 8)
RESUMED_PC: Final = _word("resumed_pc", "the breakpoint here is passed over")
RESUMED_AT: Final = _word("resumed_at", "when so many instructions have retired")
TOHOST: Final = _word("tohost", "physical address by which a test program ends; odd: none")

# What it says
HIT: Final = _word("hit", "1 + the watch that was met; 0: none", 8)
HIT_ADDRESS: Final = _word("hit_address", "virtual address of that access")
HIT_SIZE: Final = _word("hit_size", "bytes of that access", 4)
HIT_ACCESS: Final = _word("hit_access", "load or store", 2)
HIT_PC: Final = _word("hit_pc", "the instruction that made it")

# Control
STOP_REQUESTED: Final = _word("stop_requested", "1: stop after this instruction", 1)
STOP_AT: Final = _word("stop_at", "leave the loop when so many instructions have retired")
MODE_BEFORE: Final = _word("mode_before", "the mode when the loop was last entered", 2)
ATTENTION: Final = _word("attention", "why to leave the fast path: RELOOK, BETWEEN", 2)
RELOOK: Final = 1
"""The page that runs may be mapped elsewhere now."""
BETWEEN: Final = 2
"""Something may happen before the next instruction."""
ALONE_AT: Final = _word("alone_at", "1 + the entry of slot 0 that is in use; 0: none", 12)

# A request to a device
MAIL_ADDRESS: Final = _word("mail_address", "physical address")
MAIL_SIZE: Final = _word("mail_size", "bytes", 4)
MAIL_VALUE: Final = _word("mail_value", "what is written or was read")
MAIL_ANSWERED: Final = _word("mail_answered", "1: a device was there", 1)

# What a region (`derive.t2`) says of a trap
REGION_CAUSE: Final = _word("region_cause", "cause of the trap that a region has left with")
REGION_TVAL: Final = _word("region_tval", "its tval")

# Pages that need no translation, by context and virtual page
FETCH_CONTEXT: Final = _word("fetch_context", "256 * the table of fetches now", 12)
DATA_CONTEXT: Final = _word("data_context", "256 * the table of loads and stores now", 12)
FETCH_LABEL: Final = _words("fetch_label", CONTEXTS, "the context that a table is of; 0: none")
DATA_LABEL: Final = _words("data_label", CONTEXTS, "the same for loads and stores")
FETCH_TAG: Final = _words("fetch_tag", TABLE_WORDS, "virtual page")
FETCH_PLACE: Final = _words(
    "fetch_place", TABLE_WORDS, "add 8 * address: its entry, in bytes from `code`", 32
)
LOAD_TAG: Final = _words("load_tag", TABLE_WORDS, "virtual page")
STORE_TAG: Final = _words("store_tag", TABLE_WORDS, "virtual page")
DATA_PLACE: Final = _words("data_place", TABLE_WORDS, "add an address: its place in RAM", 32)
FEW: Final = 64
"""So many pages of a table are listed, so that a table with few in it is emptied quickly."""
FETCH_FILLED: Final = _words("fetch_filled", CONTEXTS, "pages added since a table was emptied")
FETCH_LIST: Final = _words("fetch_list", CONTEXTS * FEW, "where they stand", 12)
DATA_FILLED: Final = _words("data_filled", CONTEXTS, "the same for loads and stores")
DATA_LIST: Final = _words("data_list", CONTEXTS * FEW, "where they stand", 12)

# Pages of RAM, and decoded code
PAGES: Final = _words("pages", MOST_PAGES, "the slot of a page of RAM, 0 for none; DIRTY", 17)
SLOT_MASK: Final = (1 << 16) - 1
DIRTY: Final = 1 << 16
"""The page has been written since somebody asked."""
NEXT_SLOT: Final = _word("next_slot", "the slot that is taken next, less 1", 16)
SLOT_PAGE: Final = _words("slot_page", SLOTS, "1 + the page of RAM that a slot is of; 0: none", 20)
CODE: Final = _words("code", SLOTS * SLOT_WORDS, "decoded instructions, two words each")

# Translated pages: the region of a slot has the slot's number in the table of regions
TABLE: Final = "regions"
"""The name of that table, which the module exports. Number 0 is never called."""
HEAT_PERIOD: Final = _word("heat_period", "of so many jumps one is looked at", 31)
HEAT_TICKS: Final = _word("heat_ticks", "jumps until the next that is looked at", 31)
HEAT_LIMIT: Final = _word("heat_limit", "so many looks make a place hot", 16)
HEAT_LEAST: Final = _word("heat_least", "with fewer instructions left nothing is looked at", 31)
"""Near the end of a run regions leave the rest to T1: what it jumps to there is no news."""
HOT_ENTRY: Final = _word("hot_entry", "the entry that is hot, in bytes from `code`", 32)
HEATS: Final = 4
"""Counts of 16 bits in a word."""
SLOT_HEATS: Final = -(-SLOT_ENTRIES // HEATS)
HEAT: Final = _words("heat", SLOTS * SLOT_HEATS, "looks at each entry, four in a word")
NEVER_HOT: Final = 0xFFFF
"""The count of an entry that is not counted: it cannot be translated, or has been too often."""
COVER_WORDS: Final = PAGE_HALVES // 64
COVER: Final = _words("cover", SLOTS * COVER_WORDS, "halfwords that a slot's region is made from")
MOST_BESIDE: Final = 256
BESIDE: Final = _words(
    "beside",
    SLOTS * MOST_BESIDE * ENTRY_WORDS,
    "decoded instructions that stood where regions are entered, by label",
)
LIVE: Final = _words("live", SLOTS, "1: the slot has a region", 1)
DROPPED: Final = _words("dropped", SLOTS, "why a kernel dropped the slot's region", 2)
DROPPED_AT: Final = _words("dropped_at", SLOTS, "when so many instructions had retired")
DROPS: Final = _word("drops", "regions that the kernels have dropped")
RUNS: Final = _words("runs", SLOTS, "how often the loop has gone into the slot's regions")
CHAIN_HITS: Final = _word("chain_hits", "of these, with nothing interpreted since the last")

# Breakpoints, watchpoints, records
BREAKPOINTS: Final = _word("breakpoints", "how many there are", 16)
BREAK: Final = _words("break", MOST_BREAKPOINTS, "virtual addresses")
WATCHES: Final = _word("watches", "how many there are", 8)
WATCH_FIRST: Final = _words("watch_first", MOST_WATCHES, "virtual addresses")
WATCH_LAST: Final = _words("watch_last", MOST_WATCHES, "included")
WATCH_ACCESS: Final = _words("watch_access", MOST_WATCHES, "accesses that count, a bit each", 3)
RING_USED: Final = _word("ring_used", "words of records", 32)
RECORD_WORDS: Final = 9
RING: Final = _words("ring", RING_RECORDS * RECORD_WORDS, "records of events")
