"""Ctrl-C in the middle: what is graded is kept, nothing is left running, and the same command goes
on. And a bar where there is a terminal."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab
from tests.unit.course.grading.classes import LESSONS, SOLUTION, lay, outcome, program
from vmlab.cli.gradebar import progress
from vmlab.course.grading.work import Outcome

SLOW = SOLUTION.replace("    return", "    for _ in range(150_000): pass\n    return")
COUNT = 8
COMMAND = ("grade", "in", "--lessons", str(LESSONS), "--unsafe-no-sandbox", "--csv", "grades.csv")


def graded(folder: Path) -> int:
    journal = folder / ".vmlab-grade.jsonl"
    return journal.read_text().count('"key"') if journal.exists() else 0


def children(pid: int) -> list[str]:
    found = subprocess.run(
        ["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    return [line for line in found.stdout.splitlines() if "grading.child" in line]


def test_an_interrupted_run_goes_on_where_it_was(vmlab: Vmlab, tmp_path: Path) -> None:
    lay(tmp_path / "in", {f"s{at}.py": program(at, SLOW) for at in range(COUNT)})
    before = set(children(os.getpid()))
    running = subprocess.Popen(
        [sys.executable, "-m", "vmlab", *COMMAND], cwd=tmp_path, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while graded(tmp_path) < 2:
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    kept = graded(tmp_path)
    assert running.returncode == 130, said
    assert f"stopped: {kept} of {COUNT} programs are graded and kept in" in said
    assert "Traceback" not in said
    assert 2 <= kept < COUNT and not (tmp_path / "grades.csv").exists()
    assert set(children(os.getpid())) <= before

    done = vmlab(*COMMAND)
    assert done.returncode == 0
    assert f"{kept} of {COUNT} programs are graded already" in done.stderr.decode()
    assert graded(tmp_path) == COUNT
    table = (tmp_path / "grades.csv").read_text().splitlines()
    assert [line.rsplit(",", 4)[1:] for line in table[1:]] == [["100", "0", "100", "100"]] * COUNT

    again = vmlab(*COMMAND, "--fresh")
    assert "graded already" not in again.stderr.decode()
    assert (tmp_path / "grades.csv").read_text().splitlines() == table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_plain_lines() -> None:
    stream = io.StringIO()
    with progress(2, stream) as seen:
        seen(Outcome())
        seen(Outcome(failure="no"))
    assert stream.getvalue().startswith("graded 2 of 2, 1 not graded; ")


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(2, Terminal()) as seen:
        seen(outcome(SOLUTION))
        seen(Outcome(failure="no"))
    assert "2/2" in capsys.readouterr().err
