"""How many submissions `vmlab grade` grades in a second on a core, and what bounds it."""

from __future__ import annotations

import concurrent.futures
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.unit.course.grading.classes import FOLDER, SOLUTION, program
from vmlab.cli.sandboxed import prepare
from vmlab.course.exercise import check, read_exercise
from vmlab.course.grading.pool import Pool
from vmlab.course.grading.work import Task
from vmlab.course.lesson import lessons_folder
from vmlab.course.student import InProcess

GOAL: Final = 0.25
COUNT: Final = 8
SEEDS: Final = (1, 2, 3)
"""As many as `vmlab grade` takes where nobody says otherwise."""
FEW: Final = 4


def figures() -> Iterator[str]:
    """A small exercise: one at a time; then one a core; then the same without a sandbox, and the
    checks alone. Then the lessons' exercises."""
    ready = str(prepare().folder)
    small = Subject("writable", SOLUTION, FOLDER)
    wall, cpu = graded(small, ready, 1)
    yield f"{1 / wall:.2f} submissions a second on one core ({len(SEEDS)} seeds each); goal {GOAL}"
    cores = os.cpu_count() or 1
    together, _ = graded(small, ready, cores)
    yield f"{1 / together:.2f} a second on {cores} cores, {wall / together:.2f} times as many"
    bare, _ = graded(small, "", 1)
    own = checked()
    yield (
        f"a submission takes {wall:.2f} s ({cpu:.2f} s of processor time): its checks {own:.2f} s, "
        f"a process to run in {bare - own:.2f} s, the sandbox around it {wall - bare:.2f} s"
    )
    for folder in sorted(one.parent for one in lessons_folder().glob("*/exercise.toml")):
        exercise = read_exercise(folder)
        assert exercise is not None
        subject = Subject(exercise.slug, (folder / "solution.py").read_text("utf-8"), folder)
        alone, cpu = graded(subject, ready, 1, FEW)
        together, _ = graded(subject, ready, cores, FEW)
        yield (
            f"{subject.exercise}: {1 / cpu:.2f} a second of a core's time, {1 / alone:.2f} one at "
            f"a time, {1 / together:.2f} on {cores} cores ({len(SEEDS)} seeds each; goal {GOAL})"
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What is handed in."""

    exercise: str
    source: str
    folder: Path

    def task(self, sandbox: str, number: int) -> Task:
        source = program(number, self.source)
        return Task(self.exercise, source, SEEDS, str(self.folder), sandbox)


def graded(subject: Subject, sandbox: str, jobs: int, count: int = COUNT) -> tuple[float, float]:
    """Wall and processor seconds for each, once all children have started. (The processor's
    seconds have the children's starts in them: they are known when a child has ended.)"""
    pool, before = Pool(), processor()
    try:
        with concurrent.futures.ThreadPoolExecutor(jobs) as threads:
            first = [subject.task(sandbox, -1 - at) for at in range(jobs)]
            assert not any(one.failure for one in threads.map(pool.run, first))
            began = time.perf_counter()
            list(threads.map(pool.run, [subject.task(sandbox, at) for at in range(count)]))
            wall = time.perf_counter() - began
    finally:
        pool.close()
    return wall / count, (processor() - before) / (count + jobs)


def checked() -> float:
    """The seconds that the checks of one submission take in this process."""
    exercise = read_exercise(FOLDER)
    assert exercise is not None
    student = InProcess.of(SOLUTION, exercise.names)
    began = time.perf_counter()
    for seed in SEEDS:
        assert check(exercise, student, seed).passed
    return time.perf_counter() - began


def processor() -> float:
    """Of ours and of the processes that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)
