"""What a process gets is its own: memory on demand, copies on write, time."""

from __future__ import annotations

from typing import Any

import pytest

import vmlab
from tests.guests_nano.talk import finish, run, until
from vmlab.core.modes import Mode
from vmlab.guests import sbi
from vmlab.guests.catalog import load
from vmlab.isa.causes import LOAD_PAGE_FAULT, STORE_PAGE_FAULT
from vmlab.isa.layouts import ENVCFG
from vmlab.session import Session
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until

PAGES = 16
"""That `mmu` maps in a round; every other one it reads first."""


def faults(command: str, hart_sets_a_and_d: bool = False, **options: Any) -> dict[int, int]:
    """Page faults taken from U, by cause."""
    session = vmlab.open("nano", append=command, ram="8M", **options)
    if hart_sets_a_and_d:
        until(session, Until.pc(sbi.KERNEL_BASE))
        hart = session.machine.hart
        hart.set_word("menvcfg", hart.word("menvcfg") | ENVCFG.mask("ADUE"))
    finish(session)
    counts = session.trap_counts
    return {cause: counts.get(f"U.{cause}", 0) for cause in (LOAD_PAGE_FAULT, STORE_PAGE_FAULT)}


def more(command: str, once: str, **options: Any) -> dict[int, int]:
    """How many page faults one command takes more than another."""
    first, second = faults(once, **options), faults(command, **options)
    return {cause: second[cause] - first[cause] for cause in first}


def test_a_page_is_filled_when_it_is_touched_and_dirty_when_it_is_written() -> None:
    """nano keeps D itself: a page that was read first faults again at its first store."""
    assert more("mmu 5", "mmu 3") == {LOAD_PAGE_FAULT: 2 * PAGES // 2, STORE_PAGE_FAULT: 2 * PAGES}


def test_a_hart_that_sets_d_itself_takes_one_fault_a_page() -> None:
    found = more("mmu 5", "mmu 3", hart_sets_a_and_d=True)
    assert found == {LOAD_PAGE_FAULT: 2 * PAGES // 2, STORE_PAGE_FAULT: 2 * PAGES // 2}


@pytest.mark.parametrize("command", ["cow", "fork"])
def test_what_a_child_writes_does_not_reach_its_parent(command: str) -> None:
    if command == "cow":
        assert run("cow") == ["cow: the child wrote 9 9 9 9, the parent has 1 2 3 4"]
    else:
        assert run("bench fork 5") == ["[bench fork 5]", "[end fork 0]"]


def test_fork_copies_no_page_but_those_that_are_written() -> None:
    """A child that only exits writes its stack; the parent then owns its own again."""
    more_forks = more("bench fork 8", "bench fork 4")
    assert more_forks[LOAD_PAGE_FAULT] == 0
    assert 0 < more_forks[STORE_PAGE_FAULT] <= 4 * 2


def test_the_stack_grows_by_the_pages_that_are_touched() -> None:
    assert more("grow 30", "grow 20")[STORE_PAGE_FAULT] == 10
    died, end = finish(vmlab.open("nano", append="grow 70", ram="8M"), Reason.FAILED)[1:]
    assert died.startswith("nano: process 1 ends: cause 15")
    assert end == "nano: the end, status -1"


def test_two_that_never_give_the_hart_away_run_by_turns() -> None:
    lines = run("spin 200000")
    assert sorted(lines) == sorted(
        f"spin: the {who} {what}" for who in ("parent", "child") for what in ("begins", "is done")
    )
    assert all(line.endswith("begins") for line in lines[:2]), "neither waits for the other's end"


def test_a_benchmark_that_never_ends_does_not_keep_the_hart() -> None:
    """A mark holds the clock up for a second, and no longer."""
    session = vmlab.open("nano", append="bench call 90000000", ram="8M")
    until(session, Until.console(r"\[bench"))
    ticks = session.trap_counts.get("U.i5", 0)
    session.run(limit=12_000_000)
    assert session.trap_counts.get("U.i5", 0) > ticks


def test_no_memory_ends_the_process_that_wants_it() -> None:
    session = vmlab.open("nano", append="bench fault 1000", ram="4M")
    *_, died, end = finish(session, Reason.FAILED)
    assert died.startswith("nano: process 1 ends: cause 15")
    assert end == "nano: the end, status -1"


def test_the_kernel_waits_in_wfi_when_nobody_can_run() -> None:
    """At the prompt time passes without instructions."""
    session = vmlab.open("nano", ram="8M")
    until(session, Until.console(r"\$ $"))
    before, time = session.position, session.machine.hart.virtual_time
    session.run(limit=50_000)
    retired = session.position - before
    assert session.machine.hart.virtual_time - time > 20 * retired


def test_a_system_call_changes_no_satp_and_a_switch_does() -> None:
    """What `space_enter` writes is the only thing that tells two processes apart."""
    session = vmlab.open("nano", append="sys 20", ram="8M")
    symbol = {name: address for address, name in load("nano").symbols.items()}
    satps = {satp_at(session, symbol["sys_getpid"]) for _ in range(5)}
    assert len(satps) == 1
    session = vmlab.open("nano", append="bench switch 5", ram="8M")
    satps = {satp_at(session, symbol["sys_yield"]) for _ in range(5)}
    assert len(satps) == 2


def test_the_way_of_a_system_call_has_seven_sensitive_instructions() -> None:
    """One trap each where the kernel runs without its privilege (trap and emulate: 1 + 7 exits)."""
    session = vmlab.open("nano", append="sys 20", ram="8M", engine="t0")
    symbol = {name: address for address, name in load("nano").symbols.items()}
    for _ in range(3):
        until(session, Until.pc(symbol["trap_entry"]))
        session.step(1)
    hart, sensitive, length = session.machine.hart, 1, 1
    while hart.mode is not Mode.U:
        at = session.machine.read(hart.pc, 4) or b""
        word = int.from_bytes(at, "little")
        sensitive += word & 0x7F == 0x73
        session.step(1)
        length += 1
    print(f"{length} instructions, {sensitive} of them sensitive")
    assert sensitive == 7


def satp_at(session: Session, address: int) -> int:
    """satp the next time that the kernel comes by."""
    session.step(1)
    until(session, Until.pc(address))
    return session.machine.hart.word("satp")
