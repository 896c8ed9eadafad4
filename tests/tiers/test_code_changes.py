"""Code that changes while it runs: an engine that keeps decoded instructions must notice."""

from __future__ import annotations

from typing import Final

import pytest

from tests.tiers.programs import Tables, program, start
from tests.tiers.sides import ALL, Twins
from vmlab.derive.asm import assemble
from vmlab.machine import memmap

ADD_100: Final = 0x06450513  # addi a0, a0, 100
FENCE: Final = {"fence.i": "fence.i\n", "no fence": ""}
BUDGETS: Final = (None, 1, 3)


def both(source: str, *tables: Tables, budget: int | None = None, **options: object) -> Twins:
    twins = Twins(program(source, *tables), **options)  # type: ignore[arg-type]
    twins.finish(budget=budget)
    return twins


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("fence", FENCE)
@pytest.mark.parametrize("distance", [-3, -2, -1, 0, 1, 2, 5])
@pytest.mark.parametrize("size", ["sw", "sh", "sb", "sd"])
def test_a_store_near_itself(distance: int, size: str, fence: str, budget: int | None) -> None:
    """The instruction `distance` behind the store is patched, in each round of a loop: before it
    runs, while it runs, after it ran. First with another addition, then back."""
    nops = "    addi a1, a1, 1\n"
    source = (
        start()
        + f"""
    body:
        la s0, store
        li s1, {4 * distance}
        add s0, s0, s1
        li s3, 6
        li s1, {ADD_100 if size != "sd" else ADD_100 << 32 | ADD_100:#x}
        {"ld s2, 0(s0)" if size == "sd" else "lw s2, 0(s0)"}
        xor s4, s1, s2
    round:
        {nops * 6}
    store:
        {size} s1, 0(s0)
        {FENCE[fence] if distance > 1 else nops}
        {nops * 6}
        {FENCE[fence]}
        xor s1, s1, s4
        addi s3, s3, -1
        bnez s3, round
        ecall
    """
    )
    both(source, budget=budget)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize(
    ("width", "at"), [(width, at) for width in (1, 2, 4, 8) for at in range(0, 8, width)]
)
def test_a_store_over_part_of_an_instruction(at: int, width: int, budget: int | None) -> None:
    """Instructions of 2 and 4 bytes one behind the other, of which any bytes are written."""
    store = {1: "sb", 2: "sh", 4: "sw", 8: "sd"}[width]
    # c.addi a0, 1 (0505); addi a0, a0, 100 (06450513); c.addi a0, 2 (0509); and others
    source = (
        start()
        + f"""
    body:
        la s0, target
        li s3, 4
        la s1, other
        ld s1, {at}(s1)
        ld s2, {at}(s0)
        xor s4, s1, s2
    round:
        j target
        .balign 8
    target:
        .half 0x0505, 0x0513, 0x0645, 0x0509, 0x0513, 0x0645, 0x0505, 0x0505
        {store} s1, {at}(s0)
        xor s1, s1, s4
        addi s3, s3, -1
        bnez s3, round
        ecall
        .balign 8
    other:
        .half 0x0513, 0x0c85, 0x0509, 0x0505, 0x0505, 0x0509, 0x0505, 0x0505
    """
    )
    Twins(program(source)).play(2_000, budget)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("fence", FENCE)
def test_a_straddling_instruction_is_patched(half: int, fence: str, budget: int | None) -> None:
    """An instruction of 4 bytes over the end of a page; the store changes one of its halves."""
    edge = memmap.RAM + 0x2000
    target = b"\x13\x05\x15\x00" + assemble("ret", "t.S").section(".text").data
    source = (
        start()
        + f"""
    body:
        li s0, {edge - 2:#x}
        li s3, 6
        li s1, {0x0085:#x}           # addi a0, a0, 8 in its upper half
        {"li s1, 0x0593" if half == 0 else ""}
    round:
        jalr s0
        lhu s2, {2 * half}(s0)
        sh s1, {2 * half}(s0)
        mv s1, s2
        {FENCE[fence]}
        addi s3, s3, -1
        bnez s3, round
        ecall
    """
    )
    twins = Twins(program(source, more=[(edge - 2, target)]))
    twins.finish(budget=budget)
    assert twins.hart.x[10] or twins.hart.x[11]


ALIAS: Final = 0x1234_5000


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("mode", ["S", "U"])
@pytest.mark.parametrize("through", ["self", "alias"])
def test_aliases_of_a_page_of_code(mode: str, through: str, budget: int | None) -> None:
    """One physical page at two virtual ones: both run it, either changes it."""
    user = "U" if mode == "U" else ""
    tables = Tables().same(memmap.RAM, 32, "RWX" + user)
    page = memmap.RAM + 0x8000
    tables.map(ALIAS, page, "RWX" + user)
    code = assemble("addi a0, a0, 1\naddi a1, a1, 1\nauipc a2, 0\nret", "t.S").section(".text").data
    source = (
        start(mode, tables.satp)
        + f"""
    body:
        li s0, {page:#x}
        li s1, {ALIAS:#x}
        li s2, {ADD_100}
        lw s4, 0(s0)
        li s3, 20
    round:
        jalr s0
        jalr s1
        sw s2, 0({"s0" if through == "self" else "s1"})
        jalr s1
        jalr s0
        sw s4, 0({"s1" if through == "self" else "s0"})
        addi s3, s3, -1
        bnez s3, round
        ecall
    """
    )
    twins = Twins(program(source, tables, more=[(page, code)]), listen=ALL)
    twins.finish(budget=budget)
    assert twins.hart.x[10] == 20 * 202 and twins.hart.x[11] == 80


@pytest.mark.parametrize("listen", [False, True])
def test_data_and_code_on_one_page(listen: bool) -> None:
    """A counter beside the loop that counts it, and page tables beside both."""
    tables = Tables(base=memmap.RAM + 0x4000).same(memmap.RAM, 32, "RWX")
    source = (
        start("S", tables.satp)
        + """
    body:
        la s0, counter
        li s3, 500
    1:  ld a1, 0(s0)
        addi a1, a1, 3
        sd a1, 0(s0)
        sb a1, 9(s0)
        amoadd.d a2, a1, (s0)
        addi s3, s3, -1
        bnez s3, 1b
        ecall
        .balign 8
    counter: .dword 0, 0
    """
    )
    twins = Twins(program(source, tables), listen=ALL if listen else ALL & ~ALL)
    twins.finish(budget=501)


def test_code_made_by_a_store_conditional_and_by_amos() -> None:
    both(
        start()
        + f"""
    body:
        la s0, target
        li s1, {ADD_100}
        li s3, 3
    1:  lr.w a1, (s0)
        sc.w a2, s1, (s0)
    target:
        addi a0, a0, 1
        amoswap.w s1, a1, (s0)
        jal back
        amoxor.w a4, s3, (s0)
        amoxor.w a4, s3, (s0)
        jal back
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    back:
        la a5, target
        lw a6, 0(a5)
        ret
    """
    )


def test_one_page_executed_written_and_walked() -> None:
    """The leaf table of the code is itself executed, as data that happens to be instructions."""
    tables = Tables().same(memmap.RAM, 96, "RWX")
    leaf = tables.entry_at(memmap.RAM) & ~0xFFF
    source = (
        start("S", tables.satp)
        + f"""
    body:
        li s0, {leaf + 0x800:#x}
        li s1, 0x00150513
        sw s1, 0(s0)
        li s1, 0x00008067
        sw s1, 4(s0)
        li s3, 5
    1:  jalr s0
        lw s1, 0(s0)
        addi s4, s1, 0
        li s5, 0x100000
        add s1, s1, s5
        sw s1, 0(s0)
        sfence.vma
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    """
    )
    twins = both(source, tables, listen=ALL)
    assert twins.hart.x[10] == 1 + 2 + 3 + 4 + 5


@pytest.mark.parametrize("budget", [None, 997])
def test_more_pages_of_code_than_are_kept(budget: int | None) -> None:
    """600 pages, each called three times, and then each patched and called again."""
    pages, first = 600, memmap.RAM + 0x10_0000
    code = assemble("addi a0, a0, 1\nret", "t.S").section(".text").data
    more = [(first + 4096 * at + 4 * (at % 1000), code) for at in range(pages)]
    source = (
        start()
        + f"""
    body:
        li s5, 4
    again:
        li s0, {first:#x}
        li s3, {pages}
        li s4, 0
        li s6, {4096 + 4}
    1:  jalr s0
        add s0, s0, s6
        addi s3, s3, -1
        bnez s3, 1b
        addi s5, s5, -1
        beqz s5, done
        li s1, 1
        bne s5, s1, again
        li s0, {first:#x}
        li s3, {pages}
        li s1, {ADD_100}
    2:  sw s1, 0(s0)
        add s0, s0, s6
        addi s3, s3, -1
        bnez s3, 2b
        j again
    done:
        ecall
    """
    )
    twins = Twins(program(source, more=more), ram_bytes=4 << 20)
    twins.finish(budget=budget)
    assert twins.hart.x[10] == 600 * 103


# DMA ------------------------------------------------------------------------------------------

VIRTIO_DISK: Final = """
    li s0, 0x10001000
    la s1, rings
    addi s2, s1, 0x100
    addi s3, s1, 0x200
    li t0, 3
    sw t0, 0x70(s0)
    li t0, 1
    sw t0, 0x24(s0)
    sw t0, 0x20(s0)
    li t0, 0xb
    sw t0, 0x70(s0)
    sw zero, 0x30(s0)
    li t0, 4
    sw t0, 0x38(s0)
    sw s1, 0x80(s0)
    sw s2, 0x90(s0)
    sw s3, 0xa0(s0)
    li t0, 1
    sw t0, 0x44(s0)
    li t0, 0xf
    sw t0, 0x70(s0)
"""


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("slot", ["disk", "entropy"])
def test_a_device_writes_code(slot: str, budget: int | None) -> None:
    """A routine runs, a device writes over it by DMA, and it runs again; the last time the device
    writes over the instruction that has just started it."""
    new = assemble("addi a0, a0, 100\nret", "t.S").section(".text").data
    disk = slot == "disk"
    chain = (
        "\n.dword header\n.word 16\n.half 1, 1\n.dword target\n.word 512\n.half 3, 2\n"
        ".dword state\n.word 1\n.half 2, 0\n"
        if disk
        else "\n.dword target\n.word 16\n.half 2, 0\n"
    )
    setup = VIRTIO_DISK if disk else VIRTIO_DISK.replace("0x10001000", "0x10003000")
    source = (
        start(more="li s9, 0\nla s9, bad")
        + f"""
    body:
        {setup}
        li s4, 3
    again:
        la s5, target
        jalr s5
        lhu t0, 2(s2)
        addi t0, t0, 1
        sh t0, 2(s2)
        sw zero, 0x50(s0)
        addi s4, s4, -1
        bnez s4, again
    bad:
        ecall
        .balign 4096
    target:
        addi a0, a0, 1
        ret
        .space 1024
        .balign 4096
    rings: {chain}
        .space 4096
    header: .word 0, 0
        .dword 0
    state: .byte 0xff
    """
    )
    twins = Twins(program(source), disk=new.ljust(4096, b"\0"))
    twins.play(3_000, budget)
    if disk:
        assert twins.hart.x[10] == 1 + 100 + 100
