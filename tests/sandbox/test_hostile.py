"""Every program that means harm gets nothing, neither points nor anything else."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.hostile_programs import ANSWERS, HOSTILE, NAIVE, Hostile, program
from vmlab.core.errors import BadInput
from vmlab.course.exercise import Exercise, check
from vmlab.course.recorded import Recording, Replayed
from vmlab.course.sandbox import Distribution, Limits, Sandbox, open_sandbox, screen
from vmlab.course.student import Failed, Stopped, Wrong

SECRET = "the private seeds"


@dataclass
class Outside:
    """What is outside of the sandbox, and must not be reached."""

    canary: Path
    listener: socket.socket

    def filled(self, source: str) -> str:
        port = self.listener.getsockname()[1]
        marks = {"CANARY": repr(str(self.canary)), "PORT": str(port), "PARENT": str(os.getpid())}
        for name, value in marks.items():
            source = source.replace(f"@{name}@", value)
        return source

    def check_untouched(self) -> None:
        assert list(self.canary.parent.iterdir()) == [self.canary]
        assert self.canary.read_text() == SECRET
        with pytest.raises(BlockingIOError):
            self.listener.accept()


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    monkeypatch.setenv("VMLAB_SECRET", SECRET)
    canary = tmp_path / "key.json"
    canary.write_text(SECRET)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield Outside(canary, listener)


def found_by(box: Sandbox, exercise: Exercise, source: str) -> tuple[float, str]:
    """The score, and what the report says was found."""
    try:
        box.student.load(source, exercise.names)
    except (Failed, Stopped) as error:
        return 0, str(error)
    verdict = check(exercise, box.student, 1)
    first = verdict.first_failure
    return verdict.score, exercise.tell(first.found, "en") if first else ""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.long] * one.long) for name, one in HOSTILE.items()],
)
def test_a_hostile_program_gets_nothing(
    name: str, distribution: Distribution, exercise: Exercise, solution: str, outside: Outside
) -> None:
    hostile = HOSTILE[name]
    source = outside.filled(program(solution, hostile))
    assert screen(source) == source, "the wall is to be tested, not what stands before it"
    limits = Limits(call_s=hostile.call_s, memory_bytes=512 << 20, asks=2000, said_bytes=8 << 20)
    with open_sandbox(distribution, limits) as box:
        score, found = found_by(box, exercise, source)
        pid = box.process.pid
    assert (score, bool(re.search(hostile.reason, found))) == (0, True), found
    outside.check_untouched()
    recording = box.recording.to_json()
    assert SECRET not in recording + box.printed
    assert len(box.printed) <= limits.printed_bytes
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)
    replayed = Replayed(Recording.from_json(recording))
    replayed.load_again()
    again = check(exercise, replayed, 1)
    assert again.first_failure is not None
    assert (again.score, exercise.tell(again.first_failure.found, "en")) == (score, found)


def test_the_solution_without_an_attack_passes(
    distribution: Distribution, exercise: Exercise, solution: str, outside: Outside
) -> None:
    """Else every program would be refused, and the test above would show nothing."""
    source = outside.filled(program(solution, Hostile("pass", "")))
    with open_sandbox(distribution) as box:
        assert found_by(box, exercise, screen(source)) == (100, "")


def test_odd_answers_and_imports_fail_one_by_one(
    distribution: Distribution, exercise: Exercise
) -> None:
    with open_sandbox(distribution) as box:
        for answer, reason in ANSWERS.items():
            box.student.load(f"from vmlab.lab import *\ndef f(tank): return {answer}", ["f"])
            with pytest.raises((Wrong, Failed), match=reason):
                box.student.call("f", box_tank(), returns=int)
        for line, written in NAIVE.items():
            with pytest.raises(BadInput, match=r"mine.py: expected imports of .*" + written):
                screen(f"x = 1\n{line}\n", "mine.py")
            with pytest.raises(Failed, match=r"expected imports of vmlab.lab, dataclasses"):
                box.student.load(f"x = 1\n{line}\n", [])


def box_tank() -> object:
    from tests.sandbox.pump import Tank

    return Tank([1])
