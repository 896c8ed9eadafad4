"""Random states of the machine: any state within the declared widths, biased to where it matters.

Uniform words would almost never walk a page table, hit the TLB or compare equal. So RAM holds
tables that point at each other, addresses point at RAM, devices and edges, the PMP mostly lets
accesses pass, and words are often corners. What a text may rely on (its callers see to it) is
kept: an aligned table root, sizes that instructions have, page-aligned TLB pages, a divisor of
time that is not 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.property.ieee import DOUBLE, SINGLE, special_values
from vmlab.isa import layouts
from vmlab.isa.csrs import CSRS
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.lang.ir import Kernel
from vmlab.isa.state import ARRAYS, COUNTERS, FIELDS, PMP_ENTRIES, TLB_ENTRIES
from vmlab.isa.system.walk import FORMATS
from vmlab.machine import memmap

Words = NDArray[np.uint64]

RAM_PAGES: Final = 16
RAM_BYTES: Final = RAM_PAGES * 4096
MASK64: Final = (1 << 64) - 1
HART_WORDS: Final = (
    max(
        [field.slot + 1 for field in FIELDS.values()]
        + [array.slot + array.length for array in ARRAYS.values()]
    )
)  # fmt: skip

_CORNERS_HEX: Final = (
    "0 0 1 2 7 8 7f 80 fff 1000 7fffffff 80000000 ffffffff 100000000 3fffffffff 4000000000 "
    "7fffffffffffffff 8000000000000000 ffffffffffffffff fffffffffffffffe fffffffffffffffc "
    "fffffffffffff800 ffffffff80000000 ffffffc000000000 aaaaaaaaaaaaaaaa"
)
_CORNERS: Final = np.array([int(text, 16) for text in _CORNERS_HEX.split()], np.uint64)
_MODES: Final = (0, 1, 3)
_ACTORS: Final = (0, 1, 3, 4, 5, 12, 13)
"""Modes without and with V, and hlvx as either."""
_TRAP: Final = {"epc": 0x1000, "cause": 5, "tval": 0}
"""A trap that comes again, by the names of `trap_repeats`' parameters."""


_WIDTHS: Final = {field.slot: field.width for field in FIELDS.values()} | {
    array.slot + at: array.width
    for name, array in ARRAYS.items()
    for at in range(array.length)
    if name != "f" and not name.startswith("tlb")
}
"""Bits of each word that may be any, by its slot."""
_SLOTS: Final = np.array(list(_WIDTHS))
_MASKS: Final = np.array([(1 << width) - 1 for width in _WIDTHS.values()], np.uint64)


def word_at(name: str) -> int:
    """Where a word of state, or an array's first, stands: its index in the arena."""
    place = FIELDS[name] if name in FIELDS else ARRAYS[name]
    return place.slot


class Source:
    """One stream of random states; the same seed gives the same stream."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    # words

    def uniform(self, count: int) -> Words:
        return self.rng.integers(0, MASK64, count, dtype=np.uint64, endpoint=True)

    def pick(self, values: NDArray[Any], count: int) -> NDArray[Any]:
        """`rng.choice` asks more than it needs to of so few numbers."""
        return values[self.rng.integers(0, len(values), count)]

    def chance(self, count: int, probability: float) -> NDArray[np.bool_]:
        return self.rng.random(count) < probability

    def words(self, count: int, width: int = 64) -> Words:
        """Uniform, sparse, small, one bit, or a corner; then cut to the width."""
        value, kind = self.uniform(count), self.rng.integers(0, 8, count, dtype=np.uint8)
        sparse, small, one, corner = (
            np.flatnonzero(one) for one in (kind == 3, kind == 4, kind == 5, kind >= 6)
        )
        value[sparse] &= self.uniform(len(sparse)) & self.uniform(len(sparse))
        value[small] >>= self.rng.integers(0, 64, len(small), dtype=np.uint64)
        value[one] = np.uint64(1) << self.rng.integers(0, 64, len(one), dtype=np.uint64)
        value[corner] = self.pick(_CORNERS, len(corner))
        return value & np.uint64((1 << width) - 1)

    def addresses(self, count: int) -> Words:
        """RAM, its edges, devices, canonical addresses that walks translate, and any others."""
        kind = self.rng.integers(0, 16, count)
        ram = memmap.RAM + self.rng.integers(0, RAM_BYTES, count, dtype=np.uint64)
        edge = self.pick(np.array([memmap.RAM, memmap.RAM + RAM_BYTES], np.uint64), count)
        edge = edge + self.rng.integers(0, 32, count, dtype=np.uint64) - np.uint64(16)
        device = memmap.UART + self.rng.integers(0, 0x2000, count, dtype=np.uint64)
        # Short enough for every format, mostly; some only for the longer ones.
        spare = self.pick(np.array([25, 25, 16, 7], np.int64), count)
        canonical = self.uniform(count).astype(np.int64) >> spare
        value = np.where(kind < 6, ram, canonical.astype(np.uint64))
        value = np.where(kind == 6, edge, value)
        value = np.where(kind == 7, device, value)
        value = np.where(kind == 8, self.words(count), value)
        # Most accesses are aligned; every alignment occurs, and some reach into the next page.
        keep = np.array([~0, ~1, ~3, ~7, ~7, ~7, ~7, ~7], np.int64).astype(np.uint64)
        value = value & self.pick(keep, count)
        end = value | np.uint64(0xFF8) | self.rng.integers(0, 8, count, dtype=np.uint64)
        return np.where(self.chance(count, 0.2), end, value)

    def floats(self, count: int, width: int) -> Words:
        """Numbers of a format: special ones and their neighbours, exponents near each other, any
        bits. In 64 bits some are boxed singles, some of them badly."""
        form = DOUBLE if width == 64 else SINGLE
        special = self.pick(np.array(special_values(form), np.uint64), count)
        step = self.rng.integers(0, 9, count, dtype=np.uint64) - np.uint64(4)
        one = (1 << form.exponent - 1) - 1
        field = self.rng.integers(one - 60, one + 60, count, dtype=np.uint64)
        near = (field << np.uint64(form.fraction)) | (
            self.uniform(count) & np.uint64(MASK64 ^ ((1 << form.exponent) - 1 << form.fraction))
        )
        kind = self.rng.integers(0, 8, count)
        value = np.where(kind < 3, special, self.words(count))
        value = np.where(kind == 3, special + step, value)
        value = np.where((kind == 4) | (kind == 5), near, value)
        if width == 64:
            box = np.where(self.chance(count, 0.9), np.uint64(0xFFFF_FFFF), self.words(count, 32))
            boxed = (box << np.uint64(32)) | self.floats(count, 32)
            value = np.where(kind == 6, boxed, value)
        return value & np.uint64((1 << width) - 1)

    # RAM

    def ram(self) -> bytes:
        """Pages that are all page tables: pointers and leaves to each other, with some rubbish."""
        count = RAM_BYTES // 8
        first = memmap.RAM >> 12
        ppn = self.rng.integers(first, first + RAM_PAGES, count, dtype=np.uint64)
        # RAM's first page has a number that every superpage may have.
        ppn = np.where(self.chance(count, 0.25), np.uint64(first), ppn)
        ppn = np.where(self.chance(count, 0.04), self.words(count, 44), ppn)
        flags = layouts.PTE.mask
        pointer = np.full(count, flags("V"), np.uint64)
        leaf = np.uint64(flags("V", "R")) | self.rng.integers(0, 1 << 10, count, dtype=np.uint64)
        usable = leaf | np.uint64(flags("R", "W", "X", "A", "D"))
        leaf = np.where(self.chance(count, 0.6), usable, leaf)
        # What a walk may read and not write: entries of a guest whose A and D must be set.
        reads_only = np.uint64(MASK64 ^ flags("W"))
        leaf = np.where(self.chance(count, 0.15), leaf & reads_only, leaf)
        entry = (ppn << np.uint64(10)) | np.where(self.chance(count, 0.5), pointer, leaf)
        rubbish = self.words(count) | np.uint64(1)
        entry = np.where(self.chance(count, 0.06), rubbish, entry)
        entry = np.where(self.chance(count, 0.03), np.uint64(0), entry)
        if self.rng.random() < 0.5:
            # The last four pages as a root of the G-stage that maps all of RAM, to be read only:
            # a guest's tables are there, and their A and D cannot be set.
            whole = np.uint64(first << layouts.PTE["PPN"].low | flags("V", "R", "X", "U", "A"))
            entry[-4 * 512 :] = whole
        return entry.tobytes()

    # the hart

    def harts(self, count: int) -> Words:
        """`count` rows of HART_WORDS words."""
        rows = np.empty((count, HART_WORDS), np.uint64)
        # All at once: numpy is slow on many small arrays.
        drawn = self.words(count * len(_SLOTS)).reshape(count, len(_SLOTS))
        rows[:, _SLOTS] = drawn & _MASKS
        for name, array in ARRAYS.items():
            if name.startswith("tlb"):
                values = self._tlb(name, count)
            elif name == "f":
                values = self.floats(count * array.length, array.width)
            else:
                continue
            start = word_at(name)
            rows[:, start : start + array.length] = values.reshape(count, array.length)
        self._make_legal(rows)
        self._open_pmp(rows)
        return rows

    def _tlb(self, name: str, count: int) -> Words:
        """Entries that match nothing; `Forms.plant` adds those that do."""
        mask = (1 << ARRAYS[name].width) - 1
        if name == "tlb_page":
            mask &= ~0xFFF
        return self.uniform(count * TLB_ENTRIES) & np.uint64(mask)

    def _make_legal(self, rows: Words) -> None:
        count = len(rows)

        def put(name: str, values: Words | int) -> None:
            rows[:, word_at(name)] = values

        rows[:, word_at("x")] = 0
        modes = self.pick(np.array(_MODES, np.uint64), count)
        put("mode", np.where(self.chance(count, 0.05), self.words(count, 2), modes))
        put("pc", self.addresses(count) & np.uint64(MASK64 - 1))
        put("ram_base", memmap.RAM)
        put("ram_size", RAM_BYTES)
        tick_bits = FIELDS["insns_per_tick"].width
        put("insns_per_tick", np.maximum(self.words(count, tick_bits), 1))
        put("intercepts", np.where(self.chance(count, 0.6), np.uint64(0), self.words(count, 8)))
        for name in COUNTERS:  # they do not wrap: nothing counts that far
            put(name, self.words(count, 62))
        root = np.uint64(memmap.RAM >> 12) + self.rng.integers(0, RAM_PAGES, count, dtype=np.uint64)
        asid = self.words(count, 16) << np.uint64(layouts.SATP["ASID"].low)
        modes = np.array([fmt.number for fmt in FORMATS], np.uint64)
        mode = self.pick(modes, count) << np.uint64(layouts.SATP["MODE"].low)
        put("satp", np.where(self.chance(count, 0.8), mode | asid | root, self.words(count)))
        has_none = self.chance(count, 0.05)
        put("translation", np.where(has_none, np.uint64(0), self.pick(modes, count)))
        on = np.where(self.chance(count, 0.95), np.uint64(layouts.MSTATUS.mask("FS")), np.uint64(0))
        put("mstatus", rows[:, word_at("mstatus")] | on)
        put("frm", _ROUNDING(self, count))
        self._make_guest(rows, modes, asid)

    def _make_guest(self, rows: Words, modes: Words, asid: Words) -> None:
        """V in half of the states, and tables of two stages, either of which may be Bare."""
        count = len(rows)
        rows[:, word_at("virtual")] = self.chance(count, 0.5)
        updates = np.nonzero(self.chance(count, 0.5))[0]
        for name in ("menvcfg", "henvcfg"):
            rows[updates, word_at(name)] |= np.uint64(layouts.ENVCFG.mask("ADUE"))
        stages = np.append(modes, np.uint64(0))
        low = np.uint64(layouts.SATP["MODE"].low)
        for name in ("vsatp", "hgatp"):
            root = self.rng.integers(0, RAM_PAGES, count, dtype=np.uint64)
            if name == "hgatp":
                root &= np.uint64(RAM_PAGES - 4)
            value = self.pick(stages, count) << low | asid | root + np.uint64(memmap.RAM >> 12)
            rows[:, word_at(name)] = np.where(self.chance(count, 0.9), value, self.words(count))
        # The root that `ram` makes for a guest whose A and D cannot be set.
        stubborn = np.intersect1d(updates, np.nonzero(self.chance(count, 0.3))[0])
        last = np.uint64((memmap.RAM >> 12) + RAM_PAGES - 4)
        rows[stubborn, word_at("hgatp")] = np.uint64(FORMATS[0].number) << low | last
        bare = np.nonzero(self.chance(count, 0.3))[0]
        rows[bare[:, None], [word_at("vsatp"), word_at("hgatp")]] = 0
        self._repeat_traps(rows)

    def _repeat_traps(self, rows: Words) -> None:
        """In half of the states the last trap was `_TRAP`, and the registers are still the same."""
        at = np.nonzero(self.chance(len(rows), 0.5))[0]
        for name, value in _TRAP.items():
            rows[at, word_at(f"trapped_{name}")] = value
        x, then = word_at("x"), word_at("trapped_x")
        rows[at, then : then + 32] = rows[at, x : x + 32]
        rows[at, word_at("trapped_after")] = rows[at, word_at("retired")] + np.uint64(1)

    def _open_pmp(self, rows: Words) -> None:
        """Half the states allow everything; others have entries that end in or near RAM."""
        count = len(rows)
        first, last = word_at("pmp_first"), word_at("pmp_last")
        cfg, active = word_at("pmpcfg"), word_at("pmp_active")
        near = self.chance(count, 0.8)
        # All entries at once: numpy is slow on many small arrays.
        every = count * PMP_ENTRIES
        low = self.addresses(every) & np.uint64(MASK64 - 3)
        span = self.pick(np.array([3, 7, 0xFFF, 0x1FFF, 1 << 20, 1 << 40], np.uint64), every)
        for start, ends in ((first, low), (last, low + span)):
            rows[near, start : start + PMP_ENTRIES] = ends.reshape(count, PMP_ENTRIES)[near]
        everything = self.chance(count, 0.6)
        entry = np.where(self.chance(count, 0.7), 0, self.rng.integers(0, 3, count))
        at = np.nonzero(everything)[0]
        rows[at, first + entry[at]] = 0
        # Now and then all up to a page of RAM, and nothing behind it, for M neither.
        pages = self.rng.integers(1, RAM_PAGES, len(at), dtype=np.uint64) << np.uint64(12)
        limited = self.chance(len(at), 0.35)
        end = np.where(limited, pages + np.uint64(memmap.RAM - 1), np.uint64(MASK64))
        rows[at, last + entry[at]] = end
        rows[at, first + entry[at] + 1] = 0
        rows[at, last + entry[at] + 1] = MASK64
        rows[at, cfg + entry[at] + 1] = layouts.PMPCFG.mask("L")
        rows[at, cfg + entry[at]] |= layouts.PMPCFG.mask("R", "W", "X")
        read_only = at[self.chance(len(at), 0.1)]  # page tables that a walk may not write
        rows[read_only, cfg] &= np.uint64(MASK64 ^ layouts.PMPCFG.mask("W"))
        rows[at, active] = (entry[at] + 1 + limited).astype(np.uint64)

    # parameters

    def params(self, kernel: Kernel, count: int) -> list[tuple[int, ...]]:
        """`count` calls of a kernel."""
        columns: dict[str, Words] = {}
        for name, width in kernel.widths.items():
            make = _PARAMS.get(name)
            if name in ("fa", "fb", "fc"):
                columns[name] = self.floats(count, width)
            else:
                columns[name] = make(self, count) if make else self.words(count, width)
        if "last" in columns:
            columns["last"] = columns["first"] + self.pick(
                np.array([0, 3, 7, 0xFFF], np.uint64), count
            )
        if kernel.name == "trap_repeats":
            again = self.chance(count, 0.5)
            for name, value in _TRAP.items():
                columns[name] = np.where(again, np.uint64(value), columns[name])
        if kernel.name.startswith("fetch") and "va" in columns:
            columns["va"] &= np.uint64(MASK64 - 1)  # pc is even
        if not columns:
            return [()] * count
        return list(zip(*(column.tolist() for column in columns.values()), strict=True))

    def instructions(self, insn: Instruction, count: int) -> list[tuple[int, dict[str, int]]]:
        """`count` encodings of an instruction: the word and its operands."""
        free = self.uniform(count) & np.uint64((1 << 8 * insn.size_bytes) - 1 & ~insn.mask)
        words = (free | np.uint64(insn.match)).astype(np.uint64)
        for operand in insn.operands:
            if operand.name in _PARAMS:  # a CSR's number is better one that exists
                piece = operand.pieces[0]
                cut = np.uint64(MASK64 ^ (((1 << operand.width) - 1) << piece.low))
                words = (words & cut) | (_PARAMS[operand.name](self, count) << np.uint64(piece.low))
        # A word that the pattern covers and another instruction has: the words before and after.
        meant = [word for word in words.tolist() if insn.matches(word)]
        words_meant = (meant * count)[:count]
        return [(word, decode_fields(insn, word)) for word in words_meant]


def _csr_numbers(source: Source, count: int) -> Words:
    known = np.array([csr.number for csr in CSRS.values()], np.uint64)
    chosen = source.pick(known, count)
    return np.where(source.chance(count, 0.1), source.words(count, 12), chosen)


def _mostly(values: tuple[int, ...], width: int) -> Callable[[Source, int], Words]:
    def make(source: Source, count: int) -> Words:
        chosen = source.pick(np.array(values, np.uint64), count)
        return np.where(source.chance(count, 0.04), source.words(count, width), chosen)

    return make


def _ram_pages(source: Source, count: int) -> Words:
    pages = source.rng.integers(0, RAM_PAGES, count, dtype=np.uint64)
    near = np.uint64(memmap.RAM) + (pages << np.uint64(12))
    far = source.words(count, 56) & np.uint64(MASK64 - 0xFFF)
    return np.where(source.chance(count, 0.05), far, near)


def _exponents(source: Source, count: int) -> Words:
    """Mostly those of the formats, and often equal or close."""
    close = source.rng.integers(-4, 5, count)
    wide = source.rng.integers(-1100, 1100, count)
    chosen = np.where(source.chance(count, 0.5), close, wide).astype(np.uint64)
    return np.where(source.chance(count, 0.04), source.words(count), chosen)


def _significands(source: Source, count: int) -> Words:
    """Bit 63 leads; or nothing at all. Few of the lowest bits are set."""
    value = source.words(count) << source.pick(np.array([0, 11, 40], np.uint64), count)
    return np.where(source.chance(count, 0.85), value | np.uint64(1 << 63), np.uint64(0))


def _few(source: Source, count: int) -> Words:
    """Zero, mostly."""
    return np.where(source.chance(count, 0.6), np.uint64(0), source.words(count))


_ROUNDING: Final = _mostly((0, 1, 2, 3, 4), 3)

_PARAMS: Final[dict[str, Callable[[Source, int], Words]]] = {
    "number": _csr_numbers,
    "csr": _csr_numbers,
    "va": Source.addresses,
    "first": Source.addresses,
    "size": lambda source, count: source.pick(np.array((1, 2, 4, 8), np.uint64), count),
    "access": _mostly((0, 1, 2), 2),
    "mode": _mostly(_MODES, 2),
    "actor": _mostly(_ACTORS, 4),
    "need": _mostly((0, 1, 2), 2),
    "gpa": Source.addresses,
    "rm": _mostly((0, 1, 2, 3, 4, 7), 3),
    "count": _mostly(tuple(range(131)), 64),
    "significand": _significands,
    **dict.fromkeys(("exponent", "exponent_a", "exponent_b"), _exponents),
    **dict.fromkeys(("high_a", "high_b"), _significands),
    **dict.fromkeys(("low_a", "low_b"), _few),
    "root": _ram_pages,
    "page": _ram_pages,
}
"""How the parameters of these names are made; all others are words of their width."""
