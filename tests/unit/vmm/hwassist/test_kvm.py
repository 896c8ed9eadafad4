"""The interface of the shape of /dev/kvm: what its user space is told, and may say."""

from __future__ import annotations

import pytest

from tests.unit.vmm.hwassist.guests import ODD, RAM_BYTES, host, noting, payload
from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.units import MIB, PAGE_BITS
from vmlab.guests.nano import bench_command
from vmlab.isa.causes import INTERRUPT_BIT, LOAD_ACCESS_FAULT, SUPERVISOR_EXTERNAL
from vmlab.isa.layouts import INTERRUPTS
from vmlab.machine import memmap
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.sbi import LEGACY_PUTCHAR
from vmlab.vmm.common.vm import Payload, State, guest_platform
from vmlab.vmm.hwassist.exits import (
    FailEntry,
    Idle,
    Interrupted,
    Mmio,
    SbiCall,
    Shutdown,
)
from vmlab.vmm.hwassist.kvm import Kvm, KvmVm, Vcpu
from vmlab.vmm.hwassist.user import UserSpace

DEVICE = 0x5000_0000
"""Nothing of our board is there: a device of this test's."""


def created(source: str) -> tuple[KvmVm, Vcpu]:
    vm = Kvm(host()).create_vm()
    vm.set_user_memory_region(0, memmap.RAM, RAM_BYTES, noting(source))
    return vm, vm.create_vcpu(0)


def test_a_read_of_a_device_happens_when_user_space_has_answered() -> None:
    vm, vcpu = created(f"li t0, {DEVICE}\nlw a0, 8(t0)\nsh a0, 4(t0)\nli s0, 7\n")
    assert vcpu.run(100) == Mmio(DEVICE + 8, 4, False, 0)
    stopped = vcpu.get_one_reg("pc")
    vcpu.answer(0xFFFF_8001)
    assert vcpu.run(100) == Mmio(DEVICE + 4, 2, True, 0x8001)
    assert vcpu.get_one_reg("pc") > stopped
    assert vcpu.get_one_reg("a0") == 0xFFFF_FFFF_FFFF_8001  # lw extends the sign
    vcpu.answer()
    assert vcpu.run(100) == Shutdown(passed=True)
    assert vcpu.get_one_reg("s0") == 7
    assert vm.vm.counters.exits == {
        Reason.DEVICE: 2,
        Reason.GSTAGE_FAULT: 1,
        Reason.FIRMWARE_CALL: 1,
    }
    assert vm.vm.counters.emulated_insns == 3


def test_an_atomic_operation_on_a_device_stops_for_both_of_its_accesses() -> None:
    _, vcpu = created(f"li t0, {DEVICE}\nli a1, 5\namoadd.w a0, a1, (t0)\n")
    assert vcpu.run(100) == Mmio(DEVICE, 4, False, 0)
    vcpu.answer(10)
    assert vcpu.run(100) == Mmio(DEVICE, 4, True, 15)
    vcpu.answer()
    assert vcpu.run(100) == Shutdown(passed=True)


def test_a_device_that_is_not_there_is_an_access_fault_of_the_guest() -> None:
    vm, vcpu = created(f"li t0, {DEVICE}\nli a0, 9\nld a0, 0(t0)\n")
    assert vcpu.run(100) == Mmio(DEVICE, 8, False, 0)
    vcpu.answer(None)
    assert vcpu.run(100) == Shutdown(passed=True)
    assert vcpu.get_one_reg("scause") == LOAD_ACCESS_FAULT
    assert vcpu.get_one_reg("stval") == DEVICE
    assert vm.vm.counters.emulated_insns == 1, "the call that ended it"


def test_the_console_is_user_spaces_and_the_rest_of_the_firmware_the_kernels() -> None:
    _, vcpu = created("li a0, 'k'\nli a7, 1\necall\nli a7, 0x10\nli a6, 0\necall\n")
    exit = vcpu.run(100)
    assert isinstance(exit, SbiCall)
    assert (exit.extension, exit.arguments[0]) == (LEGACY_PUTCHAR, ord("k"))
    vcpu.set_one_reg("a0", 0)
    vcpu.set_one_reg("pc", vcpu.get_one_reg("pc") + 4)
    vcpu.answer()
    assert vcpu.run(100) == Shutdown(passed=True)


def test_a_budget_is_kept_to_the_instruction() -> None:
    vm, vcpu = created(f"li t0, {DEVICE}\n1: lw a0, 0(t0)\nj 1b\n")
    ran = 0
    for most in (1, 2, 3, 5, 8, 13, 21):
        while (exit := vcpu.run(ran + most - vm.vm.hart.retired)) != Interrupted():
            assert isinstance(exit, Mmio)
            vcpu.answer(0)
        ran += most
        assert vm.vm.hart.retired == ran


def test_a_guest_that_waits_is_idle_until_an_interrupt_is_injected() -> None:
    mask = INTERRUPTS.mask("SEI")
    wait = f"li t0, {mask}\ncsrs sie, t0\nwfi\ncsrsi sstatus, 2\nnop\n"
    _, vcpu = created(wait)
    assert vcpu.run(100) == Idle()
    assert vcpu.run(100) == Idle()
    vcpu.interrupt(True)
    assert vcpu.get_one_reg("sip") == mask
    handler = vcpu.get_one_reg("stvec")
    while vcpu.get_one_reg("scause") == 0:
        assert vcpu.run(1) == Interrupted()
    assert vcpu.get_one_reg("pc") == handler + 4
    assert vcpu.get_one_reg("scause") == INTERRUPT_BIT | SUPERVISOR_EXTERNAL
    vcpu.interrupt(False)
    assert vcpu.run(200) == Shutdown(passed=True)


def test_a_line_of_the_interrupt_controller_reaches_the_guest() -> None:
    source = 5
    enable = f"""
    li t0, {memmap.PLIC}
    li t1, 1
    sw t1, {4 * source}(t0)
    li t2, 0x2080
    add t2, t2, t0
    li t1, {1 << source}
    sw t1, 0(t2)
    wfi
    """
    vm = Kvm(host()).create_vm()
    vm.set_user_memory_region(
        0, memmap.RAM, RAM_BYTES, noting("li t0, 0x200\ncsrs sie, t0\n" + enable)
    )
    vcpu = vm.create_vcpu(0)
    board = vm.vm.machine.plic
    while isinstance(exit := vcpu.run(100), Mmio):
        vcpu.answer(0 if board.write(exit.gpa - board.base, 4, exit.data) else None)
    assert exit == Idle()
    vm.irq_line(source, True)
    assert vcpu.run(100) == Shutdown(passed=True)


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_devices_in_user_space_leave_the_guest_in_step_with_the_bare_machine(engine: str) -> None:
    what = noting(ODD)
    user = UserSpace.alone(host(engine=engine), RAM_BYTES, what)
    bare = BareMachine(guest_platform(RAM_BYTES), what, engine)
    while bare.runnable:
        bare.run(3)
        user.run(3)
        user.settle()
        assert user.vm.machine.state_hash() == bare.machine.state_hash()
    assert user.state is State.ENDED
    assert [exit for exit in user.exits if isinstance(exit, Mmio)]
    counted = user.vm.counters.instructions
    assert counted == user.vm.hart.retired, "calls that user space answers are counted, too"


def test_the_teaching_kernel_runs_in_user_spaces_hands_as_on_the_bare_machine() -> None:
    what = payload_of("nano", append=bench_command("mmio_write", 8))
    user = UserSpace.alone(Host(ram_for(1, 16 * MIB)), 16 * MIB, what)
    bare = BareMachine(guest_platform(16 * MIB), what)
    bare.run(1_000_000)
    user.run(1_000_000)
    user.settle()
    assert user.vm.machine.state_hash() == bare.machine.state_hash()
    assert user.vm.output == bare.output
    writes = [exit for exit in user.exits if isinstance(exit, Mmio) and exit.is_write]
    assert len(writes) >= 8


def test_input_wakes_a_guest_whose_devices_are_in_user_space() -> None:
    what = payload_of("nano")
    user = UserSpace.alone(Host(ram_for(1, 16 * MIB)), 16 * MIB, what)
    bare = BareMachine(guest_platform(16 * MIB), what)
    for machine in (user, bare):
        machine.run(400_000)
        machine.type(b"echo hello\n")
        machine.run(400_000)
        machine.settle()
    assert b"hello" in user.vm.output
    assert user.vm.output == bare.output
    assert user.vm.machine.state_hash() == bare.machine.state_hash()


def test_the_dirty_log_tells_the_pages_that_were_written_since() -> None:
    vm, vcpu = created("la t0, data\n1: sd t0, 0(t0)\naddi t1, t1, 1\nj 1b\n")
    vcpu.run(20)
    vm.start_dirty_log()
    assert vm.get_dirty_log() == frozenset()
    vcpu.run(20)
    page = vcpu.get_one_reg("t0") - memmap.RAM >> PAGE_BITS
    assert vm.get_dirty_log() == {page}
    assert vm.get_dirty_log() == frozenset()
    vm.stop_dirty_log()
    with pytest.raises(BadInput, match="dirty log"):
        vm.get_dirty_log()


def test_what_cannot_be_entered_says_why() -> None:
    vcpu = Kvm(host()).create_vm().create_vcpu(0)
    exit = vcpu.run(1)
    assert isinstance(exit, FailEntry)
    assert "no region" in exit.why


def test_a_crash_is_a_shutdown_that_says_why() -> None:
    vm = Kvm(host()).create_vm()
    vm.set_user_memory_region(0, memmap.RAM, RAM_BYTES, payload("csrw stvec, zero\n.word 0\n"))
    vcpu = vm.create_vcpu(0)
    exit = vcpu.run(100)
    while isinstance(exit, Mmio):
        vcpu.answer(None)
        exit = vcpu.run(100)
    assert isinstance(exit, Shutdown)
    assert not exit.passed
    assert "traps for ever" in exit.why


def test_bad_requests_are_refused_in_a_sentence() -> None:
    vm, vcpu = created(f"li t0, {DEVICE}\nlw a0, 0(t0)\n")
    nothing = Payload("empty", ())
    with pytest.raises(Unsupported, match="slot 0"):
        vm.set_user_memory_region(1, memmap.RAM, RAM_BYTES, nothing)
    with pytest.raises(Unsupported, match="one hart"):
        vm.create_vcpu(1)
    with pytest.raises(Unsupported, match="memory to begin"):
        Kvm(host()).create_vm().set_user_memory_region(0, 0, RAM_BYTES, nothing)
    with pytest.raises(BadInput, match="found none yet"):
        _ = Kvm(host()).create_vm().vm
    with pytest.raises(BadInput, match="asks for an answer"):
        vcpu.answer(0)
    with pytest.raises(BadInput, match="'a99'"):
        vcpu.get_one_reg("a99")
    with pytest.raises(BadInput, match="64 bits"):
        vcpu.set_one_reg("a0", -1)
    with pytest.raises(BadInput, match="can be written"):
        vcpu.set_one_reg("time", 0)
    assert isinstance(vcpu.run(10), Mmio)
    with pytest.raises(BadInput, match="expected an answer"):
        vcpu.run(10)
