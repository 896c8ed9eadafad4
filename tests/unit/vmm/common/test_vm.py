"""A virtual machine: two maps of its memory, what it may start with, and how it starts again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vmm.guests import guest
from tests.unit.vmm.lanes import BOARD, NATIVE, alone
from vmlab.core.errors import BadInput, Unsupported, VmlabError
from vmlab.core.units import MIB
from vmlab.isa.extensions import BUILT, isa_string
from vmlab.machine import memmap
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.vm import GUEST_ISA, Payload, State, Vm, guest_platform
from vmlab.vmm.techniques import TECHNIQUES

SPIN = guest("1: j 1b\n")


@pytest.fixture(scope="module")
def vm() -> Vm:
    host = Host(ram_for(2, BOARD.ram_bytes), "t0")
    host.place(BOARD, SPIN)
    return host.place(BOARD, SPIN)


@given(st.integers(0, BOARD.ram_bytes - 1))
def test_the_two_maps_are_each_others_inverse(vm: Vm, offset: int) -> None:
    gpa = memmap.RAM + offset
    spa = vm.spa(gpa)
    assert spa is not None
    assert vm.gpa(spa) == gpa


@pytest.mark.parametrize(
    "offset", [-1, BOARD.ram_bytes, -memmap.RAM, (1 << 56) - memmap.RAM, (1 << 64) - memmap.RAM - 1]
)
def test_an_address_outside_its_ram_is_nowhere(vm: Vm, offset: int) -> None:
    assert vm.spa(memmap.RAM + offset) is None
    assert vm.gpa(vm.ram_at + offset) is None


@pytest.mark.parametrize(
    ("isa", "error", "sentence"),
    [
        (isa_string(frozenset(BUILT)), Unsupported, "without the hypervisor extension"),
        ("rv64imac", BadInput, "with Sstc"),
    ],
)
def test_a_guests_hart_has_a_timer_and_no_hypervisor_of_its_own(
    isa: str, error: type[VmlabError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        guest_platform(MIB, isa)


@pytest.mark.parametrize("ram_bytes", [0, -4096, 4095, 1 << 50])
def test_a_guests_ram_is_some_whole_pages(ram_bytes: int) -> None:
    with pytest.raises(BadInput, match="expected RAM of 4K to"):
        guest_platform(ram_bytes)


@pytest.mark.parametrize("technique", NATIVE)
@pytest.mark.parametrize(
    "payload",
    [
        Payload("high", ((memmap.RAM + BOARD.ram_bytes - 2, bytes(4)),)),
        Payload("low", ((memmap.RAM - 2, bytes(4)),)),
        Payload("nowhere", ((1 << 63, bytes(4)),)),
    ],
)
def test_bytes_outside_the_guests_ram_are_refused(technique: str, payload: Payload) -> None:
    with pytest.raises(VmlabError, match="RAM"):
        TECHNIQUES[technique].alone(BOARD, payload)


@pytest.mark.parametrize("technique", NATIVE)
def test_a_kernel_that_begins_outside_ram_crashes_and_says_so(technique: str) -> None:
    subject = alone(technique, Payload("lost", SPIN.segments, entry=0x4000_0000))
    subject.run(1_000)
    assert subject.state is State.CRASHED
    assert "traps for ever" in subject.why


def test_a_guests_isa_is_all_that_is_built_but_h() -> None:
    assert guest_platform(MIB).isa == GUEST_ISA
    assert guest_platform(MIB, "rv64imac_sstc_zicsr").isa != GUEST_ISA


def test_its_output_is_whatever_it_prints_and_only_its_own() -> None:
    host = Host(ram_for(2, BOARD.ram_bytes), "t0")
    one, two = (host.place(BOARD, guest("li a7, 8\necall\n")) for _ in range(2))
    one.sbi.put(ord("1"))
    two.sbi.put(ord("2"))
    assert (one.output, two.output) == (b"1", b"2")
