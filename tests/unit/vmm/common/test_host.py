"""The real machine under a monitor: where virtual machines lie, and that there are not too many."""

from __future__ import annotations

import pytest

from tests.unit.vmm.guests import guest
from tests.unit.vmm.lanes import BOARD
from vmlab.core.errors import BadInput
from vmlab.core.units import MIB, PAGE_SIZE_BYTES
from vmlab.isa.state import ARENA_HART_BYTES
from vmlab.machine import memmap
from vmlab.vmm.common.frames import FREE, MONITOR
from vmlab.vmm.common.host import LIST_SHARE, MOST_SPACES, MOST_VMS, POOL_BYTES, Host, ram_for
from vmlab.vmm.common.vm import guest_platform

SPIN = guest("1: j 1b\n")


def test_a_host_holds_as_many_machines_as_it_was_made_for_and_a_pool_for_each() -> None:
    host = Host(ram_for(2, BOARD.ram_bytes), "t0")
    for _ in range(2):
        host.place(BOARD, SPIN)
    spare = 2 * (POOL_BYTES + BOARD.ram_bytes // LIST_SHARE)
    assert int((host.frames.owner == FREE).sum()) * PAGE_SIZE_BYTES == spare
    with pytest.raises(BadInput, match="free pages of real memory for a virtual machine"):
        while True:
            host.place(BOARD, SPIN)


def test_each_machine_owns_its_ram_and_the_monitor_its_words() -> None:
    host = Host(ram_for(2, BOARD.ram_bytes), "t0")
    vms = [host.place(BOARD, SPIN) for _ in range(2)]
    for vm in vms:
        ram = range(vm.ram_at, vm.ram_at + BOARD.ram_bytes, PAGE_SIZE_BYTES)
        assert {host.frames.owner_of(pa) for pa in ram} == {vm.number}
        words = range(vm.ram_at - ARENA_HART_BYTES, vm.ram_at, PAGE_SIZE_BYTES)
        assert {host.frames.owner_of(pa) for pa in words} == {MONITOR}
    owned = host.frames.owner
    assert [int((owned == vm.number).sum()) for vm in vms] == [
        BOARD.ram_bytes // PAGE_SIZE_BYTES
    ] * 2


def test_what_a_machine_holds_stands_in_real_memory() -> None:
    host = Host(ram_for(1, BOARD.ram_bytes), "t0")
    vm = host.place(BOARD, SPIN)
    spa = vm.spa(SPIN.entry)
    assert spa is not None
    assert host.machine.read(spa, 2) == vm.read(SPIN.entry, 2) == SPIN.segments[0][1][:2]
    vm.machine.dma.write(memmap.RAM + 0x1000, b"here")
    assert host.machine.read(vm.ram_at + 0x1000, 4) == b"here"
    assert 0x1000 + vm.ram_at - memmap.RAM >> 12 in host.engine.take_dirty_pages()


def test_there_is_a_most_that_no_memory_helps_against() -> None:
    small = guest_platform(PAGE_SIZE_BYTES * 2)
    host = Host(ram_for(MOST_VMS + 1, small.ram_bytes), "t0")
    for _ in range(MOST_VMS):
        host.place(small, SPIN)
    with pytest.raises(BadInput, match=f"at most {MOST_VMS} virtual machines"):
        host.place(small, SPIN)


def test_spaces_are_real_asids_each_given_once_until_it_comes_back() -> None:
    host = Host(MIB, "t0")
    taken = {host.take_space() for _ in range(MOST_SPACES)}
    assert taken == set(range(1, MOST_SPACES + 1)), "0 is nobody's"
    host.give_space(7)
    assert host.take_space() == 7


def test_what_the_monitor_writes_is_noted_page_by_page() -> None:
    host = Host(MIB, "t0")
    host.write8(memmap.RAM + 0x3008, 5)
    assert host.read8(memmap.RAM + 0x3008) == 5
    host.clear_page(memmap.RAM + 0x3000)
    host.clear_page(memmap.RAM + 0x5000)
    assert host.read8(memmap.RAM + 0x3008) == 0
    assert host.written == {3, 5}
