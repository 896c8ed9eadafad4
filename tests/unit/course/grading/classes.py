"""A class to be graded: the exercise of tests/lesson_demo_grade, and people who hand it in."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.unit.course.documents import AT
from vmlab.course.exercise import Exercise, check
from vmlab.course.grading.catalogue import Catalogue
from vmlab.course.grading.handin import HandIn
from vmlab.course.grading.results import Late, Sheet, rows
from vmlab.course.grading.roster import Roster
from vmlab.course.grading.students import Program, gather
from vmlab.course.grading.work import Checked, Outcome
from vmlab.course.progress import ExerciseProgress, Progress
from vmlab.course.student import InProcess
from vmlab.course.submission import Submission, Who

LESSONS = Path(__file__).parents[3] / "lesson_demo_grade"
FOLDER = LESSONS / "90_writable"
SOLUTION = (FOLDER / "solution.py").read_text()
STARTER = (FOLDER / "starter.py").read_text()
EVERYTHING = (FOLDER / "wrong" / "everything.py").read_text()
OFF_BY_ONE = (FOLDER / "wrong" / "off_by_one.py").read_text()
ADA = Who("s1", "Ada", "Lovelace", "ada@example.org")


def catalogue() -> Catalogue:
    return Catalogue.of(LESSONS)


def progress(source: str, *answered: str, at: str = AT) -> Progress:
    """A lesson in which these questions were answered, and a program was written."""
    made = Progress().changed(
        "writable", lambda one: one.with_exercise(ExerciseProgress("writable", source, at))
    )
    for question in answered:
        made = made.changed("writable", lambda one, q=question: one.answered(q, "no", at))
    return made


def submission(who: Who, source: str, *answered: str, saved: str = AT) -> bytes:
    return Submission.of(progress(source, *answered), who, saved).data()


def notebook(*cells: tuple[Mapping[str, object], str], lesson: str = "90_writable") -> bytes:
    """Cells of metadata and source."""
    made = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"vmlab": {"lesson": lesson}} if lesson else {},
        "cells": [
            {"cell_type": "code", "id": str(at), "metadata": dict(metadata), "outputs": [],
             "execution_count": None, "source": source.splitlines(keepends=True)}
            for at, (metadata, source) in enumerate(cells)
        ],
    }  # fmt: skip
    return json.dumps(made).encode()


def lay(root: Path, files: Mapping[str, bytes | str]) -> Path:
    """Write files below a folder, all of one time."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        os.utime(path, (1_772_000_000, 1_772_000_000))
    return root


def outcome(source: str, seeds: tuple[int, ...] = (1, 2)) -> Outcome:
    """What grading a program comes to, here and now: it is one of ours."""
    exercise = catalogue().exercises["writable"]
    student = InProcess.of(source, exercise.names)
    checks = (check(exercise, student, seed).findings for seed in seeds)
    return Outcome(tuple(Checked(at, found) for at, found in enumerate(checks)))


def sheet(
    hands: Sequence[HandIn],
    roster: Roster | None = None,
    late: Late = Late(),  # noqa: B008  # a value
    failures: Mapping[str, str] = MappingProxyType({}),
) -> Sheet:
    """A class, graded. `failures`: programs that could not be, and why."""
    students = gather(hands, roster)

    def outcome_of(exercise: Exercise, program: Program) -> Outcome:
        failure = failures.get(program.source, "")
        return Outcome(failure=failure) if failure else outcome(program.source)

    made = tuple(rows(students, catalogue(), outcome_of, late))
    return Sheet(made, tuple(students), "0123456789abcdef", {"writable": (771, 772)})


def hand(
    name: str, source: str | None = SOLUTION, day: int = 1, file: str = "", **more: Any
) -> HandIn:
    """A program handed in on a day of March."""
    when = datetime(2026, 3, day, 12, tzinfo=UTC)
    programs = {} if source is None else {"writable": source}
    return HandIn(Who(name), file or f"{name}.py", when, programs, **more)


def troubled(root: Path, trouble: str) -> Path:
    """The exercise with a grader that begins with `trouble`: lines of Python that may use `seed`,
    `once()`, which is true the first time on this disk, and the modules os, signal and time."""
    folder = root / "90_writable"
    shutil.copytree(FOLDER, folder)
    mark = root / "mark"
    head = (
        "import os, signal, time\n\n\ndef once():\n    try:\n"
        f"        os.close(os.open({str(mark)!r}, os.O_CREAT | os.O_EXCL))\n"
        "    except FileExistsError:\n        return False\n    return True\n\n\n"
    )
    source = (folder / "grade.py").read_text()
    body = "".join(f"    {line}\n" for line in trouble.splitlines())
    source = source.replace("    rng = ", body + "    rng = ", 1)
    source = source.replace("import random\n", "import random\n" + head, 1)
    (folder / "grade.py").write_text(source)
    return folder


def program(number: int, sort: str = SOLUTION) -> str:
    """A program like another, and yet one of its own."""
    return f"{sort}\n\n# the program of student {number}\n"
