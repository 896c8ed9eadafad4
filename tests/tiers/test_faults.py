"""Faults at every access, and everything that changes what an access may do."""

from __future__ import annotations

from typing import Final

import pytest

from tests.tiers.programs import CODE, DATA, FLAGS, PAGE, WORK, Tables, kinds, program, start
from tests.tiers.sides import ALL, Program, Twins
from vmlab.isa.layouts import ENVCFG
from vmlab.isa.system.walk import FORMATS
from vmlab.machine import memmap


def table_of(mode: str, format: int = 0) -> Tables:
    user = "U" if mode == "U" else ""
    return Tables(format=format).same(CODE, 3, "RX" + user).same(DATA, 3, "RW" + user)


BROKEN: Final = {
    "not valid": lambda pte: pte & ~1,
    "not readable": lambda pte: pte & ~(FLAGS["R"] | FLAGS["W"]),
    "not writable": lambda pte: pte & ~FLAGS["W"],
    "not executable": lambda pte: pte & ~FLAGS["X"],
    "other mode's": lambda pte: pte ^ FLAGS["U"],
    "not accessed": lambda pte: pte & ~FLAGS["A"],
    "not dirty": lambda pte: pte & ~FLAGS["D"],
    "reserved": lambda pte: pte | 1 << 60,
    "nowhere": lambda pte: pte & 0x3FF | 0x7000_0000 >> 12 << 10,
    "a table": lambda pte: pte & ~(FLAGS["R"] | FLAGS["W"] | FLAGS["X"]),
}


MODE_AND_FORMAT: Final = [
    # One text walks all formats: with more levels, one mode is enough for the short form.
    pytest.param(mode, at, id=f"{mode}-{fmt.name}", marks=[pytest.mark.long] if late else [])
    for mode in ("S", "U")
    for at, fmt in enumerate(FORMATS)
    for late in [mode == "U" and at > 0]
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(("mode", "format"), MODE_AND_FORMAT)
def test_each_page_of_a_program_made_to_fault(mode: str, broken: str, format: int) -> None:
    """Every entry that the program needs is broken in turn, at every level."""
    for va in (CODE, CODE + PAGE, DATA, DATA + PAGE, DATA + 2 * PAGE):
        for level in range(FORMATS[format].levels):
            tables = table_of(mode, format)
            table, index = tables.place(va, level)
            tables.pages[table][index] = BROKEN[broken](tables.pages[table][index])
            twins = Twins(program(start(mode, tables.satp) + WORK, tables))
            twins.play(1_500)
            if level == 0:
                break_only_some = broken in ("a table", "other mode's", "not valid", "reserved")
                assert kinds(twins) - {8, 9} or not break_only_some


@pytest.mark.parametrize("svadu", [False, True])
@pytest.mark.parametrize("mode", ["S", "U"])
def test_pages_become_accessed_and_dirty(mode: str, svadu: bool) -> None:
    tables = table_of(mode)
    for page in tables.pages[1:]:
        for index, entry in enumerate(page):
            if entry & FLAGS["A"]:
                page[index] = entry & ~(FLAGS["A"] | FLAGS["D"])
    more = f"li t0, {ENVCFG.mask('ADUE'):#x}\ncsrs menvcfg, t0\n" if svadu else ""
    for budget in (None, 1, 5):
        twins = Twins(program(start(mode, tables.satp, more=more) + WORK, tables), listen=ALL)
        twins.play(1_500, budget)
        assert bool(kinds(twins) - {8, 9}) != svadu


@pytest.mark.parametrize("mode", ["S", "U"])
def test_a_handler_that_mends_the_page(mode: str) -> None:
    """Demand paging: M maps what was missing, with and without a fence, and the access is done
    again; pages are taken away again between the rounds."""
    tables = table_of(mode)
    entries = [tables.entry_at(DATA + at * PAGE) for at in range(3)]
    mend = f"""
    trap:
        csrr s10, mcause
        slli s8, s8, 1
        xor s8, s8, s10
        csrr s11, mtval
        add s8, s8, s11
        addi s10, s10, -13
        beqz s10, mend
        addi s10, s10, -2
        beqz s10, mend
        addi s10, s10, 7
        beqz s10, take_away
        li s11, 0x100000
        li s10, 0x5555
        sw s10, 0(s11)
        j .
    mend:
        csrr s11, mtval
        srli s11, s11, 12
        andi s11, s11, 511
        slli s11, s11, 3
        li s10, {entries[0] & ~0xFFF:#x}
        add s11, s11, s10
        ld s10, 0(s11)
        ori s10, s10, 1
        sd s10, 0(s11)
        andi s11, s8, 1
        beqz s11, 1f
        csrr s11, mtval
        sfence.vma s11, zero
    1:  mret
    take_away:
        li s11, {entries[0]:#x}
        ld s10, 0(s11)
        andi s10, s10, -2
        sd s10, 0(s11)
        sfence.vma
        csrr s11, mepc
        addi s11, s11, 4
        csrw mepc, s11
        mret
    """
    body = WORK.replace("jal 2f", "jal 2f\n ecall" if mode == "U" else "jal 2f").replace(
        "bnez s3, 1b\n    ecall", "bnez s3, 1b\n    ebreak"
    )
    for entry in entries:
        table, index = (entry - tables.base) // PAGE, (entry & 0xFFF) // 8
        tables.pages[table][index] &= ~1

    made = Program.of(start(mode, tables.satp) + body + ".balign 4\n" + mend)
    made.segments = [*made.segments, *tables.segments()]
    twins = Twins(made, listen=ALL)
    twins.play(3_000)
    assert {13, 15} & kinds(twins)


# Where code stands -------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [None, 1])
@pytest.mark.parametrize("second", ["RX", "", "RW", "RXU"])
def test_an_instruction_whose_second_half_is_not_there(second: str, budget: int | None) -> None:
    """It lies over the end of a page; the fault is the second half's, tval its address."""
    edge = 0x9000
    tables = Tables().same(CODE, 3, "RX").map(edge - PAGE, DATA, "RX")
    if second:
        tables.map(edge, DATA + PAGE, second)
    source = (
        start("S", tables.satp)
        + f"""
    body:
        li s0, {edge - 2:#x}
        la s9, back
        li s3, 3
    1:  jalr s0
    back:
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    words = b"\x13\x05\x15\x00" + 0x8082.to_bytes(2, "little")
    twins = Twins(program(source, tables, more=[(DATA + PAGE - 2, words)]), listen=ALL)
    twins.finish(budget=budget)
    assert twins.hart.x[10] == (3 if second == "RX" else 0)


@pytest.mark.parametrize("target", [
    memmap.UART, memmap.CLINT, memmap.PLIC, 0, 0x7000_0000, memmap.RAM + (1 << 20), (1 << 64) - 2,
    memmap.RAM + (1 << 20) - 2, memmap.ROM, memmap.ROM + 0x18, memmap.ROM + 0xFFE, 1 << 56,
])  # fmt: skip
def test_a_jump_to_where_no_code_is(target: int) -> None:
    """Devices, nothing, the ROM (which holds code), the last bytes of RAM."""
    source = (
        start("M")
        + f"""
    body:
        li s0, {target:#x}
        la s9, back
        li s3, 3
    1:  li t0, 0
        jalr s0
    back:
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    for budget in (None, 1):
        Twins(program(source)).play(500, budget)


def test_the_reset_code_runs_in_the_rom() -> None:
    for budget in (None, 1):
        twins = Twins(program(start("M") + "body:\nmv a5, a1\necall\n"))
        twins.poke("pc", memmap.RESET_VECTOR)
        twins.finish(budget=budget)
        assert twins.hart.x[15] > memmap.RAM


@pytest.mark.parametrize("isa", ["rv64i", "rv64ima", "rv64ic_zba"])
def test_machines_that_lack_extensions(isa: str) -> None:
    """Their instructions are illegal, and a jump to half a word is misaligned without C."""
    body = "la s9, 1f\nla t0, 1f\njr 2(t0)\nnop\n1: mul a0, a1, a2\namoadd.w a0, a1, (s0)\n"
    body += "lr.w a0, (s0)\nsh1add a0, a1, a2\nandn a0, a1, a2\nbset a0, a1, a2\nfence.i\n"
    source = start("M") + f"body:\nli s0, {DATA:#x}\n{body}csrr a0, misa\necall\n"
    for word in ("word", "zero"):
        Twins(program(source), isa=isa, illegal_tval=word).finish()
