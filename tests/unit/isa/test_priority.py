"""Which of several exceptions or interrupts is taken: every combination (3.1.9, 3.1.15)."""

from __future__ import annotations

from itertools import product

import pytest

from tests.unit.isa.space import TABLES, A, D, R, Space, W
from tests.unit.programs import PASS, session
from vmlab.core.bits import MASK64
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, StopAt
from vmlab.engine.reference import Reference
from vmlab.isa.causes import (
    ACCESS_FAULTS,
    EXCEPTIONS,
    ILLEGAL_INSTRUCTION,
    MISALIGNED,
    PAGE_FAULTS,
)
from vmlab.isa.layouts import MSTATUS, PMPCFG, PTE
from vmlab.isa.system.walk import FORMATS
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform

X = PTE["X"].mask
ORDER = (11, 3, 7, 9, 1, 5)
"""MEI, MSI, MTI, SEI, SSI, STI: decreasing priority (3.1.9), written out once more."""


def test_every_set_of_pending_interrupts_in_every_mode() -> None:
    """2**6 pending, 2**3 delegated, three modes, both enables: first M's, then by the order."""
    machine = Machine(Platform(ram_bytes=1 << 16))
    engine, hart = Reference(machine), machine.hart
    hart.set_word("mie", MASK64)
    hart.set_word("mtimecmp", MASK64)
    choose = engine.kernel("interrupt")
    places = sorted(ORDER)
    for pending, delegated, mode, mie, sie in product(
        range(64), range(8), Mode, (False, True), (False, True)
    ):
        there = {cause for bit, cause in enumerate(places) if pending >> bit & 1}
        to_s = {cause for bit, cause in enumerate((1, 5, 9)) if delegated >> bit & 1}
        hart.set_word("mip", sum(1 << cause for cause in there))
        hart.set_word("mideleg", sum(1 << cause for cause in to_s))
        hart.set_word("mode", mode)
        hart.set_word("mstatus", mie * MSTATUS.mask("MIE") | sie * MSTATUS.mask("SIE"))
        m_takes = there - to_s if mode < Mode.M or mie else set()
        s_takes = there & to_s if mode < Mode.S or (mode is Mode.S and sie) else set()
        expected = next((cause for cause in ORDER if cause in (m_takes or s_takes)), 0)
        assert choose() == expected, (there, to_s, mode, mie, sie)


def forbid(space: Space, first: int, pages: int) -> None:
    """No access for S to pages of RAM; everything else stays open."""
    space.pmp("pmpaddr", 1, (1 << 54) - 1)
    space.pmp("pmpcfg", 1, PMPCFG.mask("R", "W", "X", "A"))
    space.pmp("pmpaddr", 0, first >> 2 | (pages << 9) - 1)
    space.pmp("pmpcfg", 0, PMPCFG.mask("A"))


@pytest.mark.parametrize("access", [Access.LOAD, Access.STORE])
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(
    ("odd", "unmapped", "forbidden", "no_table"), list(product((False, True), repeat=4))
)
def test_every_set_of_faults_of_one_access(
    access: Access, done: bool, odd: bool, unmapped: bool, forbidden: bool, no_table: bool
) -> None:
    """The first in the order is taken, whatever else is wrong; done accesses are not misaligned."""
    space = Space(FORMATS[0], R | W | A | D, misaligned="done" if done else "trap")
    if unmapped:
        space.set_pte(0)
    if no_table:  # the walk itself is refused: an access fault before the page is known
        forbid(space, TABLES, 4)
    elif forbidden:
        forbid(space, memmap.RAM, 1)
    kernel = space.engine.kernel("load" if access is Access.LOAD else "store")
    va = (space.va + odd) & MASK64
    cause, tval = kernel(*(va, 4) if access is Access.LOAD else (va, 4, 0))
    causes = []
    if odd and not done:
        causes.append(MISALIGNED[access.value])
    if unmapped and not no_table:
        causes.append(PAGE_FAULTS[access.value])
    if no_table or forbidden:
        causes.append(ACCESS_FAULTS[access.value])
    expected = min(causes, key=lambda number: EXCEPTIONS[number].priority, default=0)
    assert cause == expected
    assert not cause or tval == va


@pytest.mark.parametrize(("unmapped", "forbidden"), list(product((False, True), repeat=2)))
def test_every_set_of_faults_of_one_fetch(unmapped: bool, forbidden: bool) -> None:
    """Page fault, access fault, illegal instruction: in this order, of the word 0."""
    space = Space(FORMATS[0], 0 if unmapped else X | A)
    if unmapped:
        space.set_pte(0)
    if forbidden:
        forbid(space, memmap.RAM, 1)
    space.hart.pc = space.va
    assert space.engine.run(1, StopAt(trap=True)) is Halt.TRAP
    causes = [ILLEGAL_INSTRUCTION]
    causes += [PAGE_FAULTS[0]] * unmapped + [ACCESS_FAULTS[0]] * forbidden
    expected = min(causes, key=lambda number: EXCEPTIONS[number].priority)
    assert space.hart.word("mcause") == expected
    assert space.hart.word("mtval") == (0 if expected == ILLEGAL_INSTRUCTION else space.va)


# Misaligned accesses that are done --------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 4, 8])
@pytest.mark.parametrize("at", range(0xFF9, 0x1000))
def test_a_misaligned_access_reads_back_across_a_page_of_ram(size: int, at: int) -> None:
    machine = Machine(Platform(ram_bytes=1 << 16, misaligned="done"))
    engine = Reference(machine)
    value = 0x1122_3344_5566_7788 & (1 << 8 * size) - 1
    assert engine.kernel("store")(memmap.RAM + at, size, value) == (0, 0)
    assert engine.kernel("load")(memmap.RAM + at, size) == (0, value)
    assert machine.read(memmap.RAM + at, size) == value.to_bytes(size, "little")


def test_nothing_is_written_when_the_second_page_faults() -> None:
    space = Space(FORMATS[0], R | W | A | D, misaligned="done")
    va = space.va + 0xFFD
    assert space.engine.kernel("store")(va, 8, MASK64) == (PAGE_FAULTS[2], space.va + 0x1000)
    assert space.machine.read(memmap.RAM + 0xFF8, 16) == bytes(16)


def test_a_misaligned_access_to_a_device_is_an_access_fault() -> None:
    engine = Reference(Machine(Platform(ram_bytes=1 << 16, misaligned="done")))
    va = memmap.CLINT + 0x4001
    assert engine.kernel("load")(va, 4) == (ACCESS_FAULTS[1], va)
    assert engine.kernel("store")(va, 4, 0) == (ACCESS_FAULTS[2], va)


# What mstatus takes away --------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.S, Mode.U, Mode.M])
@pytest.mark.parametrize(
    ("text", "bit", "lowest"),
    [
        ("wfi", "TW", Mode.S),
        ("sret", "TSR", Mode.S),
        ("sfence.vma", "TVM", Mode.S),
        ("sinval.vma zero, zero", "TVM", Mode.S),
        ("csrr a0, satp", "TVM", Mode.S),
        ("sfence.w.inval", None, Mode.S),
        ("sfence.inval.ir", None, Mode.S),
        ("mret", None, Mode.M),
    ],
)
@pytest.mark.parametrize("taken", [False, True])
def test_what_m_takes_away_from_s(
    text: str, bit: str | None, lowest: Mode, mode: Mode, taken: bool
) -> None:
    run = session(text + PASS)
    run.step(5)  # through the ROM
    hart = run.machine.hart
    hart.set_word("pmp_active", 0)
    run.engine.kernel("csr_write")(0x3B0, (1 << 54) - 1)
    run.engine.kernel("csr_write")(0x3A0, PMPCFG.mask("R", "W", "X", "A"))
    hart.set_word("mstatus", MSTATUS.mask(bit) if bit and taken else 0)
    hart.set_word("mode", mode)
    hart.set_word("mcause", 0)
    pc = hart.pc
    run.step(1)
    refused = mode < lowest or bool(bit and taken and mode is Mode.S)
    assert (hart.word("mcause") == ILLEGAL_INSTRUCTION and hart.word("mepc") == pc) == refused


@pytest.mark.parametrize(("choice", "told"), [("word", True), ("zero", False)])
@pytest.mark.parametrize("word", [0xFFFF_FFFF, 0x1234_500B])
def test_tval_of_an_illegal_instruction_is_its_word_or_zero(
    choice: str, told: bool, word: int
) -> None:
    run = session(f".word {word:#x}", illegal_tval=choice)
    run.step(6)
    hart = run.machine.hart
    assert hart.word("mcause") == ILLEGAL_INSTRUCTION
    assert hart.word("mtval") == (word if told else 0)


# S's own timer ------------------------------------------------------------------------------------


def test_s_s_timer_ends_a_wait_at_its_time_and_is_read_only_in_mip() -> None:
    run = session(
        """
        li t0, 1 << 63; csrw menvcfg, t0
        li t0, 5000; csrw stimecmp, t0
        li t0, 0x20; csrw mie, t0; csrs mip, t0
        csrr a0, mip
        wfi
        csrr a1, mip; csrr a2, time; csrc mip, t0; csrr a3, mip
        li t0, -1; csrw stimecmp, t0; csrr a4, mip
        """
        + PASS
    )
    run.run(limit=200)
    x = run.machine.hart.x
    assert (x[10], x[11], x[13], x[14]) == (0, 0x20, 0x20, 0)
    assert 5000 <= x[12] < 5010


def test_without_stce_the_bit_is_software_s() -> None:
    run = session(
        "csrw stimecmp, zero; csrr a0, mip; li t0, 0x20; csrw mip, t0; csrr a1, mip" + PASS
    )
    run.run(limit=100)
    assert (run.machine.hart.x[10], run.machine.hart.x[11]) == (0, 0x20)
