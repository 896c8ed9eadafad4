"""The TLB changes no result, as long as software fences as the manual asks (10.2.1)."""

from __future__ import annotations

from random import Random

import pytest

from tests.property import manual
from tests.property.board import SCALE, Board
from tests.property.test_walk_oracle import build, canonical, random_pte
from vmlab.core.modes import Mode
from vmlab.isa.layouts import MSTATUS

SATP_SV39 = 8 << 60


@pytest.mark.parametrize("seed", range(25 * SCALE))
def test_translations_are_those_of_the_tables(seed: int) -> None:
    """Random accesses; between them entries, ASID, SUM, MXR and mode change, each with the fence
    that it needs and none that it does not."""
    rng = Random(seed)
    board = Board()
    board.open_memory()
    root, addresses = build(rng, board)
    addresses = [canonical(va) for va in addresses]
    board.write_csr("satp", SATP_SV39 | root >> 12)
    spaces = {0: list(manual.regions(board.word, root))}
    status = 0
    mode = Mode.S
    asid = 0
    for _ in range(150):
        kind = rng.randrange(8)
        if kind == 0:  # another entry: fence the address, or all
            va = rng.choice(addresses)
            slot, level = leaf_slot(board, root, va)
            board.put(slot, random_pte(rng, board, 0) if level == 0 else random_leaf(rng, level))
            if rng.random() < 0.5:
                board.call("tlb_flush")
            else:
                board.call("tlb_flush_page", va)
            spaces[0] = list(manual.regions(board.word, root))
        elif kind == 1:  # another address space name for the same tables: nothing to fence
            asid = rng.choice((0, 1, 0xFFFF))
            board.write_csr("satp", SATP_SV39 | asid << 44 | root >> 12)
        elif kind == 2:
            status = (
                rng.choice((0, 1)) * MSTATUS["SUM"].mask | rng.choice((0, 1)) * MSTATUS["MXR"].mask
            )
            board.write_csr("sstatus", status)
        elif kind == 3:
            mode = rng.choice((Mode.U, Mode.S))
            board.enter(mode)
        else:
            va, access = rng.choice(addresses), rng.randrange(3)
            found = board.call("translate", va, access, mode)
            sum_, mxr = status & MSTATUS["SUM"].mask != 0, status & MSTATUS["MXR"].mask != 0
            expected = manual.translate(spaces[0], va, access, mode, sum_, mxr)
            assert tuple(found) == expected, (
                f"va {va:#x} access {access} {mode!r} status {status:#x}"
            )
    hits = board.hart.word("tlb_misses")
    assert hits > 0


def random_leaf(rng: Random, level: int) -> int:
    """A sound leaf of a superpage, or nothing."""
    number = rng.getrandbits(44) & -(1 << 9 * level)
    return rng.choice((0, number << 10 | rng.choice((0xC3, 0xC7, 0xCF, 0xD7, 0xDF))))


def leaf_slot(board: Board, root: int, va: int) -> tuple[int, int]:
    """Where the walk of an address ends: the last entry that it reads, and its level."""
    table = root
    for level in (2, 1, 0):
        slot = table + 8 * (va >> 12 + 9 * level & 511)
        pte = board.word(slot)
        assert pte is not None
        below = (pte >> 10 & (1 << 44) - 1) << 12
        if level == 0 or pte & 0xF != 1 or board.word(below) is None:
            return slot, level
        table = below
    raise AssertionError


def test_a_hit_reads_no_table() -> None:
    board = Board()
    board.open_memory()
    root, addresses = build(Random(3), board)
    board.write_csr("satp", SATP_SV39 | root >> 12)
    board.enter(Mode.S)
    for va in map(canonical, addresses):
        cause, _ = board.call("translate", va, manual.LOAD, Mode.S)
        reads, misses = board.hart.word("pte_reads"), board.hart.word("tlb_misses")
        again, _ = board.call("translate", va, manual.LOAD, Mode.S)
        assert again == cause
        if cause == 0:
            assert (board.hart.word("pte_reads"), board.hart.word("tlb_misses")) == (reads, misses)
        else:
            assert board.hart.word("tlb_misses") == misses + 1
