"""The Sv39 walk kernel against a map of the whole address space, on random page tables."""

from __future__ import annotations

from itertools import pairwise, product
from random import Random

import pytest

from tests.property import manual
from tests.property.board import RAM_BYTES, SCALE, Board
from vmlab.core.events import Event, EventKind, Walk
from vmlab.isa.layouts import MSTATUS

TABLES = 24
"""Pages at the start of RAM that hold tables; the rest is mapped."""
ENTRIES = 5
SV39 = 8
"""satp.MODE."""
SUM, MXR = MSTATUS["SUM"].mask, MSTATUS["MXR"].mask


def random_pte(rng: Random, board: Board, level: int, tables: range) -> int:
    """Pointers mostly on the upper levels; every flag and every alignment comes up."""
    table = board.ram_base + rng.choice(tables) * 4096
    flags = 1 if rng.random() < 0.95 else 0
    if level and rng.random() < 0.6:
        flags |= rng.choice((0, 0, 0, 0, 0, 0, 1 << 4, 1 << 5, 1 << 6, 1 << 7))
        pa = rng.choice((table,) * 12 + (0, board.ram_base + RAM_BYTES, 1 << 55))
    else:
        flags |= rng.choice((2, 4, 6, 8, 10, 12, 14, 0)) | rng.getrandbits(2) << 4
        flags |= (rng.random() < 0.85) << 6 | (rng.random() < 0.75) << 7
        number = rng.getrandbits(44)
        if rng.random() < 0.8:
            number &= -(1 << 9 * level)
        pa = number << 12
    flags |= rng.getrandbits(2) << 8
    reserved = 1 << rng.randrange(54, 64) if rng.random() < 0.03 else 0
    return pa >> 12 << 10 | flags | reserved


def build(rng: Random, board: Board, first: int = 0) -> tuple[int, list[int]]:
    """Random tables in the pages from `first` on; the root, and addresses worth trying."""
    tables = range(first, TABLES)
    addresses = []
    root = board.ram_base + first * 4096

    def fill(table: int, level: int, va: int, depth: int) -> None:
        for index in rng.sample(range(512), ENTRIES):
            pte = random_pte(rng, board, level, tables)
            board.put(table + 8 * index, pte)
            here = va + (index << 12 + 9 * level)
            addresses.append(here + rng.randrange(1 << 12 + 9 * level))
            below = (pte >> 10 & (1 << 44) - 1) << 12
            inside = 0 <= below - board.ram_base < TABLES * 4096
            if level and pte & 0xF == 1 and inside and depth < 3:
                fill(below, level - 1, here, depth + 1)

    fill(root, 2, 0, 0)
    return root, addresses


def walk_from(
    board: Board, root: int, va: int, access: int, mode: int, status: int
) -> tuple[int, int, int, int]:
    """Walk an Sv39 table: (cause, page, accesses allowed, level)."""
    board.hart.set_word("satp", SV39 << 60 | root >> 12)
    board.hart.set_word("mstatus", status)
    cause, page, allowed, level = board.call("walk", va, access, mode, 1)
    return cause, page, allowed, level


def canonical(va: int) -> int:
    return va | -1 << 39 & (1 << 64) - 1 if va >> 38 & 1 else va


def compare(seed: int) -> set[tuple[int, int]]:
    """Random tables, addresses, accesses and status against the map; (cause, level) seen."""
    rng = Random(seed)
    board = Board()
    board.open_memory()
    root, addresses = build(rng, board)
    space = list(manual.regions(board.word, root))
    assert space[0].low == 0 and space[-1].high == 1 << 39
    assert all(a.high == b.low for a, b in pairwise(space))
    seen = set()
    for va in rng.sample(addresses, min(len(addresses), 60)):
        va = canonical(va)
        if rng.random() < 0.1:
            va ^= 1 << rng.randrange(12, 64)
        for access, mode in product(range(3), (manual.U, manual.S)):
            sum_, mxr = rng.random() < 0.5, rng.random() < 0.5
            status = SUM * sum_ | MXR * mxr | rng.getrandbits(64) & ~(SUM | MXR)
            expected = manual.translate(space, va, access, mode, sum_, mxr)
            cause, page, allowed, level = walk_from(board, root, va, access, mode, status)
            found = (cause, 0 if cause else page | va & 0xFFF)
            assert found == expected, f"va {va:#x} access {access} mode {mode}"
            seen.add((cause, level))
            if not cause:
                alike = [manual.translate(space, va, a, mode, sum_, mxr)[0] == 0 for a in range(3)]
                assert [allowed >> a & 1 == 1 for a in range(3)] == alike
    return seen


@pytest.mark.parametrize("group", range(3 * SCALE))
def test_the_walk_finds_what_the_whole_map_says(group: int) -> None:
    """Twenty sets of tables; together they reach every fault and every size of page."""
    seen = set().union(*(compare(20 * group + n) for n in range(20)))
    assert seen == {(0, 0), (0, 1), (0, 2), *((cause, 0) for cause in (1, 5, 7, 12, 13, 15))}


def test_walk_events_name_each_entry_read() -> None:
    """What a picture of a walk shows: the entries in order, their addresses, and the outcome."""
    rng = Random(0)
    board = Board()
    board.open_memory()
    root, addresses = build(rng, board)
    space = list(manual.regions(board.word, root))
    seen: list[Event] = []
    board.engine.listeners.kinds = EventKind.WALK
    board.engine.listeners.emit = seen.append
    for va in map(canonical, addresses):
        walk_from(board, root, va, manual.LOAD, manual.S, SUM)
        walk = seen.pop()
        assert isinstance(walk, Walk) and not seen
        at = va & (1 << 39) - 1
        region = next(r for r in space if r.low <= at < r.high)
        assert len(walk.reads) == region.reads
        assert all(board.word(read.address) == read.pte for read in walk.reads)
        assert [read.level for read in walk.reads] == list(range(2, 2 - region.reads, -1))
        cause, pa = manual.translate(space, va, manual.LOAD, manual.S, True, False)
        assert (walk.fault or 0, walk.pa) == (cause, None if cause else pa)


@pytest.mark.parametrize("seed", range(30 * SCALE))
def test_a_walk_reads_only_tables_that_the_pmp_opens(seed: int) -> None:
    """A table behind a closed PMP entry is an access fault of the original access's kind."""
    rng = Random(seed)
    board = Board()
    root, addresses = build(rng, board)
    closed = {board.ram_base + 4096 * page for page in rng.sample(range(1, TABLES), 6)}
    for entry, table in enumerate(sorted(closed)):
        board.write_csr(f"pmpaddr{entry}", table >> 2 | 0x1FF)
        board.write_csr(
            "pmpcfg0", board.read_csr("pmpcfg0") | 0x18 + rng.choice((0, 4)) << 8 * entry
        )
    board.write_csr("pmpaddr15", (1 << 54) - 1)
    board.write_csr("pmpcfg2", 0x1F << 56)

    def readable(pa: int) -> int | None:
        return None if pa & ~0xFFF in closed else board.word(pa)

    space = list(manual.regions(readable, root))
    for va in map(canonical, addresses):
        for access in range(3):
            expected = manual.translate(space, va, access, manual.S, True, True)
            cause, page, _, _ = walk_from(board, root, va, access, manual.S, SUM | MXR)
            assert (cause, 0 if cause else page | va & 0xFFF) == expected
