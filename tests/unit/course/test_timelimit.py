"""A program that does not end is stopped in the process that it runs in, and only that one."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from vmlab.course.student import Failed, InProcess, Stopped
from vmlab.course.timelimit import Limited, files_of, limited

FILE = "student.py"
SOURCE = """
def one_line():
    while True: pass
def caught():
    while True:
        try:
            while True: len("x")
        except Exception:
            pass
def everything_caught():
    while True:
        try:
            while True: len("x")
        except:
            pass
def fib(n): return 1 if n < 2 else fib(n - 1) + fib(n - 2)
def generator(): return sum(1 for _ in iter(int, 1))
def odd(): raise GeneratorExit("odd")
class Looping:
    def on(self):
        for _ in iter(int, 1): pass
def add(n): return sum(at for at in range(n))
"""
NAMES = ("one_line", "caught", "everything_caught", "fib", "generator", "odd", "Looping", "add")
PROGRAM = InProcess.of(SOURCE, NAMES)
ENDLESS = [("one_line",), ("caught",), ("fib", 90), ("generator",)]
if sys.version_info >= (3, 12):
    ENDLESS.append(("everything_caught",))


@pytest.mark.parametrize("call", ENDLESS, ids=lambda call: call[0])
def test_an_endless_program_is_stopped(call: tuple[Any, ...]) -> None:
    began = time.perf_counter()
    with limited({FILE}, 0.2) as limit, pytest.raises(Stopped, match=r"ran for 0\.2 seconds"):
        Limited(PROGRAM, limit).call(*call)
    assert time.perf_counter() - began < 5


def test_so_are_methods_and_texts_and_all_that_comes_after() -> None:
    with limited({FILE}, 0.2) as limit:
        student = Limited(PROGRAM, limit)
        handle = student.new("Looping")
        with pytest.raises(Stopped):
            student.on(handle, "on")
        with pytest.raises(Stopped):
            student.each(handle, "on", [()])
        with pytest.raises(Stopped):
            student.call("add", 3)
    with limited({FILE}, 0.2) as limit, pytest.raises(Stopped):
        limit.run(lambda: InProcess.of("while True: pass", ()))


def test_our_own_code_has_no_limit_and_nothing_stays_behind() -> None:
    before = sys.gettrace()
    with limited({FILE}, 0.05) as limit:
        assert limit.run(lambda: sum(1 for _ in range(1_000_000))) == 1_000_000
        with pytest.raises(Stopped):
            limit.run(lambda: PROGRAM.call("one_line"))
    assert sys.gettrace() is before
    with limited({FILE}, 5) as limit:
        assert Limited(PROGRAM, limit).call("add", 100) == 4950


def test_what_no_program_should_raise_is_a_failure_of_it() -> None:
    line = SOURCE[: SOURCE.index("def odd")].count("\n") + 1
    with (
        limited({FILE}) as limit,
        pytest.raises(Failed, match=f"GeneratorExit in line {line}: odd"),
    ):
        Limited(PROGRAM, limit).call("odd")


def test_the_files_of_a_namespace_are_those_of_its_own_code() -> None:
    space: dict[str, Any] = {"__name__": "__main__", "time": time, "InProcess": InProcess}
    exec(compile("def f(): pass", "cell 1", "exec"), space)
    exec(compile("class C:\n def m(self): pass", "cell 2", "exec"), space)
    exec(compile("from vmlab.lab import decode\nx = 3", "cell 3", "exec"), space)
    assert files_of(space) == {"cell 1", "cell 2"}
