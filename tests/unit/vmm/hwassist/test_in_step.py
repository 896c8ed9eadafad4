"""A guest under hardware assistance is, word for word, the guest on the bare machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.vmm.hwassist.guests import BOARD, ODD, noting, payload, stay_in_step
from vmlab.core.errors import Unsupported
from vmlab.isa.extensions import ISA_STRING, extensions_of, isa_string
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.hwassist.monitor import HardwareAssist

# A user program under Sv39 that a timer interrupts and that calls its kernel; A and D begin clear.
USER_AND_KERNEL = """
    la t0, trap
    csrw stvec, t0
    la t0, root
    la t1, l1
    srli t2, t1, 12
    slli t2, t2, 10
    ori t2, t2, 1
    sd t2, 0(t0)
    li t2, (0x80000 << 10) | 0xcf
    sd t2, 16(t0)
    la t3, l0
    srli t2, t3, 12
    slli t2, t2, 10
    ori t2, t2, 1
    sd t2, 16(t1)
    la t4, user
    srli t2, t4, 12
    slli t2, t2, 10
    ori t2, t2, 0x1b
    sd t2, 0(t3)
    la t4, data
    srli t2, t4, 12
    slli t2, t2, 10
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
    addi a0, a0, 700
    csrw stimecmp, a0
    la sp, save
    csrw sscratch, sp
    li t0, 0x400000
    csrw sepc, t0
    sret
.balign 4
trap:
    csrrw sp, sscratch, sp
    sd t0, 0(sp)
    csrr t0, scause
    bltz t0, timer
    addi t0, t0, -8
    bnez t0, quit
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    beqz a7, null
    addi t0, a7, -1
    bnez t0, quit
    sd a0, 8(sp)
    ecall
    ld a0, 8(sp)
null:
    ld t0, 0(sp)
    csrrw sp, sscratch, sp
    sret
quit:
    li a7, 0x53525354
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
timer:
    rdtime t0
    addi t0, t0, 700
    csrw stimecmp, t0
    j null
.balign 4096
user:
    li s0, 0
    li s1, 300
    li s2, 0x401000
loop:
    addi s0, s0, 1
    sd s0, 0(s2)
    li a7, 0
    ecall
    li t0, 100
    remu t0, s0, t0
    bnez t0, 1f
    li a0, '.'
    li a7, 1
    ecall
1:  bne s0, s1, loop
    li a7, 2
    ecall
.balign 4096
data: .zero 4096
root: .zero 4096
l1: .zero 4096
l0: .zero 4096
save: .zero 4096
"""
IDLE = """
    li s0, 20
1:  rdtime t0
    addi t0, t0, 500
    csrw stimecmp, t0
    li t0, 0x20
    csrs sie, t0
    wfi
    csrsi sstatus, 2
    addi s0, s0, -1
    bnez s0, 1b
"""
# The clock's alarm comes over the interrupt controller, while the guest computes.
ALARM = """
    li t0, 0x0c000000
    li t1, 1
    sw t1, 44(t0)
    li t0, 0x0c002080
    li t1, 1 << 11
    sw t1, 0(t0)
    li s1, 0x0c201000
    sw zero, 0(s1)
    li t0, 0x200
    csrs sie, t0
    li s2, 0x00101000
    lwu t0, 0(s2)
    lwu t1, 4(s2)
    slli t1, t1, 32
    or t0, t0, t1
    li t1, 200000
    add t0, t0, t1
    srli t1, t0, 32
    sw t1, 12(s2)
    li t1, 1
    sw t1, 16(s2)
    sw t0, 8(s2)
    la t0, alarm
    csrw stvec, t0
    csrsi sstatus, 2
1:  addi s3, s3, 1
    j 1b
.balign 4
alarm:
    csrr s4, scause
    rdtime s5
    lw s6, 4(s1)
"""
CRASH = """
    la t0, 1f
    csrw stvec, t0
    li t0, 0x40000000
    .balign 4
1:  nop
"""


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_a_user_its_kernel_and_a_timer_are_in_step_after_every_97_instructions(
    engine: str,
) -> None:
    vm = stay_in_step(payload(USER_AND_KERNEL), engine)
    assert vm.output == b"..."
    calls = vm.counters.exits[Reason.FIRMWARE_CALL]
    assert vm.counters.emulated_insns == calls > 0, "all but calls of firmware ran directly"


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_what_a_guest_may_not_do_is_in_step_after_every_instruction(engine: str) -> None:
    vm = stay_in_step(noting(ODD), engine, step=1)
    assert vm.state is State.ENDED
    assert {Reason.SENSITIVE, Reason.DEVICE} < set(vm.counters.exits)


@pytest.mark.parametrize(
    "choice",
    [
        {"illegal_tval": "zero"},
        {"insns_per_tick": 10},
        {"translation": "sv39"},
        {"translation": "bare"},
        {"misaligned": "done"},
    ],
    ids=str,
)
def test_a_guest_whose_board_chose_otherwise_than_the_real_one_is_in_step(
    choice: dict[str, str | int],
) -> None:
    board = replace(BOARD, **choice)  # type: ignore[arg-type]
    stay_in_step(noting(ODD), step=5, board=board)


@pytest.mark.parametrize("choice", [{"illegal_tval": "zero"}, {"access_tinst": "full"}], ids=str)
def test_a_real_hart_that_tells_more_or_less_of_a_trap_is_in_step(choice: dict[str, str]) -> None:
    stay_in_step(noting(ODD), step=5, **choice)


@pytest.mark.parametrize("insns_per_tick", [1, 7])
def test_waiting_for_the_guests_timer_is_in_step(insns_per_tick: int) -> None:
    board = replace(BOARD, insns_per_tick=insns_per_tick)
    vm = stay_in_step(noting(IDLE), step=13, board=board)
    assert vm.counters.exits[Reason.IDLE] == 20
    assert vm.hart.time - vm.hart.retired > 20 * 400 * insns_per_tick


def test_a_device_that_acts_by_itself_interrupts_at_the_same_instruction() -> None:
    vm = stay_in_step(noting(ALARM), step=997)
    assert vm.state is State.ENDED
    assert vm.counters.exits[Reason.TIMER] == 1


@pytest.mark.parametrize("engine", ["t0", "t1"])
@pytest.mark.parametrize("last", ["ld t1, 0(t0)", ".word 0"])
def test_a_guest_that_traps_for_ever_crashes_at_the_same_trap(engine: str, last: str) -> None:
    assert stay_in_step(payload(CRASH + last), engine, step=101).state is State.CRASHED


def test_a_guest_that_lost_its_handler_crashes_at_the_same_trap() -> None:
    lost = "csrw stvec, zero\nli t0, 8\nslli t0, t0, 60\ncsrw satp, t0\nsfence.vma\n"
    assert stay_in_step(payload(lost + "nop\n" * 20), step=1).state is State.CRASHED


def test_a_reboot_is_in_step() -> None:
    reboot = """
    la t0, 1f
    lw t1, 0(t0)
    la t2, again
    ld t3, 0(t2)
    rdtime t4
    li t5, 3000
    bgtu t4, t5, 2f
    li t6, 500
1:  addi t6, t6, -1
    bnez t6, 1b
    sd t4, 0(t2)
    li a7, 0x53525354
    li a6, 0
    li a0, 1
    li a1, 0
    ecall
2:
"""
    vm = stay_in_step(noting(reboot.replace("again", "data")))
    assert vm.counters.exits[Reason.FIRMWARE_CALL] > 2


def test_a_host_without_the_hypervisor_extension_is_refused() -> None:
    isa = isa_string(frozenset(extensions_of(ISA_STRING)) - {"h"})
    with pytest.raises(Unsupported, match="hypervisor extension"):
        HardwareAssist(Host(1 << 22, "t0", isa=isa))


def test_a_guest_with_fewer_extensions_than_its_host_is_refused() -> None:
    monitor = HardwareAssist(Host(1 << 24, "t0"))
    isa = isa_string(frozenset(extensions_of(BOARD.isa)) - {"svinval"})
    vm = monitor.host.place(guest_platform(BOARD.ram_bytes, isa), noting(""))
    with pytest.raises(Unsupported, match="svinval"):
        monitor.admit(vm)
