"""A kernel begins in the state in which our firmware in C leaves the hart, but for a few words."""

from __future__ import annotations

import pytest

import vmlab
from tests.unit.vmm.lanes import NATIVE, facts
from vmlab.core.modes import Mode
from vmlab.core.units import MIB
from vmlab.guests.sbi import KERNEL_BASE, firmware
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import ENVCFG, INTERRUPTS
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.session import Session
from vmlab.session.until import Until
from vmlab.vmm.common.payloads import raw_kernel
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.common.vm import GUEST_ISA, guest_platform
from vmlab.vmm.techniques import TECHNIQUES

KERNEL = b"\x01\0" * 8
FIRMWARES_OWN = {"mtvec", "mscratch", "mepc", "mstatus"}
"""What firmware in M keeps there for itself: here it is Python, and needs nothing."""
CLOCKS = {"mcycle", "minstret", "cycle", "time", "instret"}
"""Firmware takes time; Python none."""
TIMER = {"mip", "sip", "stimecmp"}
"""The timer: reset leaves it at 0, which is always due; Python sets it to never."""
SPECIAL = {"menvcfg"}


def started(technique: str) -> Subject:
    platform = guest_platform(16 * MIB)
    return TECHNIQUES[technique].alone(platform, raw_kernel("kernel", KERNEL))


@pytest.fixture(scope="module")
def real() -> Session:
    session = vmlab.open(ram="16M", bios=firmware(), kernel=KERNEL, isa=GUEST_ISA)
    session.run(until=Until.pc(KERNEL_BASE), limit=100_000)
    return session


def test_every_csr_is_as_firmware_leaves_it_but_for_those_that_are_named(real: Session) -> None:
    hart = started("bare").hart
    different = {
        name
        for name, csr in CSRS.items()
        if hart.csr_read(name) != real.engine.read_csr(csr.number)
    }
    assert different == FIRMWARES_OWN | CLOCKS | TIMER | SPECIAL


def test_where_they_differ_it_is_in_the_timer_and_in_who_sets_a_and_d(real: Session) -> None:
    hart = started("bare").hart

    def firmware_left(name: str) -> int:
        return real.engine.read_csr(CSRS[name].number)

    assert hart.csr_read("menvcfg") ^ firmware_left("menvcfg") == ENVCFG.mask("ADUE")
    assert hart.csr_read("sip") ^ firmware_left("sip") == INTERRUPTS["STI"].mask
    assert (firmware_left("stimecmp"), hart.csr_read("stimecmp")) == (0, (1 << 64) - 1)


def test_a_kernel_finds_its_hart_and_its_device_tree(real: Session) -> None:
    subject = started("bare")
    own, theirs = subject.machine.hart, real.machine.hart
    assert own.mode is theirs.mode is Mode.S
    assert own.pc == theirs.pc == KERNEL_BASE
    for name in ("a0", "a1"):
        number = REGISTER_NUMBERS[name]
        assert own.x[number] == theirs.x[number]


@pytest.mark.parametrize("technique", NATIVE)
def test_every_technique_starts_alike(technique: str) -> None:
    assert facts(started(technique)) == facts(started("bare"))
