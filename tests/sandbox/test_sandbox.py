"""A program in the sandbox answers as it does anywhere, and ends when it takes too much."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.pump import Tank
from vmlab.core.errors import BadInput, Unsupported
from vmlab.course.exercise import Exercise, check
from vmlab.course.recorded import Recording, Replayed
from vmlab.course.sandbox import (
    Distribution,
    Limits,
    NotStarted,
    Sandbox,
    open_sandbox,
    open_unsafe_no_sandbox,
)
from vmlab.course.sandbox.deno import find_deno
from vmlab.course.student import Failed, InProcess, Stopped
from vmlab.lab import Insn, decode

PROGRAM = """
import time_is_not_here
"""
MANY = """
from vmlab.lab import *

def name(word): return decode(word)
def loop():
    while True: pass
def keep(n, kept=[]):
    for _ in range(n): kept.append(bytearray(1 << 20))
    return len(kept)
def deep(n): return deep(n + 1)
def talk(n):
    for i in range(n): print("x" * 1000)
    return n
def ask(): return input()
def nested():
    value = []
    for _ in range(100_000): value = [value]
    return repr(value)
def ordered(): return list({"a", "b", "c", "d", "e", "f"})
"""


@pytest.fixture(params=["sandbox", "unsafe"])
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Both ways to run a program have the same limits and the same answers."""
    limits = Limits(call_s=20, memory_bytes=512 << 20)
    if request.param == "sandbox":
        with open_sandbox(request.getfixturevalue("distribution"), limits) as opened:
            yield opened
    else:
        with open_unsafe_no_sandbox(limits) as opened:
            yield opened


def test_a_program_is_graded_as_in_this_process(
    distribution: Distribution, exercise: Exercise, solution: str
) -> None:
    with open_sandbox(distribution) as box:
        box.student.load(solution, exercise.names)
        for seed in (1, 2):
            verdict = check(exercise, box.student, seed)
            assert verdict.passed
            assert verdict == check(exercise, InProcess.of(solution, exercise.names), seed)
        replayed = Replayed(Recording.from_json(box.recording.to_json()))
    replayed.load_again()
    assert [check(exercise, replayed, seed).passed for seed in (1, 2)] == [True, True]


def test_one_sandbox_serves_a_program_that_errs(distribution: Distribution) -> None:
    """What a program comes to by itself is told, and the next call goes on."""
    with open_sandbox(distribution, Limits(memory_bytes=512 << 20)) as box:
        student = box.student
        with pytest.raises(BadInput, match="expected the program to define fly"):
            student.load(MANY, ["fly"])
        with pytest.raises(Failed, match=r"^ImportError in line 2"):
            student.load(PROGRAM, [])
        with pytest.raises(Failed, match=r"SyntaxError in line 1"):
            student.load("def f(:\n", [])
        student.load(MANY, ["name"])
        for word in (0x00000013, 0x30529073, 0x4501, 0xFFFFFFFF):
            assert student.call("name", word, returns=Insn | None) == decode(word)
        order = student.call("ordered")
        assert sorted(order) == list("abcdef")
        for name, error in {"deep": "RecursionError", "ask": "EOFError"}.items():
            with pytest.raises(Failed, match=error):
                student.call(name, *([0] if name == "deep" else []))
        with pytest.raises(Failed, match="MemoryError in line 8"):
            student.call("keep", 4000)
        assert student.call("talk", 200) == 200
        assert student.call("name", 0x13) == decode(0x13)
        assert student.call("ordered") == order  # and in every sandbox: the seed is fixed
    assert set(box.printed) == {"x", "\n"}
    assert len(box.printed) <= 64 << 10


def test_what_python_itself_cannot_survive_is_told_without_where_it_lies(
    distribution: Distribution,
) -> None:
    with open_sandbox(distribution) as box:
        box.student.load(MANY, ["nested"])
        with pytest.raises(Failed, match="RecursionError in line 18: values nested too deeply"):
            box.student.call("nested")
        with pytest.raises(Stopped, match="ended by itself"):
            box.student.call("name", 0x13)
        assert box.printed == ""


def test_an_endless_loop_is_ended(box: Sandbox) -> None:
    box.student.load(MANY, ["loop"])
    box.process._limits = Limits(call_s=0.5)
    began = time.monotonic()
    with pytest.raises(Stopped, match=r"no answer within 0.5 s") as caught:
        box.student.call("loop")
    assert caught.value.reason == "time"
    assert time.monotonic() - began < 5
    with pytest.raises(Stopped, match=r"no answer within 0.5 s"):
        box.student.call("name", 1)


def test_nothing_is_left_of_it(box: Sandbox) -> None:
    box.student.load(MANY, ["loop"])
    pid = box.process.pid
    os.kill(pid, 0)
    box.process.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)
    with pytest.raises(Stopped, match="its sandbox was closed"):
        box.student.call("name", 1)


def test_questions_have_a_limit(distribution: Distribution) -> None:
    with open_sandbox(distribution, Limits(asks=50)) as box:
        box.student.load("def f(tank):\n    while True: tank.level(0)\n", ["f"])
        with pytest.raises(Stopped, match="asked 50 questions") as caught:
            box.student.call("f", Tank([1]))
    assert caught.value.reason == "asks"


def test_a_sandbox_that_does_not_start_says_what_it_heard(tmp_path: Path) -> None:
    (tmp_path / "runner.mjs").write_text("console.error('no memory file'); Deno.exit(3)")
    with (
        pytest.raises(NotStarted, match=r"did not start: .*status 3.*no memory file"),
        open_sandbox(Distribution(tmp_path)),
    ):
        pass


def test_without_deno_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMLAB_DENO", "/nowhere/deno")
    with pytest.raises(Unsupported, match="expected VMLAB_DENO to name a program"):
        find_deno()
    monkeypatch.delenv("VMLAB_DENO")
    assert find_deno().name.startswith("deno")
    monkeypatch.setitem(__import__("sys").modules, "deno", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unsupported, match=r"pip install 'vmlab\[grade\]'"):
        find_deno()
