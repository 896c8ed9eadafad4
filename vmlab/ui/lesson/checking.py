"""Checking an exercise: public seeds one after the other, the first that fails decides."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from typing import Any, Final

from vmlab.course.exercise import Exercise, Finding, Verdict, checking, ended, load_grader
from vmlab.course.imports import check_imports
from vmlab.course.student import Failed, InProcess, Stopped, Student
from vmlab.course.timelimit import SECONDS, Limit, Limited, files_of, limited

SEEDS: Final = (1, 2, 3)
"""Everybody's: a browser keeps no secrets. A teacher's `vmlab grade` has others."""
FILE: Final = "exercise.py"
"""What a program from the page's editor says it is from."""

Found = tuple[int, Finding]
"""A seed, and what a check came to with it."""
Checking = Generator[Found, None, Verdict]


def check_source(
    exercise: Exercise, source: str, seeds: Sequence[int] = SEEDS, seconds: float = SECONDS
) -> Checking:
    """Check a program's text, step by step. Raises `BadInput` if a name is missing, or for an
    import that no grader has."""
    check_imports(source, FILE)
    with limited({FILE}, seconds) as limit:
        try:
            student = limit.run(lambda: InProcess.of(source, exercise.names, FILE))
        except (Failed, Stopped) as error:
            return ended(exercise, seeds[0], error)
        return (yield from _seed_by_seed(exercise, student, limit, seeds))


def check_space(
    exercise: Exercise,
    space: Mapping[str, Any],
    seeds: Sequence[int] = SEEDS,
    seconds: float = SECONDS,
) -> Checking:
    """Check what a namespace defines, in the same way."""
    student = InProcess(space, exercise.names)
    with limited(_files(exercise, space), seconds) as limit:
        return (yield from _seed_by_seed(exercise, student, limit, seeds))


def _files(exercise: Exercise, space: Mapping[str, Any]) -> Collection[str]:
    """Where the program's code is from: in a notebook each cell is a file."""
    named = {name: space[name] for name in exercise.names}
    codes = (getattr(one, "__code__", None) for one in named.values())
    return files_of(space) | {code.co_filename for code in codes if code is not None}


def _seed_by_seed(
    exercise: Exercise, student: Student, limit: Limit, seeds: Sequence[int]
) -> Checking:
    grade, bounded = load_grader(exercise.folder), Limited(student, limit)
    for seed in seeds:
        steps = checking(exercise, bounded, seed, grade)
        while True:
            try:
                yield seed, next(steps)
            except StopIteration as done:
                verdict: Verdict = done.value
                break
        if not verdict.passed:
            break
    return verdict


def drained(steps: Checking) -> Verdict:
    """The verdict, for whoever may wait for it."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            verdict: Verdict = done.value
            return verdict


def told() -> str:
    """Why a check ended that somebody stopped."""
    return "you stopped it"
