"""nano, built for a monitor that it knows: what its users see, and what it costs."""

from __future__ import annotations

import pytest

from vmlab.core.units import MIB
from vmlab.session.vms import VmOptions, VmSession
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.scheduler import run_all
from vmlab.vmm.common.subject import Monitored, Subject
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.compare.measure import cost
from vmlab.vmm.laws.userview import COMPARABLE, UserView, differences
from vmlab.vmm.paravirt.audit import audit
from vmlab.vmm.paravirt.monitor import Paravirt
from vmlab.vmm.techniques import find

RAM_BYTES = 8 * MIB
DISK = bytes(number % 251 for number in range(8192))
LEVELS = ("paravirt", "paravirt_u")


def started(
    technique: str, command: str | None, engine: str = "auto", vms: int = 1
) -> list[Subject]:
    row = find(technique)
    payload = payload_of(f"nano{row.build}", append=command, disk=DISK, ram_bytes=RAM_BYTES)
    return list(row.start([(guest_platform(RAM_BYTES), payload)] * vms, engine))


def viewed(technique: str, command: str, engine: str = "auto") -> tuple[Subject, UserView]:
    row = find(technique)
    payload = payload_of(f"nano{row.build}", append=command, disk=DISK, ram_bytes=RAM_BYTES)
    subject = row.alone(guest_platform(RAM_BYTES), payload, engine)
    view = UserView(subject, payload)
    view.watch(20_000_000)
    assert subject.state is State.ENDED
    return subject, view


def monitor_of(subject: Subject) -> Paravirt:
    assert isinstance(subject, Monitored)
    assert isinstance(subject.monitor, Paravirt)
    return subject.monitor


@pytest.mark.parametrize("command", COMPARABLE)
@pytest.mark.parametrize("technique", LEVELS)
def test_users_see_what_they_see_on_the_bare_machine(technique: str, command: str) -> None:
    bare, native = viewed("bare", command)
    subject, view = viewed(technique, command)
    assert (
        sum(len(process.calls) for process in native.processes.values()) > 0 or command == "crash"
    )
    assert all(process.memory for process in native.processes.values())
    assert differences(native, view) == []
    # The first line says how many pages are free: the kernels differ in size.
    assert bare.output.partition(b"\n")[2] == subject.output.partition(b"\n")[2]
    assert audit(monitor_of(subject)) == []


def test_a_different_program_is_seen_to_differ() -> None:
    _, one = viewed("bare", "sieve 2000")
    _, calls = viewed("paravirt", "sys 20")
    _, memory = viewed("paravirt", "sieve 2010")
    assert any("call" in said for said in differences(one, calls))
    assert any("memory" in said for said in differences(one, memory))


def test_a_process_is_known_by_the_number_that_getpid_tells_it() -> None:
    _, view = viewed("paravirt", "sys 3")
    results = {
        call.result
        for pid, process in view.processes.items()
        for call in process.calls
        if call.name == "getpid"
    }
    assert results == {1}
    assert set(view.processes) == {1}


@pytest.mark.parametrize("technique", LEVELS)
def test_both_engines_count_the_same(technique: str) -> None:
    found = []
    for engine in ("t0", "t1"):
        (subject,) = started(technique, "cow", engine)
        subject.run(20_000_000)
        found.append((subject.counters, bytes(subject.output), subject.hart.time))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("technique", "benchmark", "exits"),
    [
        ("paravirt", "syscall", 0),
        ("paravirt_u", "syscall", 2),
        ("paravirt", "fault", 2),
        ("paravirt_u", "fault", 2),
        ("paravirt", "pte512", 1),
        ("paravirt", "switch", 2),  # one for each of two processes
        ("paravirt", "sie", 0),
        ("paravirt", "csr", 0),
    ],
)
def test_what_an_operation_costs(technique: str, benchmark: str, exits: int) -> None:
    found = cost(find(technique), benchmark)
    assert found.exits == exits
    # A hypercall is an instruction of the guest's that the monitor carries out.
    assert found.counters.emulated_insns == found.counters.hypercalls


@pytest.mark.parametrize("technique", LEVELS)
def test_a_shell_is_typed_at(technique: str) -> None:
    (subject,) = started(technique, None)
    subject.run(3_000_000)
    subject.type(b"cow\rsieve 100\rexit 0\r")
    subject.run(20_000_000)
    assert subject.state is State.ENDED
    assert b"cow: the child wrote 9 9 9 9, the parent has 1 2 3 4" in subject.output
    assert b"sieve: 25 primes below 100" in subject.output


@pytest.mark.parametrize("technique", LEVELS)
def test_three_of_them_in_slices_are_as_one_alone(technique: str) -> None:
    """They have the same addresses and the same numbers of spaces: the TLB must not mix them up."""
    (alone,) = started(technique, "mmu 2")
    alone.run(20_000_000)
    subjects = started(technique, "mmu 2", vms=3)
    run_all(subjects, 20_000_000, 3_000)
    for subject in subjects:
        assert subject.state is State.ENDED
        assert subject.output == alone.output
        assert subject.hart.time == alone.hart.time
        assert subject.counters.exits[Reason.TRUE_FAULT] == alone.counters.exits[Reason.TRUE_FAULT]
    assert audit(monitor_of(subjects[0])) == []


@pytest.mark.parametrize("technique", LEVELS)
def test_a_kernel_that_panics_ends_as_failed(technique: str) -> None:
    (subject,) = started(technique, "panic")
    subject.run(20_000_000)
    assert subject.state is State.ENDED
    assert isinstance(subject, Monitored)
    assert not subject.vm.passed
    assert b"panic: cause 13" in subject.output


def test_settling_shows_the_memory_as_the_guest_counts_it() -> None:
    (subject,) = started("paravirt", "sys 3")
    subject.run(20_000_000)
    subject.settle()
    assert isinstance(subject, Monitored)
    at = 0x8020_0000
    assert subject.machine.read(at, 64) == subject.vm.read(at, 64) != bytes(64)


def test_the_command_takes_the_build_that_the_technique_runs() -> None:
    session = VmSession(VmOptions(guest="nano", technique="paravirt", append="sys 5", ram="8M"))
    session.run(20_000_000)
    assert b"sys: 5 calls" in session.printed(0)
