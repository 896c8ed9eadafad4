"""What comes to the monitor and what does not, counted on the teaching kernel."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.unit.vmm.hwassist.guests import host, noting, payload, placed
from vmlab.core.units import MIB
from vmlab.guests.nano import bench_command
from vmlab.isa.causes import H_EXCEPTIONS
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.scheduler import run_all
from vmlab.vmm.common.subject import Monitored, Subject
from vmlab.vmm.common.vhart import DELEGATED
from vmlab.vmm.common.vm import Payload, State, guest_platform
from vmlab.vmm.hwassist.monitor import HardwareAssist
from vmlab.vmm.techniques import find

BOARD = guest_platform(16 * MIB)
TIMES = 16


def bench(name: str, times: int) -> Payload:
    return payload_of("nano", append=bench_command(name, times))


def ended(name: str, times: int, technique: str = "hwassist") -> Subject:
    subject = find(technique).alone(BOARD, bench(name, times), "auto")
    subject.run(3_000_000)
    subject.settle()
    assert subject.state is State.ENDED
    return subject


def exits(name: str, times: int) -> Counter[Reason]:
    counted = Counter(ended(name, times).counters.exits)
    del counted[Reason.GSTAGE_FAULT]  # a page is met once: not a matter of how often
    return counted


@pytest.mark.parametrize(
    "name", ["syscall", "call", "illegal", "fault", "pte", "pte512", "switch", "csr", "sie"]
)
def test_what_a_guest_does_to_its_own_state_costs_no_exit(name: str) -> None:
    assert exits(name, 2 * TIMES) == exits(name, TIMES)


@pytest.mark.parametrize("name", ["mmio_read", "mmio_write"])
def test_an_access_of_a_device_costs_one_exit(name: str) -> None:
    assert exits(name, 2 * TIMES) - exits(name, TIMES) == Counter({Reason.DEVICE: TIMES})


def test_a_wait_costs_one_exit_and_its_timer_none() -> None:
    more = exits("idle", 2 * TIMES) - exits("idle", TIMES)
    assert more[Reason.IDLE] == TIMES
    assert more[Reason.TIMER] == 0


def test_a_page_of_memory_costs_one_exit_and_only_the_first_time() -> None:
    subject = ended("fork", TIMES)
    assert isinstance(subject, Monitored)
    assert isinstance(subject.monitor, HardwareAssist)
    mapped = len(list(subject.monitor.stages[0].leaves()))
    assert subject.counters.exits[Reason.GSTAGE_FAULT] == subject.counters.gstage_faults == mapped


@pytest.mark.parametrize("name", ["switch", "fork", "mmio_read", "idle"])
def test_the_teaching_kernel_ends_in_the_state_of_the_bare_machine(name: str) -> None:
    assisted, bare = ended(name, TIMES), BareMachine(BOARD, bench(name, TIMES))
    bare.run(3_000_000)
    assert assisted.hart.retired == bare.hart.retired
    assert assisted.machine.state_hash() == bare.machine.state_hash()


def test_two_virtual_machines_end_as_each_does_alone() -> None:
    names = ("switch", "fault", "idle")
    real = Host(ram_for(len(names), BOARD.ram_bytes))
    monitor = HardwareAssist(real)
    together = []
    for name in names:
        vm = real.place(BOARD, bench(name, TIMES))
        monitor.admit(vm)
        together.append(Monitored(monitor, vm))
    run_all(together, 3_000_000, slice_insns=2_000)
    for name, subject in zip(names, together, strict=True):
        alone = ended(name, TIMES)
        assert subject.state is State.ENDED
        assert subject.counters.world_switches > 5
        assert subject.machine.state_hash() == alone.machine.state_hash()


def test_a_guest_that_spins_with_interrupts_off_loses_the_hart_at_the_end_of_its_slice() -> None:
    monitor = HardwareAssist(host(2))
    spinning, other = (placed(monitor, payload(f"1: addi s0, s0, {n}\nj 1b")) for n in (1, 2))
    both = [Monitored(monitor, vm) for vm in (spinning, other)]
    run_all(both, 20_000, slice_insns=500)
    assert abs(spinning.hart.retired - other.hart.retired) <= 600
    assert spinning.counters.exits[Reason.TIMER] > 10


def test_registers_of_the_floating_point_unit_do_not_leak_between_guests() -> None:
    """One guest leaves a secret there; the other turns the unit on by itself, and looks."""
    secret = "li t0, 3 << 13\ncsrs sstatus, t0\nli a0, 0x5ec7e7\nfmv.d.x f9, a0\n1: j 1b"
    look = "li t0, 3 << 13\ncsrs sstatus, t0\nfmv.x.d s0, f9\n1: j 1b"
    monitor = HardwareAssist(host(2))
    first, second = placed(monitor, payload(secret)), placed(monitor, payload(look))
    monitor.run(first, 50)
    monitor.run(second, 50)
    monitor.settle(second)
    assert second.machine.hart.x[8] == 0
    monitor.run(first, 50)
    monitor.settle(first)
    assert first.machine.hart.f[9] == 0x5EC7E7


def test_everything_that_the_bare_kernel_gets_goes_straight_to_vs() -> None:
    monitor = HardwareAssist(host())
    vm = placed(monitor, noting(""))
    monitor.run(vm, 1)
    hedeleg = monitor.host.hart.csr_read("hedeleg")
    assert hedeleg == DELEGATED
    assert not any(hedeleg >> cause & 1 for cause in H_EXCEPTIONS)
