"""What a fresh sandbox costs, what a call into it costs, and how many submissions that grades."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.sandbox.pump import Tank
from vmlab.cli.sandboxed import prepare
from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.store import Store
from vmlab.course.exercise import Exercise, check, read_exercise
from vmlab.course.lesson import lessons_folder
from vmlab.course.sandbox import Distribution, open_sandbox
from vmlab.course.sandbox.deno import find_deno
from vmlab.course.sandbox.distribution import make
from vmlab.lab import Pte, R, V

MORE: Final = Path(__file__).parents[1] / "sandbox" / "pump.py"
EXERCISE: Final = MORE.parent / "exercise"
GOAL_A_SECOND: Final = 0.25
STARTS: Final = 5
CALLS: Final = 2000
PROGRAM: Final = """
from vmlab.lab import *
def nothing(x): return x
def swap(pte): return Pte(pte.ppn + 1, pte.flags)
def decoded(word): return decode(word)
def ask(tank, count):
    for _ in range(count): tank.level(0)
def loop(count):
    for _ in range(count): pass
"""


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds, and processor seconds of ours and of the processes that ended within."""
    before, began = _processor(), time.perf_counter()
    work()
    return time.perf_counter() - began, _processor() - before


def _processor() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def started(distribution: Distribution) -> None:
    """One start and end, with nothing between."""
    with open_sandbox(distribution):
        pass


def figures() -> Iterator[str]:
    """Starts, calls, then whole submissions."""
    distribution = prepare(more=[MORE])
    with tempfile.TemporaryDirectory() as folder:
        runtime, deno = fetch.pyodide(Store()), find_deno()
        wall, cpu = spent(lambda: make(Path(folder) / "new", runtime, deno))
    yield f"a start with nothing to go on from {wall:.1f} s ({cpu:.1f} s of processor time)"
    wall, cpu = spent(lambda: [started(distribution) for _ in range(STARTS)])
    start = cpu / STARTS
    yield f"a start from the memory kept {wall / STARTS:.2f} s ({start:.2f} s of processor time)"
    yield from calls(distribution)
    yield from submissions(distribution, start)


def calls(distribution: Distribution) -> Iterator[str]:
    """Round trips through the pipes, of several kinds."""
    with open_sandbox(distribution) as box:
        box.student.load(PROGRAM, ["nothing"])
        student = box.student
        held = box.process.resident_bytes() or 0
        kinds: dict[str, Callable[[], object]] = {
            "with a number": lambda: [student.call("nothing", n) for n in range(CALLS)],
            "with a record": lambda: [student.call("swap", Pte(n, V | R)) for n in range(CALLS)],
            "that decodes": lambda: [student.call("decoded", 0x30529073) for _ in range(CALLS)],
        }
        for name, work in kinds.items():
            yield f"calls {name}: {CALLS / spent(work)[0]:,.0f}/s"
        wall, _ = spent(lambda: student.call("ask", Tank([1]), CALLS))
        yield f"questions of a program's: {CALLS / wall:,.0f}/s"
        wall, _ = spent(lambda: student.call("loop", 2_000_000))
        yield f"empty turns of a loop: {2_000_000 / wall / 1e6:.1f} million/s"
        now = box.process.resident_bytes() or 0
        yield f"memory {held >> 20} MiB at the start, {now >> 20} MiB after these calls"


def submissions(distribution: Distribution, start: float) -> Iterator[str]:
    """Each exercise's solution, graded with one seed in a sandbox of its own."""
    folders = [EXERCISE, *sorted(one.parent for one in lessons_folder().glob("*/exercise.toml"))]
    for folder in folders:
        exercise = read_exercise(folder)
        assert exercise is not None
        wall, cpu = spent(lambda one=exercise: graded(distribution, one))
        bound = "the start" if start > cpu / 2 else "the grader and its machine"
        yield (
            f"{exercise.slug}: {1 / cpu:.2f} submissions/s a core ({wall:.1f} s each here; "
            f"goal {GOAL_A_SECOND}); bound by {bound}, {start / cpu:.0%} of it the start"
        )


def graded(distribution: Distribution, exercise: Exercise) -> None:
    """One submission, from nothing to a verdict."""
    source = (exercise.folder / "solution.py").read_text(encoding="utf-8")
    with open_sandbox(distribution) as box:
        box.student.load(source, exercise.names)
        assert check(exercise, box.student, seed=os.getpid()).passed
