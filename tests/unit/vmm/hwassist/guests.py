"""Guests in assembly, and how one is run beside the bare machine."""

from __future__ import annotations

from functools import cache

from vmlab.core.units import MIB
from vmlab.machine.platform import Platform
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.assembled import assembled
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.vm import Payload, Vm, guest_platform
from vmlab.vmm.hwassist.monitor import HardwareAssist

RAM_BYTES = MIB // 4
BOARD = guest_platform(RAM_BYTES)

SHUTDOWN = """
    li a7, 0x53525354
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
"""

HANDLER = """
# Notes every trap at s11 and goes on behind its instruction; behind the call if it was a fetch. A
# software interrupt is over then, the timer is masked. A system call ends the machine.
.balign 4
trap:
    csrr t0, scause
    csrr t1, sepc
    sd t0, 0(s11)
    sd t1, 8(s11)
    csrr t2, stval
    sd t2, 16(s11)
    csrr t2, sstatus
    sd t2, 24(s11)
    addi s11, s11, 32
    bltz t0, 2f
    li t2, 8
    beq t0, t2, end
    li t2, 1
    beq t0, t2, 1f
    li t2, 12
    beq t0, t2, 1f
    addi t1, t1, 4
    csrw sepc, t1
    sret
1:  csrw sepc, ra
    sret
2:  csrci sip, 2
    li t2, 0x20
    csrc sie, t2
    sret
end:
"""
SETUP = """
    la t0, trap
    csrw stvec, t0
    la s11, notes
"""
NOTES = """
.balign 4096
notes: .zero 8192
data: .zero 4096
"""


ODD = """
# What a guest may not do, what it must not see, and where it has no memory.
    rdcycle a0
    rdinstret a1
    rdtime a2
    csrr a3, hpmcounter3
    csrr a4, scounteren
    csrw scounteren, zero
    .word 0x60002573  # csrr a0, hstatus
    .word 0x68002573  # csrr a0, hgatp
    .word 0x30002573  # csrr a0, mstatus
    .word 0x30200073  # mret
    .word 0x6c054573  # hlv.d a0, (a0)
    .word 0x62000073  # hfence.gvma
    .word 0
    csrw senvcfg, 1
    li t0, 0x40000000
    ld a0, 0(t0)
    sd a0, 0(t0)
    jalr ra, 0(t0)
    amoadd.d a0, a1, (t0)
    lr.d a0, (t0)
    li t0, 0x10000000
    lb a0, 5(t0)
    amoadd.w a0, a1, (t0)
    ld a0, 0(t0)
    li a1, 'x'
    sb a1, 0(t0)
    li t0, 1 << 45
    ld a0, 0(t0)
    sd a0, 0(t0)
    jalr ra, 0(t0)
    li t0, -8
    ld a0, 0(t0)
    jalr ra, 0(t0)
    la t0, data
    ld a0, 1(t0)
    ebreak
    li t0, 3 << 13
    csrc sstatus, t0
    fadd.s f0, f0, f0
    frcsr a0
    li t0, 1 << 13
    csrs sstatus, t0
    csrr a5, sstatus
    fcvt.d.w f1, a1
    fdiv.d f2, f1, f0
    csrr a5, sstatus
    li t0, 3 << 13
    csrc sstatus, t0
    csrr a5, sstatus
    csrs sstatus, t0
    fmv.x.d a5, f2
    la t0, data
    lr.d a0, (t0)
    rdcycle a1
    sc.d a0, a1, (t0)
    lr.d a0, (t0)
    ebreak
    sc.d a0, a1, (t0)
    li t0, 0x222
    csrw sie, t0
    csrr a0, sie
    csrs sip, 2
    csrr a0, sip
    csrs sstatus, 2
    csrc sip, 2
    csrw sie, zero
    csrr a0, stimecmp
    csrw stvec, a0
    la a0, trap
    csrw stvec, a0
    csrr a0, satp
    li t0, 7 << 60
    csrw satp, t0
    csrr a0, satp
    sfence.vma
    li t0, 0x100
    csrc sstatus, t0
    la t0, user
    csrw sepc, t0
    sret
user:
    rdtime a0
    rdcycle a0
    wfi
    sret
    csrr a0, sstatus
    sfence.vma
    ld a0, -8(zero)
    fadd.d f0, f1, f2
    .word 0x6c054573  # hlv.d a0, (a0)
    nop
"""


@cache
def payload(source: str) -> Payload:
    """A kernel that begins at the first instruction of `source`."""
    return assembled(source, "test", RAM_BYTES)


def noting(source: str) -> Payload:
    """A kernel that notes its traps, and ends."""
    return payload(SETUP + source + SHUTDOWN + HANDLER + SHUTDOWN + NOTES)


def host(vms: int = 1, engine: str = "t0", spare_bytes: int = 0, **choices: str) -> Host:
    """A real machine for guests of `RAM_BYTES`."""
    return Host(ram_for(vms, RAM_BYTES) + spare_bytes, engine, **choices)


def placed(monitor: HardwareAssist, what: Payload, board: Platform = BOARD) -> Vm:
    """A virtual machine under a monitor."""
    vm = monitor.host.place(board, what)
    monitor.admit(vm)
    return vm


def in_step(
    monitor: HardwareAssist, vm: Vm, bare: BareMachine, step: int = 97, most: int = 100_000
) -> int:
    """Run both to the end, and compare all of their state after every `step` instructions. How
    often that was."""
    points = 0
    while bare.runnable and bare.hart.retired < most:
        bare.run(step)
        monitor.run(vm, step)
        monitor.settle(vm)
        points += 1
        assert vm.hart.retired == bare.hart.retired
        assert vm.machine.state_hash() == bare.machine.state_hash(), f"at {vm.hart.retired}"
    assert vm.state is bare.state
    assert vm.output == bare.output
    return points


def stay_in_step(
    what: Payload,
    engine: str = "t0",
    step: int = 97,
    board: Platform = BOARD,
    **choices: str,
) -> Vm:
    """A guest under a monitor of its own, in step with the bare machine to its end."""
    monitor = HardwareAssist(host(engine=engine, **choices))
    vm = placed(monitor, what, board)
    assert in_step(monitor, vm, BareMachine(board, what, engine), step) > 1
    return vm
