"""Every program of nano does what it says, alone and one after the other under the shell."""

from __future__ import annotations

import re

import pytest

import vmlab
from tests.guests_nano.talk import ask, finish, run, wait
from vmlab.guests import build
from vmlab.session.snapshot import Reason

PRINTS = {
    "sys 100": ["sys: 100 calls, process 1"],
    "mmu 3": ["mmu: 3 times 16 pages"],
    "sieve 1000": ["sieve: 168 primes below 1000"],
    "tick 2": ["tick 1", "tick 2"],
    "cow": ["cow: the child wrote 9 9 9 9, the parent has 1 2 3 4"],
    "grow 40": ["grow: 40 pages, sum 820"],
}


@pytest.mark.parametrize("command", PRINTS)
def test_a_program_prints_what_it_found_and_passes(command: str) -> None:
    assert run(command) == PRINTS[command]


def test_slices_touches_each_page_of_its_sets() -> None:
    def expected(rounds: int) -> int:
        pages, total = [0] * 64, 0
        for _ in range(rounds):
            for pages_in_set in (4, 16, 64):
                for touch in range(256):
                    pages[touch * 7 % pages_in_set] += 1
                    total += pages[touch * 7 % pages_in_set]
        return total

    assert run("slices 2") == [f"slices: 2 rounds, sum {expected(2)}"]


def test_blk_reads_the_sectors_of_the_disk() -> None:
    disk = bytes(i * 7 % 251 for i in range(4 * 512))
    found = run("blk 3", disk=disk)
    assert found == [f"blk: 3 sectors, sum {sum(disk[: 3 * 512])}"]


def test_blk_says_which_sector_is_not_there() -> None:
    assert run("blk 8", Reason.FAILED, disk=bytes(4 * 512)) == ["blk: no sector 4"]
    assert run("blk", Reason.FAILED) == ["blk: no sector 0"]


@pytest.mark.parametrize("disk", [None, bytes(4096)])
def test_every_attack_of_evil_is_refused(disk: bytes | None) -> None:
    *attacks, summary = run("evil", disk=disk)
    assert summary == "evil: 0 allowed"
    assert len(attacks) == len(set(attacks)) > 20
    assert all(re.fullmatch(r"evil: .*: refused(, [a-z ]+)?", line) for line in attacks)


def test_probe_is_refused_in_u_what_s_may_do() -> None:
    lines = run("probe")
    refused = {line for line in lines if line.endswith((": illegal instruction", "page fault"))}
    assert {line for line in lines if line.startswith("U")} <= refused
    assert {line.split(":")[0] for line in refused if line.startswith("S")} == {
        "S csrr mstatus",
        "S mret",
        "S ld from nowhere",
    }
    for line in ("S csrr stvec, as set: 0x1", "S csrr scause: 0x8", "S csrr sscratch: 0x0"):
        assert line in lines


def test_a_machine_of_less_gives_the_same_lines() -> None:
    """No Sstc, no H, no F: the firmware has another way to a timer."""
    isa = "rv64imac_zicntr_zicsr_zifencei"
    assert run("tick 2", isa=isa) == PRINTS["tick 2"]
    assert run("probe") == run("probe", isa=isa)


def test_ls_lists_every_program_and_each_is_a_file() -> None:
    session = vmlab.open("nano", ram="8M")
    names = [line.split(":")[0] for line in ask(session, "ls")]
    assert tuple(names) == build.NANO_PROGRAMS


def test_a_long_session_loses_no_page_and_no_process() -> None:
    """The kernel itself counts its pages at the end, and panics if one is lost."""
    session = vmlab.open("nano", ram="8M")
    for line in ("cow", "mmu 2", "sys 5", "crash", "nothing", "grow 3", "sieve 500", "blk"):
        for _ in range(3):
            ask(session, line)
    assert ask(session, "help")[0].startswith("PROGRAM [ARGUMENT]")
    assert ask(session, "") == []
    assert ask(session, "sys 5") == ["sys: 5 calls, process 29"]
    session.send(b"exit\r")
    assert finish(session)[-1] == "nano: the end, status 0"


def test_the_shell_takes_back_what_is_deleted_and_cuts_what_is_too_long() -> None:
    session = vmlab.open("nano", ram="8M")
    wait(session)
    session.send(b"sysx\x7f 7\r")
    wait(session)
    assert b"\nsys: 7 calls" in bytes(session.console)
    session.send(b"x" * 500 + b"\r")
    wait(session)
    assert b"x" * 127 + b"\nsh: no such program" in bytes(session.console)


def test_a_crash_ends_the_process_and_not_the_shell() -> None:
    session = vmlab.open("nano", ram="8M")
    died, status = ask(session, "crash")
    assert re.fullmatch(r"nano: process 2 ends: cause 13, pc 0x4\w+, value 0x0", died)
    assert status == "sh: status -1"
    assert ask(session, "sys 1") == ["sys: 1 calls, process 3"]
