"""The walk in two stages against the manual's words, on random tables; and how long walks are."""

from __future__ import annotations

from random import Random

import pytest

from tests.property import manual, twostage
from tests.property.board import SCALE, Board
from vmlab.core.events import Event, EventKind, Stage, Walk
from vmlab.core.modes import VIRTUAL_ACTOR
from vmlab.isa.layouts import ENVCFG, MSTATUS
from vmlab.isa.system.actor import HLVX
from vmlab.isa.system.walk import FORMATS, Format

PAGE = 4096
ROOTS = 4
"""Pages of the root of the G-stage."""
VS_TABLES, G_TABLES, ALL_PAGES = range(8, 14), range(14, 20), 200
BARE_OR_FORMATS = (0, 8, 9, 10)


def flags(rng: Random, guest: bool) -> int:
    """Any combination, most of them useful; with U where the G-stage needs it."""
    made = rng.choice((2, 6, 10, 14, 14, 14, 8, 4, 0)) | (rng.random() < 0.96)
    made |= (rng.random() < (0.92 if guest else 0.5)) << 4 | rng.getrandbits(1) << 5
    return made | (rng.random() < 0.85) << 6 | (rng.random() < 0.75) << 7


class World:
    """RAM whose first pages are tables of both stages that point at each other."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.board = Board()
        self.base = self.board.ram_base
        for root in (0, ROOTS):
            for index in range(2048):
                self.put(root, index, self.entry(True, 4, True))
        for page in VS_TABLES:
            for index in range(512):
                self.put(page, index, self.entry(False, rng.randrange(3), False))
        for page in G_TABLES:
            for index in range(512):
                self.put(page, index, self.entry(True, rng.randrange(3), False))

    def put(self, page: int, index: int, value: int) -> None:
        self.board.put(self.base + PAGE * page + 8 * index, value)

    def entry(self, guest: bool, level: int, root: bool) -> int:
        """A pointer, or a leaf: a page of RAM, a superpage that starts with RAM, or anywhere."""
        rng = self.rng
        tables = G_TABLES if guest else VS_TABLES
        kind = rng.random()
        if kind < (0.5 if root else 0.35):
            wrong = 1 << rng.choice((4, 5, 6, 7)) if rng.random() < 0.05 else 0
            return (self.base >> 12) + rng.choice(tables) << 10 | 1 | wrong
        if kind < 0.97:
            page = (self.base >> 12) + rng.choice((0, 0, rng.randrange(ALL_PAGES)))
            return page << 10 | flags(rng, guest)
        return rng.getrandbits(54) << 10 & (1 << 64) - 1 | flags(rng, guest)

    def hart(self) -> twostage.Hart:
        """Random control words, in the board and for the oracle."""
        rng, board = self.rng, self.board
        bits = {name: rng.random() < 0.5 for name in ("sum", "vs_mxr", "hs_mxr", "vs", "g")}
        modes = (rng.choice(BARE_OR_FORMATS[1:]), rng.choice(BARE_OR_FORMATS))
        if rng.random() < 0.15:
            modes = 0, rng.choice(BARE_OR_FORMATS[1:])
        vsatp = modes[0] << 60 | (self.base >> 12) + rng.choice(VS_TABLES)
        hgatp = modes[1] << 60 | (self.base >> 12) + rng.choice((0, ROOTS))
        sum_, mxr = MSTATUS.mask("SUM"), MSTATUS.mask("MXR")
        board.hart.set_word("vsatp", vsatp)
        board.hart.set_word("hgatp", hgatp)
        board.hart.set_word("vsstatus", sum_ * bits["sum"] | mxr * bits["vs_mxr"])
        board.hart.set_word("mstatus", mxr * bits["hs_mxr"] | sum_ * (rng.random() < 0.5))
        adue = ENVCFG.mask("ADUE")
        board.hart.set_word("menvcfg", adue * bits["g"])
        board.hart.set_word("henvcfg", adue * bits["vs"])
        # henvcfg.ADUE is read-only 0 while menvcfg.ADUE is 0.
        return twostage.Hart(
            board.word, self.write, vsatp, hgatp, bits["sum"], bits["vs_mxr"], bits["hs_mxr"],
            bits["vs"] and bits["g"], bits["g"],
        )  # fmt: skip

    def write(self, place: int, value: int) -> None:
        self.written[place] = value

    def compare(self, va: int, access: int, mode: int, hlvx: bool) -> tuple[int, int]:
        """One walk by both; the cause and how many entries were read."""
        board, hart = self.board, self.hart()
        self.written: dict[int, int] = {}
        told, pa = (0, 0, 0), 0
        try:
            pa = twostage.translate(hart, va, access, mode, hlvx)
        except twostage.Fault as fault:
            told = fault.told
        actor = VIRTUAL_ACTOR | mode | HLVX * hlvx
        before = board.hart.word("pte_reads")
        expected_ram = {place: board.word(place) for place in self.written} | self.written
        cause, page, allowed, _ = board.call("walk", va, access, actor, 1)
        walked, read = board.hart.word("pte_reads") - before, len(hart.reads)
        assert cause == told[0], f"va {va:#x} access {access} mode {mode} hlvx {hlvx}"
        if not cause:
            assert page == pa & (1 << 56) - 1 & ~0xFFF
        if not cause and not hlvx:
            assert [allowed >> a & 1 for a in range(3)] == [
                self.passes(hart, va, a, mode) for a in range(3)
            ]
        if cause in (20, 21, 23):
            assert board.hart.word("trap_tval2") == told[1]
            assert board.hart.word("trap_tinst") == told[2]
        assert {place: board.word(place) for place in expected_ram} == expected_ram
        if not self.written:
            assert walked == read
        return cause, read

    def passes(self, hart: twostage.Hart, va: int, access: int, mode: int) -> bool:
        """True if the access needs no entry to be changed: a TLB may let it pass from now on."""
        kept, self.written = self.written, {}
        try:
            twostage.translate(hart, va, access, mode)
            return not self.written
        except twostage.Fault:
            return False
        finally:
            self.written = kept


@pytest.mark.parametrize("seed", range(8 * SCALE))
def test_a_walk_of_two_stages_does_what_the_manual_says(seed: int) -> None:
    """Any tables, formats, accesses and flags: the same page or the same fault, told alike, the
    same entries read and the same A and D set."""
    rng = Random(seed)
    world = World(rng)
    world.board.open_memory()
    causes = set()
    for _ in range(1500):
        va = rng.getrandbits(64) >> rng.choice((25, 26, 33, 34, 45))
        if rng.random() < 0.4:
            va = world.base + rng.randrange(ALL_PAGES * PAGE)
        if rng.random() < 0.1:
            va = ~va & (1 << 64) - 1
        hlvx = rng.random() < 0.15
        access = manual.LOAD if hlvx else rng.randrange(3)
        causes.add(world.compare(va, access, rng.choice((manual.U, manual.S)), hlvx)[0])
    assert causes >= {0, 12, 13, 15, 20, 21, 23}


# How long walks are ------------------------------------------------------------------------------

SHIFT = 30
"""Where the guest's gigabyte is: both stages map it, with leaves of any size."""


def stage_of(board: Board, first: int, levels: int, leaf: int, root_pages: int) -> int:
    """Tables from page `first` on that map everything onto itself with leaves of level `leaf`:
    each table points, or leads, from the index of RAM's own gigabyte only. The page behind them."""
    base, at = board.ram_base, first
    next_page = first + root_pages
    for level in range(levels - 1, leaf, -1):
        index = base >> 12 + 9 * level & 511
        board.put(base + PAGE * at + 8 * index, (base >> 12) + next_page << 10 | 1)
        at, next_page = next_page, next_page + 1
    for index in range(512):
        pa = (base & -(1 << 12 + 9 * (leaf + 1))) + (index << 12 + 9 * leaf)
        board.put(base + PAGE * at + 8 * index, pa >> 12 << 10 | 0xDF)
    return next_page


@pytest.mark.parametrize("vs", FORMATS, ids=lambda fmt: fmt.name)
@pytest.mark.parametrize("g", (None, *FORMATS), ids=lambda fmt: fmt.name + "x4" if fmt else "Bare")
def test_a_walk_reads_n_plus_1_times_m_plus_1_less_1_entries(vs: Format, g: Format | None) -> None:
    """For every size of leaf of both stages: n tables of one, m of the other."""
    for leaf in range(3):
        for guest_leaf in range(3):
            board = Board()
            board.open_memory()
            behind = 0
            if g:
                behind = stage_of(board, 0, g.levels, guest_leaf, 4)
            stage_of(board, behind, vs.levels, leaf, 1)
            board.hart.set_word("vsatp", vs.number << 60 | (board.ram_base >> 12) + behind)
            mode = g.number if g else 0
            board.hart.set_word("hgatp", mode << 60 | board.ram_base >> 12)
            seen: list[Event] = []
            board.engine.listeners.kinds = EventKind.WALK
            board.engine.listeners.emit = seen.append
            va = board.ram_base + 0x3_4568
            cause, page, allowed, level = board.call("walk", va, manual.LOAD, VIRTUAL_ACTOR, 1)
            assert (cause, page, allowed, level) == (0, va & ~0xFFF, 7, leaf)
            n = vs.levels - leaf
            m = g.levels - guest_leaf if g else 0
            [walk] = seen
            assert isinstance(walk, Walk)
            assert len(walk.reads) == (n + 1) * (m + 1) - 1
            assert (walk.virtual, walk.levels, walk.pa, walk.gpa) == (True, vs.levels, va, va)
            own = [read for read in walk.reads if read.stage is Stage.VS]
            assert [read.level for read in own] == list(range(vs.levels - 1, leaf - 1, -1))
            of_entries = [read.of for read in walk.reads if read.stage is Stage.G]
            assert of_entries == [at for read in own for at in [read.entry] * m] + [va] * m


def test_the_longest_walks_are_those_of_the_manual() -> None:
    """15 reads for Sv39 over Sv39x4, 24 for Sv48, 35 for Sv57."""
    assert [(fmt.levels + 1) ** 2 - 1 for fmt in FORMATS] == [15, 24, 35]
