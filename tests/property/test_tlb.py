"""The TLB changes no result, as long as software fences as the manual asks (10.2.1)."""

from __future__ import annotations

from random import Random

import pytest

from tests.property import manual
from tests.property.board import SCALE, Board
from tests.property.test_walk_oracle import TABLES, build, canonical
from vmlab.core.modes import Mode
from vmlab.isa.layouts import MSTATUS

SATP_SV39 = 8 << 60


@pytest.mark.parametrize("seed", range(25 * min(SCALE, 4)))
def test_translations_are_those_of_the_tables(seed: int) -> None:
    """Random accesses; between them entries, ASID, SUM, MXR and mode change, each with the fence
    that it needs and none that it does not."""
    rng = Random(seed)
    board = Board()
    board.open_memory()
    roots = [build(rng, board, first) for first in (0, TABLES // 2)]
    spaces = [list(manual.regions(board.word, root)) for root, _ in roots]
    # A few addresses that some access reaches, in the tables of either address space.
    both = [canonical(va) for _, addresses in roots for va in addresses]
    found = [va for va in both if any(reachable(space, va) for space in spaces)]
    if seed % 2:  # a cached gigabyte makes each fence a full one: half of the runs have none
        both = [va for va in both if not any(is_gigabyte(board, root, va) for root, _ in roots)]
        found = [va for va in found if va in both]
    hot = rng.sample(found, min(5, len(found))) + rng.sample(both, min(len(both), 2))
    hot += [va ^ rng.randrange(1, 256) << 12 for va in hot[:3]]  # elsewhere in a superpage
    flags = {"SUM": False, "MXR": False}
    mode = Mode.S
    here = 0

    def switch(to: int) -> None:
        board.write_csr("satp", SATP_SV39 | (to + 1) << 44 | roots[to][0] >> 12)

    switch(here)
    board.enter(mode)
    for _ in range(300):
        kind = rng.randrange(10)
        if kind == 0:  # another entry: fence the address, or all
            va = rng.choice(hot)
            *_, (slot, level) = path(board, roots[here][0], va)
            # A table that serves several addresses takes more than one address to fence.
            reached = {
                (other >> 12 + 9 * at, at)
                for root, _ in roots
                for other in hot
                for entry, at in path(board, root, other)
                if entry == slot
            }
            board.put(slot, random_leaf(rng, level))
            one = len(reached) == 1 and rng.random() < 0.7
            beside = [o for o in hot if o >> 12 + 9 * level == va >> 12 + 9 * level]
            fence = ("tlb_flush_page", rng.choice(beside)) if one else ("tlb_flush",)
            board.call(*fence)
            spaces = [list(manual.regions(board.word, root)) for root, _ in roots]
        elif kind == 1:  # the other address space has its own ASID: nothing to fence
            here = 1 - here
            switch(here)
        elif kind == 2:
            name = rng.choice(list(flags))
            flags[name] = not flags[name]
            mask = sum(MSTATUS[name].mask for name, on in flags.items() if on)
            board.write_csr("sstatus", mask)
        elif kind == 3:
            mode = Mode.U if mode is Mode.S else Mode.S
            board.enter(mode)
        else:
            va, access = rng.choice(hot), rng.randrange(3)
            got = board.call("translate", va, access, mode)
            expected = manual.translate(spaces[here], va, access, mode, flags["SUM"], flags["MXR"])
            assert tuple(got) == expected, f"va {va:#x} access {access} {mode!r} {flags}"


def reachable(space: list[manual.Region], va: int) -> bool:
    """True if some access at this address succeeds in some mode."""
    return any(
        manual.translate(space, va, access, mode, True, True)[0] == 0
        for access in range(3)
        for mode in (manual.U, manual.S)
    )


def is_gigabyte(board: Board, root: int, va: int) -> bool:
    """True if the root's entry for this address is a leaf."""
    slot, _ = path(board, root, va)[0]
    return (board.word(slot) or 0) & 0xA != 0


def random_leaf(rng: Random, level: int) -> int:
    """A sound leaf with any permissions, or nothing."""
    number = rng.getrandbits(44) & -(1 << 9 * level)
    permissions = rng.choice((2, 6, 8, 10, 14)) | rng.choice((0, 16)) | rng.choice((0, 128))
    return rng.choice((0, *[number << 10 | permissions | 0x41] * 4))


def path(board: Board, root: int, va: int) -> list[tuple[int, int]]:
    """The entries that the walk of an address reads, with their levels."""
    entries = []
    table = root
    for level in (2, 1, 0):
        slot = table + 8 * (va >> 12 + 9 * level & 511)
        pte = board.word(slot)
        if pte is None:
            break
        entries.append((slot, level))
        if pte & 0xF != 1:
            break
        table = (pte >> 10 & (1 << 44) - 1) << 12
    return entries


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
