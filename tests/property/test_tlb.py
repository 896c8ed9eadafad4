"""The TLB changes no result, as long as software fences as the manual asks (10.2.1)."""

from __future__ import annotations

from random import Random

import pytest

from tests.property import manual
from tests.property.board import SCALE, Board
from vmlab.core.modes import Mode
from vmlab.isa.layouts import MSTATUS

SATP_SV39 = 8 << 60
PAGE, MEGA, GIGA = 1 << 12, 1 << 21, 1 << 30


class Space:
    """An address space of three tables, with a few leaves of each size that may change."""

    def __init__(self, board: Board, number: int, gigabyte: bool) -> None:
        self.board = board
        self.asid = number + 1
        self.root = board.ram_base + number * 3 * PAGE
        middle, low = self.root + PAGE, self.root + 2 * PAGE
        board.put(self.root, middle >> 12 << 10 | 1)
        board.put(middle, low >> 12 << 10 | 1)
        # (entry, level, virtual address of the page); two of the pages share a set of the TLB.
        self.leaves = [(low + 8 * n, 0, n * PAGE) for n in (0, 1, 256)]
        self.leaves += [(middle + 8 * n, 1, n * MEGA) for n in (1, 2)]
        if gigabyte:
            self.leaves.append((self.root + 8, 2, GIGA))
        self.look()

    def look(self) -> None:
        """Read the whole map anew."""
        self.map = list(manual.regions(self.board.word, self.root))

    def switch(self) -> None:
        self.board.write_csr("satp", SATP_SV39 | self.asid << 44 | self.root >> 12)


def random_leaf(rng: Random, level: int) -> int:
    """A sound leaf with any permissions, or nothing."""
    number = rng.getrandbits(44) & -(1 << 9 * level)
    permissions = rng.choice((2, 6, 8, 8, 10, 14)) | rng.choice((0, 16)) | rng.choice((0, 128))
    return rng.choice((0, *[number << 10 | permissions | 0x41] * 4))


@pytest.mark.parametrize("seed", range(16 * SCALE))
def test_translations_are_those_of_the_tables(seed: int) -> None:
    """Random accesses; between them entries, ASID, SUM, MXR and mode change, each with the fence
    that it needs and none that it does not."""
    rng = Random(seed)
    board = Board()
    board.open_memory()
    # A cached gigabyte page makes each fence a full one: half of the runs have none.
    spaces = [Space(board, number, gigabyte=seed % 2 == 0) for number in range(2)]
    for space in spaces:
        for slot, level, _ in space.leaves:
            board.put(slot, random_leaf(rng, level))
        space.look()
    flags = {"SUM": False, "MXR": False}
    mode = Mode.S
    here = spaces[0]
    here.switch()
    board.enter(mode)
    for _ in range(400):
        kind = rng.randrange(16)
        if kind == 0:  # another entry: fence an address in its page, or everything
            slot, level, va = rng.choice(here.leaves)
            board.put(slot, random_leaf(rng, level))
            if rng.random() < 0.8:
                board.call("tlb_flush_page", va + rng.choice((0, 7)) * (PAGE if level else 1))
            else:
                board.call("tlb_flush")
            here.look()
        elif kind == 1:  # the other address space has its own ASID: nothing to fence
            here = spaces[0] if here is spaces[1] else spaces[1]
            here.switch()
        elif kind == 2:
            name = rng.choice(list(flags))
            flags[name] = not flags[name]
            board.write_csr("sstatus", sum(MSTATUS[n].mask for n, on in flags.items() if on))
        elif kind == 3:
            mode = Mode.U if mode is Mode.S else Mode.S
            board.enter(mode)
        else:
            _, level, va = rng.choice(here.leaves)
            va += rng.choice((0, 7)) * (PAGE if level else 8)
            access = rng.randrange(3)
            got = board.call("translate", va, access, mode)
            expected = manual.translate(here.map, va, access, mode, flags["SUM"], flags["MXR"])
            assert tuple(got) == expected, f"va {va:#x} access {access} {mode!r} {flags}"


def test_a_hit_reads_no_table() -> None:
    rng = Random(3)
    board = Board()
    board.open_memory()
    space = Space(board, 0, gigabyte=True)
    space.switch()
    board.enter(Mode.S)
    hits = 0
    for _ in range(200):
        slot, level, va = rng.choice(space.leaves)
        board.put(slot, random_leaf(rng, level))
        board.call("tlb_flush")
        cause, _ = board.call("translate", va, manual.LOAD, Mode.S)
        reads, misses = board.hart.word("pte_reads"), board.hart.word("tlb_misses")
        again, _ = board.call("translate", va, manual.LOAD, Mode.S)
        assert again == cause
        hit = board.hart.word("pte_reads") == reads and board.hart.word("tlb_misses") == misses
        assert hit == (cause == 0)  # what faults is not remembered
        hits += hit
    assert hits > 20
