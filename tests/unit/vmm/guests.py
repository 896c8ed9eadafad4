"""Guests for tests of monitors: kernels in assembly for S under SBI."""

from __future__ import annotations

from vmlab.vmm.common.vm import Payload
from vmlab.vmm.smallest.guest import assembled

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
