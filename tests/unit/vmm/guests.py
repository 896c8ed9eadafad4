"""Guests for tests of monitors: kernels in assembly for S under SBI."""

from __future__ import annotations

from vmlab.vmm.common.assembled import assembled
from vmlab.vmm.common.vm import Payload

SHUTDOWN = """
    li a0, 0
    li a7, 8                # legacy SBI: shut down
    ecall
"""

PAGED = """
# Maps RAM as one gigapage, and the page at 0x40001000 by three levels (its TLB
# entry is not that of the code); A and D are set by the walker.
    la t0, root
    la t1, middle
    srli t2, t1, 2
    ori t2, t2, 1
    sd t2, 8(t0)
    li t2, (0x80000 << 10) | 0xcf
    sd t2, 16(t0)
    la t3, leaf
    srli t2, t3, 2
    ori t2, t2, 1
    sd t2, 0(t1)
    la t4, data
    srli t2, t4, 2
    ori t2, t2, 7
    sd t2, 8(t3)
    srli t0, t0, 12
    li t1, 8 << 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
"""
TABLES = """
.balign 4096
root: .zero 4096
middle: .zero 4096
leaf: .zero 4096
data: .zero 4096
"""


def guest(source: str) -> Payload:
    """The guest whose kernel is this text."""
    return assembled(f".globl _start\n_start:\n{source}", "test.S")


USERLAND = """
# A kernel with a user program behind Sv39, a timer every 1000 instructions, and two system
# calls: 1 prints a0, 2 ends. The user's pages are without A and D at first.
    la t0, trap
    csrw stvec, t0
    la t0, root
    la t1, middle
    srli t2, t1, 2
    ori t2, t2, 1
    sd t2, 0(t0)
    li t2, (0x80000 << 10) | 0xcf
    sd t2, 16(t0)
    la t3, leaf
    srli t2, t3, 2
    ori t2, t2, 1
    sd t2, 0(t1)
    la t4, user
    srli t2, t4, 2
    ori t2, t2, 0x1b
    sd t2, 0(t3)
    la t4, data
    srli t2, t4, 2
    ori t2, t2, 0x17
    sd t2, 8(t3)
    srli t0, t0, 12
    li t1, 8 << 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    li t0, 0x20
    csrs sie, t0
    rdtime a0
    addi a0, a0, 1000
    li a7, 0x54494D45
    li a6, 0
    ecall
    la sp, save
    csrw sscratch, sp
    li t0, 0
    csrw sepc, t0
    sret
.balign 4
trap:
    csrrw sp, sscratch, sp
    sd t0, 0(sp)
    sd a0, 8(sp)
    sd a6, 16(sp)
    sd a7, 24(sp)
    csrr t0, scause
    bltz t0, timer
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    addi a7, a7, -1
    bnez a7, quit
    li a7, 1
    ecall
back:
    ld t0, 0(sp)
    ld a0, 8(sp)
    ld a6, 16(sp)
    ld a7, 24(sp)
    csrrw sp, sscratch, sp
    sret
timer:
    rdtime a0
    addi a0, a0, 1000
    li a7, 0x54494D45
    li a6, 0
    ecall
    j back
quit:
    li a7, 0x53525354
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
.balign 4096
user:
    li s0, 0
    li s1, 600
    li s2, 0x1000
again:
    addi s0, s0, 1
    sd s0, 0(s2)
    li t0, 200
    remu t0, s0, t0
    bnez t0, 1f
    li a0, '.'
    li a7, 1
    ecall
1:  bne s0, s1, again
    li a7, 2
    ecall
save: .zero 64
"""
