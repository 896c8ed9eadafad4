"""What the TLB forgets, no engine may remember: the page that runs included."""

from __future__ import annotations

from typing import Final

import pytest

from tests.tiers.programs import CODE, DATA, PAGE, Tables, program, start
from tests.tiers.sides import ALL, QUIET, Twins
from vmlab.derive.asm import assemble
from vmlab.isa.state import TLB_ENTRIES
from vmlab.isa.system.walk import FORMATS
from vmlab.machine import memmap

SELF: Final = 0x40_0000
FENCES: Final = ("sfence.vma", "sfence.vma s1, zero", "sfence.vma s1, s5", "sinval.vma s1, zero",
                 "sfence.vma zero, s5", "csrw satp, s6", "sfence.vma s2, zero", "nop")  # fmt: skip


@pytest.mark.parametrize("budget", [None, 1])
@pytest.mark.parametrize("fence", FENCES)
def test_the_page_that_runs_is_mapped_elsewhere(fence: str, budget: int | None) -> None:
    """The program stands on a page that it maps to another one, and fences (or not): the next
    instruction is the other page's, once the TLB has forgotten."""
    tables = Tables().same(CODE, 4, "RX").same(memmap.RAM + 0x4_0000, 16, "RW")
    tables.map(SELF, DATA, "RX")
    code = [
        assemble(
            f"sd s3, 0(s4)\n{fence}\naddi a0, a0, {add}\naddi a1, a1, {add}\nsd s7, 0(s4)\n"
            f"{fence}\naddi a0, a0, {add}\naddi a2, a2, 1\njr s8\n", "t.S",
        ).section(".text").data
        for add in (1, 100)
    ]  # fmt: skip
    old = tables.pages[tables.place(SELF)[0]][tables.place(SELF)[1]]
    source = (
        start("S", tables.satp)
        + f"""
    body:
        li s1, {SELF:#x}
        li s2, {SELF + PAGE:#x}
        li s3, {old + (PAGE >> 12 << 10):#x}
        li s4, {tables.entry_at(SELF):#x}
        li s5, 0
        li s6, {tables.satp:#x}
        li s7, {old:#x}
        la s8, 2f
        li s10, 3
    1:  jr s1
    2:  addi s10, s10, -1
        bnez s10, 1b
        ecall
    """
    )
    made = program(source, tables, more=[(DATA, code[0]), (DATA + PAGE, code[1])])
    for listen in (QUIET, ALL):
        twins = Twins(made, listen=listen)
        twins.play(800, budget)


@pytest.mark.parametrize("budget", [None, 1])
@pytest.mark.parametrize("access", ["ld a1, 0(s1)", "sd a1, 0(s1)", "amoadd.d a1, a2, (s1)",
                                    "lr.d a1, (s1)", "ld a1, -4(s1)", "jalr s1"])  # fmt: skip
def test_data_takes_the_place_of_the_code(access: str, budget: int | None) -> None:
    """The TLB has one place for pages that lie TLB_ENTRIES apart: an access drops the page that
    runs, so its next fetch walks again. Counted alike."""
    apart = TLB_ENTRIES * PAGE
    tables = Tables().same(CODE, 1, "RX").map(CODE + apart, DATA, "RWX")
    tables.map(CODE + apart - PAGE, DATA + PAGE, "RW").map(CODE + 2 * apart, DATA + PAGE, "RWX")
    source = (
        start("S", tables.satp)
        + f"""
    body:
        li s1, {CODE + apart:#x}
        li s2, {CODE + 2 * apart:#x}
        li s3, 6
        la s4, 2f
    1:  {access}
        addi a0, a0, 1
        {access.replace("s1", "s2") if "jalr" not in access else "nop"}
        addi a0, a0, 1
        {access}
    2:  addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    ret = 0x8082.to_bytes(2, "little")
    made = program(source, tables, more=[(DATA, ret), (DATA + PAGE, ret)])
    twins = Twins(made, listen=ALL, misaligned="done")
    twins.finish(budget=budget)
    assert twins.word("tlb_misses") > 12


@pytest.mark.parametrize("format", range(len(FORMATS)), ids=[fmt.name for fmt in FORMATS])
def test_superpages_and_fences_inside_them(format: int) -> None:
    """Code and data on a superpage of each level; its entry is changed, and an address inside it
    fenced, far from those that have been used."""
    for level in range(1, FORMATS[format].levels):
        size = PAGE << 9 * level
        tables = Tables(format=format).same(CODE, 3, "RX").same(memmap.RAM + 0x4_0000, 32, "RW")
        big = size
        while big >> 12 + 9 * level == memmap.RAM >> 12 + 9 * level:
            big += size  # not where the code is
        base = memmap.RAM & ~(size - 1)
        tables.map(big, base, "RWX", level)
        inside = memmap.RAM - base if memmap.RAM - base < size else 0
        table, index = tables.place(big, level)
        entry = tables.base + PAGE * table + 8 * index
        source = (
            start("S", tables.satp)
            + f"""
        body:
            li s1, {big + inside + DATA - memmap.RAM:#x}
            li s2, {entry:#x}
            li s3, 4
            li s4, {big + size - PAGE:#x}
            li s5, 0xcf
            ld s6, 0(s2)
        1:  ld a0, 0(s1)
            sd s3, 8(s1)
            jalr s1
            ld a1, {PAGE - 8 & 0x7F8}(s1)
            xori s7, s6, 4
            sd s7, 0(s2)
            sd s3, 16(s1)
            sfence.vma s4, zero
            sd s3, 24(s1)
            sd s6, 0(s2)
            sd s3, 24(s1)
            sfence.vma s4, zero
            sd s3, 32(s1)
            addi s3, s3, -1
            bnez s3, 1b
            ecall
        """
        )
        made = program(source, tables, more=[(DATA, 0x8082.to_bytes(2, "little"))])
        for budget in (None, 1):
            Twins(made, listen=ALL).play(800, budget)


def test_many_address_spaces_share_the_tables() -> None:
    """More ASIDs than an engine has tables for, each with the same page mapped somewhere else."""
    spaces = [
        Tables(base=memmap.RAM + 0x4_0000 + 0x5000 * at, asid=at * 5 + 1)
        .same(CODE, 2, "RX")
        .map(SELF, DATA + PAGE * (at % 3), "RWX")
        for at in range(20)
    ]
    ret = 0x8082.to_bytes(2, "little")
    source = (
        start("S", spaces[0].satp)
        + """
    body:
        li s1, 0x400000
        li s3, 5
    again:
        la s2, table
        li s4, 20
    1:  ld t0, 0(s2)
        csrw satp, t0
        jalr s1
        ld a0, 8(s1)
        add a0, a0, s4
        sd a0, 8(s1)
        addi s2, s2, 8
        addi s4, s4, -1
        bnez s4, 1b
        addi s3, s3, -1
        bnez s3, again
        ecall
        .balign 8
    table:
    """
        + "".join(f".dword {space.satp:#x}\n" for space in spaces)
    )
    made = program(source, *spaces, more=[(DATA + PAGE * at, ret) for at in range(3)])
    for budget in (None, 3):
        twins = Twins(made, listen=ALL)
        twins.finish(budget=budget)
        assert twins.word("tlb_misses") > 100


def test_flushing_before_each_access() -> None:
    """A full flush starts a new epoch: thousands of them, with accesses of every kind between."""
    tables = Tables().same(CODE, 1, "RX").same(DATA, 2, "RW")
    source = (
        start("S", tables.satp)
        + f"""
    body:
        li s1, {DATA:#x}
        li s3, 700
    1:  sfence.vma
        ld a0, 0(s1)
        sfence.vma
        sd a0, 8(s1)
        sfence.vma
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    Twins(program(source, tables)).finish(budget=1_500)


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("mode", ["M", "S", "U"])
def test_pages_that_share_a_place_without_translation(mode: str, runs: bool) -> None:
    """Physical pages TLB_ENTRIES apart, loaded, stored and executed in every order."""
    apart = TLB_ENTRIES * PAGE
    pages = [DATA + apart * at for at in range(4)]
    steps = (
        "ld a0, {n}(s{x})", "sd a1, {n}(s{y})", "sd a0, {n}(s{x})", "ld a2, {n}(s{y})",
        "jalr 256(s{x})", "amoadd.d a3, a1, (s{y})", "lbu a4, {n}(s{z})", "sb a4, {n}(s{x})",
        "jalr 256(s{z})", "sw a3, {n}(s{z})",
    )  # fmt: skip
    steps = tuple(step for step in steps if runs or "jalr" not in step)
    body, seed = "", 7
    for at in range(120):
        seed = seed * 1_103_515_245 + 12_345 & 0x7FFF_FFFF
        x, y, z = (2 + (seed >> shift & 3) for shift in (8, 10, 12))
        body += steps[(seed >> 16) % len(steps)].format(n=16 + 8 * (at % 8), x=x, y=y, z=z) + "\n"
    registers = "".join(f"li s{2 + at}, {page:#x}\n" for at, page in enumerate(pages))
    source = (
        start(mode) + f"body:\n{registers}li s6, 3\n1:\n{body}addi s6, s6, -1\nbnez s6, 1b\necall\n"
    )
    code = bytes.fromhex("93851500 8280".replace(" ", ""))
    made = program(source, more=[(page + 256, code) for page in pages])
    for budget in (None, 1, 5):
        Twins(made, ram_bytes=8 << 20).finish(budget=budget)


@pytest.mark.parametrize("access", ["load", "fetch"])
def test_any_number_of_pages_is_forgotten(access: str) -> None:
    """One address space is left for another after n pages, for every n: tables that are emptied
    by what they hold, and those that are emptied whole, hold nothing of it any more."""
    do = {"load": "ld a1, 0(s1)\nadd a0, a0, a1", "fetch": "jalr s1"}[access]
    datas = [f"addi a0, a0, {add}\nret" for add in (1, 100)]
    one = Tables(base=memmap.RAM + 0x4_0000).same(CODE, 1, "RX")
    other = Tables(base=memmap.RAM + 0x5_0000, asid=1).same(CODE, 1, "RX")
    for at in range(80):
        one.map(SELF + at * PAGE, DATA, "RX")
        other.map(SELF + at * PAGE, DATA + PAGE, "RX")
    source = (
        start("S", one.satp)
        + f"""
    body:
        li s3, 0                  # how many pages
        li s5, {one.satp:#x}
        li s6, {other.satp:#x}
        li s4, {PAGE}
    1:  addi s3, s3, 1
        li t3, 2
    2:  li s1, {SELF:#x}
        mv s2, s3
    3:  {do}
        add s1, s1, s4
        addi s2, s2, -1
        bnez s2, 3b
        csrw satp, s6
        xor s5, s5, s6
        xor s6, s5, s6
        xor s5, s5, s6
        addi t3, t3, -1
        bnez t3, 2b
        li t0, 70
        bne s3, t0, 1b
        ecall
    """
    )
    more = [(DATA + PAGE * at, assemble(text, "t.S").section(".text").data)
            for at, text in enumerate(datas)]  # fmt: skip
    twins = Twins(program(source, one, other, more=more))
    twins.finish(budget=997)
    if access == "fetch":
        assert twins.hart.x[10] == 101 * 70 * 71 // 2
