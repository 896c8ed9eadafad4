"""nano under the capstone does what it does on a machine of its own, and nobody has changed it."""

from __future__ import annotations

import pytest

import vmlab
from tests.unit.guests.capstone import ELF, causes, names
from vmlab.guests.catalog import find
from vmlab.isa.causes import ECALL_FROM_VS
from vmlab.session.session import Session
from vmlab.session.snapshot import Reason
from vmlab.vmm.capstone.measure import ExitKind, measure

HOST, ITS_OWN = "16M", "8M"
"""RAM: the guest has half of its host's."""
LIMIT = 3_000_000
WITHOUT_SSTC = "rv64gch_zicntr"


def ended(name: str, command: str, ram: str, isa: str | None = None) -> Session:
    session = vmlab.open(name, append=command, ram=ram, isa=isa)
    session.run(limit=LIMIT)
    return session


def lines(session: Session) -> list[str]:
    return session.console.decode().splitlines()


def exits(session: Session) -> dict[str, int]:
    """What the hypervisor's last line says."""
    told = lines(session)[-1].removeprefix("capstone: exits: ").split(", ")
    return {name: int(count) for count, name in (part.split(" ", 1) for part in told)}


@pytest.mark.parametrize("isa", [None, WITHOUT_SSTC], ids=["sstc", "no sstc"])
@pytest.mark.parametrize("program", ["sys 100", "cow", "probe", "evil", "tick", "mmu", "spin"])
def test_a_program_prints_the_same(program: str, isa: str | None) -> None:
    below, alone = ended("capstone", program, HOST, isa), ended("nano", program, ITS_OWN, isa)
    banner, *its_own, _ = lines(below)
    assert banner == "capstone: a machine of 8 MiB, entered in VS"
    assert its_own == lines(alone)
    assert below.stop is not None
    assert alone.stop is not None
    assert (below.stop.reason, below.stop.code) == (alone.stop.reason, alone.stop.code)


def test_the_shell_can_be_talked_to() -> None:
    session = vmlab.open("capstone", ram=HOST)
    session.send(find("capstone").typed)
    assert session.run(limit=LIMIT).reason is Reason.PASSED
    assert "sieve: 2262 primes below 20000" in lines(session)


def test_a_hundred_system_calls_more_add_no_exit() -> None:
    few, many = (ended("capstone", f"sys {calls}", HOST) for calls in (100, 200))
    assert exits(few) == exits(many)
    assert many.trap_counts["VU.8"] - few.trap_counts["VU.8"] == 100


def test_its_calls_of_the_firmware_are_all_exits_and_end_in_the_count() -> None:
    session = ended("capstone", "sys 10", HOST)
    assert list(exits(session)) == names()
    assert exits(session)["sbi"] == causes(session)[ECALL_FROM_VS]
    assert session.trap_counts[f"VS.{ECALL_FROM_VS}"] == causes(session)[ECALL_FROM_VS]


def test_the_catalogue_runs_the_image_that_the_other_tests_look_into() -> None:
    assert find("capstone").read() == ELF.read_bytes()


def test_idling_costs_one_exit_a_wait_and_one_a_call() -> None:
    costs = measure(vmlab.open("capstone", append="tick", ram=HOST), LIMIT)
    assert len(costs[ExitKind.IDLE]) > 0
    assert costs[ExitKind.TIMER] == []
    assert len(costs[ExitKind.SBI]) + 1 == exits(ended("capstone", "tick", HOST))["sbi"]
