"""What every random kernel has: where it begins, its one trap handler, and its end.

    gp   where the handler logs next          s9   where U goes on after a fault; 0: in the kernel
    tp   the fuel                             s10  where the kernel goes on after a fault
    s2   what was read, folded together       t3 .. t5  the handler's own

The handler never trusts the program: each trap costs fuel, a fault in U goes on there only once,
and the kernel goes on behind the operation that trapped. So every program ends.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.causes import ECALL_FROM_U, SUPERVISOR_SOFTWARE, SUPERVISOR_TIMER
from vmlab.isa.layouts import INTERRUPTS as INTERRUPT_BITS
from vmlab.isa.layouts import MSTATUS
from vmlab.vmm.common.sbi import SRST
from vmlab.vmm.laws.kernels.places import FUEL, LOG

FUEL_TRAPS: Final = 400
_VECTORS: Final = 16
"""Entries of a vectored stvec: all lead to the one handler."""

BEGIN: Final = f"""
.globl _start
_start:
    la t0, vector
    csrw stvec, t0
    li gp, {LOG:#x}
    li tp, {FUEL:#x}
    li ra, 0
"""
FINISH: Final = f"""
    li a7, {SRST:#x}
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
"""
"""The end, by firmware."""
END: Final = f"""
    j finish
.balign 64
vector:
{"    j handler" + chr(10) + ("    j handler" + chr(10)) * (_VECTORS - 1)}
handler:
    csrr t3, scause
    sd t3, 0(gp)
    csrr t5, sepc
    sd t5, 8(gp)
    csrr t4, stval
    sd t4, 16(gp)
    csrr t4, sstatus
    sd t4, 24(gp)
    addi gp, gp, 32
    ld t4, 0(tp)
    addi t4, t4, -1
    sd t4, 0(tp)
    beqz t4, finish
    bltz t3, interrupt
    csrr t4, sstatus
    andi t4, t4, {MSTATUS.mask("SPP")}
    bnez t4, resume
    li t4, {ECALL_FROM_U}
    bne t3, t4, fault
    beqz a7, back
    add a0, a0, a7
    addi t5, t5, 4
    csrw sepc, t5
    sret
fault:
    beqz s9, back
    csrw sepc, s9
    li s9, 0
    sret
back:
    li t4, {MSTATUS.mask("SPP")}
    csrs sstatus, t4
resume:
    csrw sepc, s10
    sret
interrupt:
    slli t3, t3, 1
    srli t3, t3, 1
    li t4, {SUPERVISOR_TIMER}
    bne t3, t4, not_timer
    li t4, -1
    csrw stimecmp, t4
    sret
not_timer:
    li t4, {SUPERVISOR_SOFTWARE}
    bne t3, t4, external
    csrci sip, {INTERRUPT_BITS.mask("SSI")}
    sret
external:
    li t4, {INTERRUPT_BITS.mask("SEI")}
    csrc sie, t4
    sret
"""
