"""What an access may do changes while the program runs: modes, address spaces, fences, PMP."""

from __future__ import annotations

from typing import Final

import pytest

from tests.tiers.programs import CODE, DATA, PAGE, WORK, Tables, kinds, program, start
from tests.tiers.sides import ALL, QUIET, Program, Twins
from vmlab.core.events import EventKind
from vmlab.isa.layouts import MSTATUS
from vmlab.machine import memmap


@pytest.mark.parametrize("which", ["SUM", "MXR", "MPRV"])
@pytest.mark.parametrize("listen", [QUIET, ALL])
def test_sum_mxr_and_mprv_switched_in_a_loop(which: str, listen: EventKind) -> None:
    mode = "M" if which == "MPRV" else "S"
    tables = Tables().same(CODE, 3, "RX").same(DATA, 1, "RWU").map(DATA + PAGE, DATA + PAGE, "X")
    register = "mstatus" if mode == "M" else "sstatus"
    mpp = "li t0, 0x1800\ncsrc mstatus, t0\nli t0, 0x800\ncsrs mstatus, t0\n" if mode == "M" else ""
    satp = f"li t0, {tables.satp:#x}\ncsrw satp, t0\n" if mode == "M" else ""
    source = (
        start(mode, tables.satp)
        + f"""
    body:
        {satp}
        li s0, {DATA:#x}
        li s1, {DATA + PAGE:#x}
        li s2, {MSTATUS.mask(which):#x}
        li s3, 6
    1:  {mpp}
        ld a0, 0(s0)
        sd a0, 8(s0)
        ld a1, 0(s1)
        csrs {register}, s2
        {mpp}
        ld a0, 0(s0)
        sd s3, 8(s0)
        ld a1, 0(s1)
        amoadd.d a2, s3, (s0)
        csrc {register}, s2
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    twins = Twins(program(source, tables), listen=listen)
    twins.play(2_000)


def test_mprv_into_other_modes_address_spaces() -> None:
    tables = Tables().map(0x5000, DATA, "RW").map(0x6000, DATA + PAGE, "RWU")
    body = "".join(
        f"""
        li t0, 0x1800
        csrc mstatus, t0
        li t0, {mpp << 11:#x}
        csrs mstatus, t0
        li t0, {1 << 17:#x}
        csrs mstatus, t0
        ld a0, 0(s0)
        sd s3, 8(s0)
        ld a1, 0(s1)
        sd s3, 0(s1)
        lr.w a2, (s1)
        sc.w a3, s3, (s1)
        csrc mstatus, t0
        ld a4, 0(s2)
        """
        for mpp in (0, 1, 3, 0, 1)
    )
    source = (
        start("M", tables.satp)
        + f"""
    body:
        li t0, {tables.satp:#x}
        csrw satp, t0
        li s0, 0x5000
        li s1, 0x6000
        li s2, {DATA:#x}
        li s3, 3
    1:  {body}
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    for budget in (None, 1):
        Twins(program(source, tables), listen=ALL).play(3_000, budget)


FENCES: Final = (
    "", "sfence.vma", "sfence.vma s4, zero", "sfence.vma zero, s5", "sfence.vma s4, s5",
    "sinval.vma s4, s5", "fence.i",
)  # fmt: skip


@pytest.mark.parametrize("fence", FENCES)
@pytest.mark.parametrize("asid", [0, 1])
def test_two_address_spaces_in_turn(fence: str, asid: int) -> None:
    """satp switched back and forth, the same address in each another page, code included; entries
    changed under each kind of fence."""
    one = Tables(base=memmap.RAM + 0x4_0000).same(CODE, 3, "RWX")
    other = Tables(base=memmap.RAM + 0x5_0000, asid=asid).same(CODE, 3, "RWX")
    one.map(0x7000, DATA, "RWX").same(memmap.RAM + 0x4_0000, 32, "RW")
    other.map(0x7000, DATA + PAGE, "RWX").same(memmap.RAM + 0x4_0000, 32, "RW")
    entry = other.entry_at(0x7000)
    source = (
        start("S", one.satp)
        + f"""
    body:
        li s0, 0x7000
        li s1, {one.satp:#x}
        li s2, {other.satp:#x}
        li s3, 4
        li s4, 0x7000
        li s5, {asid}
        li s6, {entry:#x}
        li a4, 0x00150513        # addi a0, a0, 1
        li a5, 0x00250513        # addi a0, a0, 2
        li a6, 0x00008067        # ret
        sw a4, 0(s0)
        sw a6, 4(s0)
        csrw satp, s2
        sfence.vma
        sw a5, 0(s0)
        sw a6, 4(s0)
    1:  csrw satp, s1
        {fence}
        jalr s0
        ld a1, 0(s0)
        csrw satp, s2
        {fence}
        jalr s0
        ld a2, 0(s0)
        sd s3, 16(s0)
        ld t2, 0(s6)
        xori t3, t2, 0x400
        li t4, 0x400
        xor t3, t2, t4
        sd t3, 0(s6)
        {fence}
        jalr s0
        ld a3, 0(s0)
        sd t2, 0(s6)
        {fence}
        jalr s0
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    for budget in (None, 3):
        Twins(program(source, one, other), listen=ALL if budget else QUIET).play(2_000, budget)


@pytest.mark.parametrize("mode", ["M", "S", "U"])
def test_pmp_changes_under_running_code(mode: str) -> None:
    """Entry 0 covers, in turn, the code, the data, halves of each, with every permission, locked
    at the end; S and U ask M for each change."""
    change = """
    trap:
        csrr s10, mcause
        slli s8, s8, 1
        xor s8, s8, s10
        csrr s11, mtval
        add s8, s8, s11
        csrr s11, mepc
        addi s11, s11, 4
        csrw mepc, s11
        addi s10, s10, -1
        bnez s10, 1f
        csrw pmpcfg0, zero           # a fetch that may not be: take the entry away
        addi s11, s11, -4
        csrw mepc, s11
        mret
    1:  addi s10, s10, -7
        sltiu s10, s10, 4
        beqz s10, 2f
        la s10, rows
        slli s11, s6, 4
        add s10, s10, s11
        ld s11, 8(s10)
        ld s10, 0(s10)
        csrw pmpaddr0, s10
        csrw pmpcfg0, s11
        addi s6, s6, 1
        li s10, 24
        bgeu s10, s6, 2f
        li s11, 0x100000
        li s10, 0x5555
        sw s10, 0(s11)
    2:  mret
    .balign 8
    rows:
    """
    places = (
        (DATA >> 2) | 0x1FF, (DATA >> 2) | 0, (DATA + PAGE >> 2) | 0x7F,
        (DATA + 8 >> 2) | 0, (CODE + 0x800 >> 2) | 0xFF, (DATA >> 2) | 0x7FF,
    )  # fmt: skip
    rows = ""
    for at in range(26):
        permissions = (0, 1, 3, 7, 5, 4)[at * 7 % 6]
        rows += f".dword {places[at % len(places)]:#x}, {0x18 | permissions:#x}\n"
    rows += f".dword {places[0]:#x}, 0x98\n"
    source = (
        start(mode, pmp=True, more="li s6, 0\n")
        + WORK.replace("li s3, 3", "li s3, 60").replace("jal 2f", "jal 2f\n ecall")
        + ".balign 4\n"
        + change
        + rows
    )

    for listen in (QUIET, ALL):
        twins = Twins(Program.of(source), listen=listen)
        twins.play(4_000)


@pytest.mark.parametrize("misaligned", ["trap", "done"])
@pytest.mark.parametrize("mode", ["M", "S"])
def test_every_misalignment_over_the_edges_of_pages(misaligned: str, mode: str) -> None:
    """Loads and stores of each size at each offset around page borders: both pages there, the
    second missing, the first missing, read-only, a device behind."""
    tables = Tables().same(CODE, 8, "RX").same(DATA, 2, "RW")
    tables.map(DATA + 2 * PAGE, DATA + 2 * PAGE, "R").map(DATA + 4 * PAGE, DATA + 4 * PAGE, "RW")
    tables.map(DATA + 5 * PAGE, memmap.UART, "RW").map(DATA + 6 * PAGE, DATA, "RW")
    body = ""
    for at, name in enumerate(("lh", "lw", "ld", "sh", "sw", "sd")):
        for offset in range(-8, 9, 1 if at % 3 == 2 else 2):
            body += f"{name} a{at}, {offset}(s0)\n{name} a{at}, {offset + 1}(s0)\n"
    source = (
        start(mode, tables.satp)
        + f"""
    body:
        li s1, {PAGE}
        li s0, {DATA + PAGE:#x}
        li s3, 6
    1:  {body}
        add s0, s0, s1
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    twins = Twins(program(source, tables), misaligned=misaligned)
    twins.finish()
    assert (4 in kinds(twins)) == (misaligned == "trap")


@pytest.mark.parametrize("way", ["as U through MPRV", "as M, locked"])
def test_pmp_acts_on_the_next_access(way: str) -> None:
    """M changes an entry and accesses at once, with nothing between that an engine would stop at:
    as U through MPRV, and as itself against entries that it has just locked."""
    accesses = "ld a0, 0(s0)\nsd a0, 8(s0)\nlbu a1, 40(s1)\nsb a1, 41(s1)\n"
    region = (DATA >> 2) | 0x1FF
    body = accesses
    if way == "as M, locked":
        for entry, permissions in enumerate((1, 3, 0, 5)):
            place = (DATA + PAGE * (entry & 1) >> 2) | 0x7F >> entry
            body += f"li t0, {place:#x}\ncsrw pmpaddr{entry}, t0\n{accesses}"
            locked = (0x98 | permissions) << 8 * entry
            body += f"li t0, {locked:#x}\ncsrs pmpcfg0, t0\n{accesses}"
        mprv = ""
    else:
        mprv = "li t0, 0x20000\ncsrs mstatus, t0\nli t0, 0x1800\ncsrc mstatus, t0\n"
        body += f"li t0, {region:#x}\ncsrw pmpaddr0, t0\n"
        for permissions in (0, 1, 3, 0, 7, 1, 0):
            body += f"li t0, {0x18 | permissions}\ncsrw pmpcfg0, t0\n{accesses}"
        body += f"csrw pmpaddr0, s2\n{accesses}" * 2 + "csrw pmpcfg0, zero\n" + accesses
    source = (
        start("M")
        + f"""
    body:
        li s0, {DATA:#x}
        li s1, {DATA + PAGE:#x}
        li s2, {(DATA + PAGE >> 2) | 0x1FF:#x}
        li s3, 3
        {mprv}
    1:  {body}
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    for listen in (QUIET, ALL):
        twins = Twins(program(source), listen=listen)
        twins.play(4_000)
        assert {5, 7} & kinds(twins) or not listen
