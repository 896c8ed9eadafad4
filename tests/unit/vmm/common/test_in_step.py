"""Guests that ask a monitor for what is easily forgotten: under every technique each is in step
with the bare machine, instruction by instruction where it matters."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.unit.vmm.guests import PAGED, SHUTDOWN, TABLES, guest
from tests.unit.vmm.lanes import MONITORS, alone, facts, in_step
from vmlab.core.units import MIB
from vmlab.isa.system.walk import BY_NAME
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.techniques import TECHNIQUES

RESERVED = f"""
# A reservation over a CSR, over a call, over a page's first use, used twice, and of other width.
    la s0, cell
    lr.d t0, (s0)
    csrr t1, sscratch
    sc.d s1, t0, (s0)
    lr.d t0, (s0)
    li a7, 0x10
    li a6, 0
    ecall
    sc.d s2, t0, (s0)
    lr.d t0, (s0)
    la t1, far
    ld t1, 0(t1)
    sc.d s3, t0, (s0)
    sc.d s4, t0, (s0)
    lr.w t0, (s0)
    ld t1, 0(s0)
    sd t1, 8(s0)
    sc.w s5, t0, (s0)
    {SHUTDOWN}
.balign 8
cell: .dword 0, 0
.balign 4096
far: .dword 1
"""
FLOATS = f"""
# FS goes off, initial, dirty; the registers keep what they hold while it is off.
    li t0, 0x2000
    csrs sstatus, t0
    csrr s1, sstatus
    li t1, 3
    fcvt.d.l fa0, t1
    csrr s2, sstatus
    fadd.d fa1, fa0, fa0
    fdiv.d fa2, fa0, fa1
    fsqrt.d fa3, fa0
    csrr s3, fcsr
    li t0, 0x6000
    csrc sstatus, t0
    la t1, 1f
    csrw stvec, t1
    fadd.d fa1, fa0, fa0
    .balign 4
1:  csrr s4, scause
    csrr s5, stval
    li t0, 0x4000
    csrs sstatus, t0
    fmv.x.d s6, fa3
    csrr s7, sstatus
    fmv.d.x fa7, s6
    csrr s8, sstatus
    {SHUTDOWN}
"""
USER = """
# What a user may not do, one after another; its kernel adds up what it is told.
    la t0, handler
    csrw stvec, t0
    li t0, %s
    csrw scounteren, t0
    la t0, user
    csrw sepc, t0
    li t0, 0x100
    csrc sstatus, t0
    sret
.balign 4
handler:
    csrr t0, scause
    add s9, s9, t0
    csrr t0, stval
    add s8, s8, t0
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    sret
user:
    rdtime s1
    rdcycle s2
    rdinstret s3
    sfence.vma
    sret
    mret
    wfi
    ecall
    fence.i
    .4byte 0
    .4byte 0xffffffff
    li t1, 0x80000001
    lw t0, 0(t1)
    amoadd.w t0, t0, (t1)
1:  j 1b
"""
SPACES = f"""
# More address spaces than a monitor has pages for, each with a store and no fence.
    {PAGED}
    csrr s1, satp
    li s2, 300
    li s0, 0x40001000
1:  slli t0, s2, 44
    xor t0, t0, s1
    csrw satp, t0
    ld t1, 0(s0)
    add t1, t1, s2
    sd t1, 0(s0)
    addi s2, s2, -1
    bnez s2, 1b
    {SHUTDOWN}
    {TABLES}
"""


def translated(name: str) -> str:
    """A kernel behind tables of a longer format, which touches a page and an address that its
    format cannot say."""
    fmt = BY_NAME[name]
    tables = [f"table{level}" for level in range(fmt.levels)]
    points = "".join(
        f"la t0, {upper}\nla t1, {lower}\nsrli t2, t1, 2\nori t2, t2, 1\nsd t2, 0(t0)\n"
        for upper, lower in pairwise(tables[:-2])
    )
    return f"""
    {points}
    la t0, {tables[-3]}
    li t2, (0x80000 << 10) | 0xcf
    sd t2, 16(t0)
    la t1, {tables[-2]}
    srli t2, t1, 2
    ori t2, t2, 1
    sd t2, 8(t0)
    la t3, {tables[-1]}
    srli t2, t3, 2
    ori t2, t2, 1
    sd t2, 0(t1)
    la t4, data
    srli t2, t4, 2
    ori t2, t2, 7
    sd t2, 8(t3)
    la t0, {tables[0]}
    srli t0, t0, 12
    li t1, {fmt.number} << 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    csrr s5, satp
    li s0, 0x40001000
    sd s0, 0(s0)
    ld s1, 0(s0)
    la t0, 1f
    csrw stvec, t0
    li s2, 1 << 62
    ld t0, 0(s2)
    .balign 4
1:  csrr s3, scause
    csrr s4, stval
    {SHUTDOWN}
.balign 4096
{"".join(f"{table}: .zero 4096" + chr(10) for table in tables)}
data: .zero 4096
"""


GUESTS = {
    "reservations": (RESERVED, [1] * 100),
    "floats": (FLOATS, [1] * 100),
    "user, counters off": (USER % 0, [1] * 150),
    "user, counters on": (USER % -1, [1] * 150),
    "spaces": (SPACES, [1, 50, 400] * 10),
    "sv39": (translated("sv39"), [1] * 100),
    "sv48": (translated("sv48"), [1] * 100),
    "sv57": (translated("sv57"), [1] * 100),
}


@pytest.mark.parametrize("technique", MONITORS)
@pytest.mark.parametrize("name", GUESTS)
def test_it_is_in_step(technique: str, name: str) -> None:
    source, budgets = GUESTS[name]
    subject = in_step(technique, guest(source), budgets)
    assert (subject.state is State.ENDED) == (not name.startswith("user"))


@pytest.mark.parametrize("technique", MONITORS)
def test_a_disk_moves_by_itself_into_the_guests_memory(technique: str) -> None:
    payload = payload_of("nano", append="blk", disk=bytes(range(256)) * 64)
    board = guest_platform(16 * MIB)
    bare, subject = (TECHNIQUES[name].alone(board, payload) for name in ("bare", technique))
    for budget in (100_000, 7, 300_000, 1_000_000):
        for each in (bare, subject):
            each.run(budget)
        assert facts(subject) == facts(bare)
    assert subject.state is State.ENDED
    assert b"sum 522240" in subject.output


def test_these_guests_do_what_they_are_for() -> None:
    """On the bare machine, where nothing else could make it so."""
    reserved = alone("bare", guest(RESERVED))
    reserved.run(1_000)
    s = [reserved.machine.hart.x[number] for number in (9, 18, 19, 20)]
    assert s == [0, 0, 0, 1], "held over a CSR, a call and a page's first use; used only once"
    floats = alone("bare", guest(FLOATS))
    floats.run(1_000)
    first, dirty = (floats.machine.hart.x[number] >> 13 & 3 for number in (9, 18))
    assert (first, dirty) == (1, 3)
