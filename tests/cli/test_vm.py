"""`vmlab vm`: guests as virtual machines, their consoles, statuses and bills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import fields
from inspect import signature
from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab
from tests.cli.test_run import one_sentence
from tests.unit.programs import elf
from vmlab.cli.vm import run
from vmlab.session.vms import VmOptions
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.techniques import TECHNIQUES

PRINTS_FOR_EVER = "1: li a0, 'h'\nli a7, 1\necall\nj 1b\n"
FAILS = "li t0, 0x100000\nli t1, 0x73333\nsw t1, 0(t0)\n1: j 1b\n"
REBOOTS = "li a0, 'R'\nli a7, 1\necall\nli a7, 0x53525354\nli a6, 0\nli a0, 1\nli a1, 0\necall\n"
LAST_WORD = b"nano: the end, status 0\n"


def test_one_machine_has_the_terminal_and_says_at_the_end_what_it_took(vmlab: Vmlab) -> None:
    done = vmlab("vm", "run", "nano", "--append", "sieve")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"nano: ")
    assert done.stdout.endswith(LAST_WORD)
    said = one_sentence(done)
    assert said.startswith("vmlab: passed after ")
    assert " exits, " in said
    assert said.endswith(" % ran directly")


def test_several_say_whose_line_it_is_and_write_one_bill(vmlab: Vmlab, tmp_path: Path) -> None:
    done = vmlab("vm", "run", "nano", "--vms", 3, "--append", "sieve", "--stats", "bill.json")
    assert done.returncode == 0, done.stderr
    for number in range(3):
        assert b"vm%d| " % number + LAST_WORD in done.stdout
    assert all(line.startswith(b"vm") for line in done.stdout.splitlines())
    assert len(done.stderr.splitlines()) == 3
    bill = json.loads((tmp_path / "bill.json").read_text())
    assert bill["schema"] == "vmlab/vm/1"
    assert bill["technique"] == "trap_emulate"
    assert [set(one["counters"]) for one in bill["vms"]] == [set(Counters().rows())] * 3


def test_a_conversation_ends_where_until_says(vmlab: Vmlab) -> None:
    done = vmlab(
        *("vm", "run", "nano", "--technique", "trap_emulate_traced", "--json"),
        *("--send", r"\$ $", r"sys\n", "--until", r"\$ $", "--max-insns", 20_000_000),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"$ ") == 2
    assert json.loads(done.stderr)["vms"][0]["state"] in ("ready", "waiting")


def test_the_keyboard_types_into_the_console_that_is_named(vmlab: Vmlab) -> None:
    done = vmlab(
        *("vm", "run", "nano", "--vms", 2, "--console", 1, "--until", "status 0"),
        *("--send", r"\$ $", r"exit\n", "--max-insns", 40_000_000),
    )
    assert done.returncode == 0, done.stderr
    assert b"vm1| " + LAST_WORD in done.stdout
    assert b"vm0| " + LAST_WORD not in done.stdout


@pytest.mark.parametrize(
    ("source", "words", "status", "says"),
    [
        (FAILS, (), 1, "failed with code 7 after "),
        ("csrw stvec, zero\nunimp\n", (), 1, "traps for ever at 0x0 ("),
        ("1: wfi\nj 1b\n", (), 1, "waits for input that can't come any more"),
        ("1: j 1b\n", ("--max-insns", 5_000), 3, "still runs after 5,000 instructions"),
    ],
)
def test_the_status_says_how_it_ended(
    vmlab_says: Vmlab,
    tmp_path: Path,
    source: str,
    words: tuple[object, ...],
    status: int,
    says: str,
) -> None:
    (tmp_path / "k.elf").write_bytes(elf(source))
    done = vmlab_says("vm", "run", "k.elf", *words)
    assert done.returncode == status, done.stderr
    assert says in one_sentence(done)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nano", "--vms", 0), "expected 1 to 16 virtual machines, found 0"),
        (("nano", "--vms", 2, "--console", 2), "--console: expected 0 to 1, found 2"),
        (("nano", "--append", "\udcff"), "printable ASCII"),
    ],
)
def test_bad_input_is_one_sentence(vmlab_says: Vmlab, words: tuple[object, ...], says: str) -> None:
    done = vmlab_says("vm", "run", *words)
    assert done.returncode == 2
    assert says in one_sentence(done)


def started(folder: Path, *words: str, stdout: int) -> subprocess.Popen[bytes]:
    """A guest that prints for ever, as somebody starts it at a terminal."""
    (folder / "k.elf").write_bytes(elf(PRINTS_FOR_EVER))
    return subprocess.Popen(
        [sys.executable, "-m", "vmlab", "vm", "run", "k.elf", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        # Whoever started the tests in the background made them, and all below, deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_ctrl_c_ends_it_with_130_and_the_bill(tmp_path: Path) -> None:
    run = started(tmp_path, "--stats", "bill.json", stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stdout.read(1) == b"h"
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert b"Traceback" not in said
    assert said.splitlines()[-1] == b"vmlab: interrupted"
    assert json.loads((tmp_path / "bill.json").read_text())["vms"][0]["state"] == "ready"


def test_a_guest_that_reboots_at_once_is_looked_at_soon(vmlab: Vmlab, tmp_path: Path) -> None:
    """A reboot is thousands of times the work of an instruction: so the first slices are short."""
    (tmp_path / "reboots.elf").write_bytes(elf(REBOOTS))
    done = vmlab("vm", "run", "reboots.elf", "--until", "RRR", "--stats", "bill.json")
    assert done.returncode == 0, done.stderr
    bill = json.loads((tmp_path / "bill.json").read_text())
    assert bill["vms"][0]["virtual_time"] <= 1_000


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    run = started(tmp_path, stdout=write_end)
    os.close(write_end)
    assert os.read(read_end, 1) == b"h"
    os.close(read_end)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert b"Traceback" not in said
    assert b"interrupted by standard output" in said


def test_the_techniques_are_listed_with_what_they_promise(vmlab: Vmlab) -> None:
    done = vmlab("vm", "techniques")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    for row in TECHNIQUES.values():
        (line,) = [line for line in lines if line.split()[:1] == [row.name]]
        assert row.title in line
        assert line.split()[-3:] == [
            row.promise.equivalence.value,
            row.promise.control.value,
            row.promise.efficiency.value,
        ]


def test_the_commands_defaults_are_those_of_a_session() -> None:
    told = {name: option.default for name, option in signature(run).parameters.items()}
    for field in fields(VmOptions):
        assert told[field.name] == field.default, field.name
