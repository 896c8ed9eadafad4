"""Checking an exercise: public seeds one after the other, and the verdict in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from vmlab.course.exercise import (
    RAISED,
    STOPPED,
    TYPE,
    Exercise,
    Finding,
    Verdict,
    checking,
    ended,
    load_grader,
)
from vmlab.course.student import Failed, InProcess, Stopped, Student
from vmlab.course.timelimit import SECONDS, files_of, limited
from vmlab.ui.i18n import t
from vmlab.views.phrase import Phrase, heard

SEEDS: Final = (1, 2, 3)
"""Everybody's: a browser keeps no secrets. A teacher's `vmlab grade` has others."""
FILE: Final = "exercise.py"
"""What a program from the page's editor says it is from."""


class Standing(Enum):
    """How one property stands."""

    OPEN = "open"
    """Not reached: something before it ended the checks."""
    PASSED = "passed"
    FAILED = "failed"


Found = tuple[int, Finding]
"""A seed, and what a check came to with it."""


def check_source(
    exercise: Exercise, source: str, seeds: Sequence[int] = SEEDS, seconds: float = SECONDS
) -> Generator[Found, None, Verdict]:
    """Check a program's text, step by step. Raises `BadInput` if a name is missing."""
    try:
        with limited_load(source, seconds):
            student = InProcess.of(source, exercise.names, FILE)
    except (Failed, Stopped) as error:
        return ended(exercise, seeds[0], error)
    return (yield from _seed_by_seed(exercise, student, {FILE}, seeds, seconds))


def check_space(
    exercise: Exercise,
    space: Mapping[str, Any],
    seeds: Sequence[int] = SEEDS,
    seconds: float = SECONDS,
) -> Generator[Found, None, Verdict]:
    """Check what a namespace defines."""
    student = InProcess(space, exercise.names)
    return (yield from _seed_by_seed(exercise, student, files_of(space), seeds, seconds))
