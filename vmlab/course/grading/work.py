"""One program checked with some seeds: what `child` does in a process of its own.

The grader runs here, natively; the program runs in a sandbox, and answers. Tasks and outcomes are
values that travel as JSON: to a child process, to another machine, into the journal.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from vmlab.core.errors import BadInput, BrokenInvariant, VmlabError
from vmlab.course.exercise import (
    STOPPED,
    Counter,
    Exercise,
    Finding,
    Grade,
    Verdict,
    check,
    load_grader,
    read_exercise,
)
from vmlab.course.facts import Said, Told
from vmlab.course.remote import Remote
from vmlab.course.sandbox import (
    Distribution,
    Limits,
    NotStarted,
    Sandbox,
    open_sandbox,
    open_unsafe_no_sandbox,
    screen,
)
from vmlab.course.student import Failed, Student

FILE: Final = "student.py"
KEPT_PRINTED: Final = 2_000
"""Characters of what a program printed that a report shows."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done; nothing else goes into it."""

    exercise: str
    source: str
    seeds: tuple[int, ...]
    folder: str
    """The exercise's lesson, where the grader is."""
    sandbox: str
    """The folder that a sandbox starts from; "" is no sandbox at all."""
    limits: Limits = field(default_factory=Limits)

    def text(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def of(cls, text: str) -> Task:
        found = json.loads(text)
        found |= {"seeds": tuple(found["seeds"]), "limits": Limits(**found["limits"])}
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Checked:
    """What one seed found."""

    number: int
    """Of the seed, from 0."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task."""

    checks: tuple[Checked, ...] = ()
    failure: str = ""
    """Why it could not be graded: ours, and not the program's."""
    printed: str = ""
    """What the program printed: a stranger's text."""
    seconds: float = 0.0

    def text(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def of(cls, text: str) -> Outcome:
        """From its JSON. Raises `ValueError`, `KeyError` or `TypeError` if it is none."""
        found = json.loads(text)
        checks = tuple(
            Checked(int(one["number"]), tuple(map(_finding, one["findings"])))
            for one in found["checks"]
        )
        return cls(checks, found["failure"], found["printed"], float(found["seconds"]))

    def verdict(self, exercise: Exercise) -> Verdict:
        """Of all seeds together: a property holds if it held for each."""
        found: dict[str, Finding] = {}
        for finding in (one for each in self.checks for one in each.findings):
            kept = found.get(finding.property)
            if kept is None or kept.passed:
                found[finding.property] = finding
        return Verdict(exercise, 0, tuple(found[one.id] for one in exercise.properties))


def _finding(found: Mapping[str, Any]) -> Finding:
    """A finding from its JSON. Older files have plain text where there may be a fact."""
    counters = tuple(
        Counter(**{**one, "says": _told(one.get("says", ""))}) for one in found["counters"]
    )
    facts = {name: _told(found[name]) for name in ("expected", "found", "where")}
    values = {name: _told(value) for name, value in found["values"].items()}
    return Finding(**{**found, **facts, "values": values, "counters": counters})


def _told(found: Any) -> Told:
    if isinstance(found, dict):
        values = {name: _told(value) for name, value in found["values"].items()}
        return Said(str(found["key"]), values)
    return str(found)


@functools.cache
def _exercise(folder: str) -> tuple[Exercise, Grade]:
    exercise = read_exercise(Path(folder))
    if exercise is None:
        raise BadInput(f"expected an exercise in {folder}, found none")
    return exercise, load_grader(Path(folder))


def grade(task: Task) -> Outcome:
    """Check a program with all seeds, in one fresh sandbox. A program that was stopped is not asked
    again: what it did with one seed it may do with any.

    Raises `NotStarted` if the sandbox did not come up: then another try may help."""
    began = time.monotonic()
    exercise, grader = _exercise(task.folder)
    checks: list[Checked] = []
    printed = ""
    try:
        with _box(task) as box:
            for number, seed in enumerate(task.seeds):
                loading = functools.partial(_loaded, box.student, task, exercise, grader)
                verdict = check(exercise, box.student, seed, loading)
                checks.append(Checked(number, verdict.findings))
                if any(one.hint == STOPPED for one in verdict.findings):
                    break
            printed = box.printed[:KEPT_PRINTED]
    except NotStarted:
        raise
    except VmlabError as error:
        return Outcome(failure=f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001  # a grader's bug must not end the class's run
        return Outcome(failure=f"the grader failed with {type(error).__name__}: {error}")
    return Outcome(tuple(checks), "", printed, round(time.monotonic() - began, 3))


def _box(task: Task) -> AbstractContextManager[Sandbox]:
    if task.sandbox:
        return open_sandbox(Distribution(Path(task.sandbox)), task.limits)
    return open_unsafe_no_sandbox(task.limits)


def _loaded(
    remote: Remote, task: Task, exercise: Exercise, grader: Grade, student: Student, seed: int
) -> Iterator[Finding]:
    """The grader's findings, once the program is loaded anew: no seed sees what another left."""
    assert student is remote, "the program is at the other end of this line"
    try:
        remote.load(screen(task.source, FILE), exercise.names, FILE)
    except BadInput as error:
        # Not worth a start, or without the names that the exercise asks for.
        raise Failed("ImportError", str(error), None) from None
    yield from grader(student, seed)


def folder_of(exercise: Exercise) -> str:
    """The folder of an exercise as a task names it."""
    if not exercise.folder.is_dir():
        raise BrokenInvariant(f"expected the lesson's folder {exercise.folder}, found none")
    return str(exercise.folder.absolute())
