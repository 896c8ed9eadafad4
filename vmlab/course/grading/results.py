"""What each student gets for each assignment.

An assignment is an exercise, or the predictions of a lesson. Exercises are scored by
`course.exercise.Verdict`. Predictions are never right or wrong here: what counts is that they were
made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from vmlab.course.exercise import Exercise, Verdict
from vmlab.course.grading import times
from vmlab.course.grading.catalogue import Catalogue
from vmlab.course.grading.handin import HandIn
from vmlab.course.grading.students import Program, StudentWork
from vmlab.course.grading.work import Outcome
from vmlab.course.lesson import Lesson
from vmlab.course.submission import Who

WHOLE: Final = 100.0
PREDICTIONS: Final = "-predictions"


class State(Enum):
    """How a row came about."""

    GRADED = "graded"
    MISSING = "missing"
    """Nothing was handed in: no points."""
    NOT_GRADED = "not graded"
    """Something was, and could not be graded: no score, and a reason. A teacher has to look."""


@dataclass(frozen=True, slots=True)
class Late:
    """The rule for late work."""

    due: datetime | None = None
    percent_per_day: float = 0.0

    def penalty(self, raw: float, when: datetime | None, due: datetime | None) -> float:
        """Points off: so many per cent of what was reached for each day that has begun since `due`,
        which may be a student's own."""
        days = times.days_late(when, due)
        return round(raw * min(100.0, days * self.percent_per_day) / 100, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One student, one assignment."""

    who: Who
    assignment: str
    state: State
    most: float = WHOLE
    when: datetime | None = None
    due: datetime | None = None
    raw: float | None = None
    penalty: float | None = None
    file: str = ""
    source_sha256: str = ""
    attempt: int = 0
    reason: str = ""
    notes: tuple[str, ...] = ()
    lesson: Lesson | None = None
    """Whose predictions these are."""
    exercise: Exercise | None = None
    outcome: Outcome | None = None
    verdict: Verdict | None = None

    @property
    def score(self) -> float | None:
        if self.raw is None:
            return None
        return round(max(0.0, self.raw - (self.penalty or 0.0)), 1)


@dataclass(frozen=True)
class Sheet:
    """A class, graded."""

    rows: tuple[Row, ...]
    """By student, then by assignment."""
    students: tuple[StudentWork, ...]
    key_id: str
    seeds: Mapping[str, tuple[int, ...]]
    """By exercise. Private: what students are shown has none of them."""

    def count(self, state: State) -> int:
        return sum(one.state is state for one in self.rows)

    def troubles(self) -> list[tuple[Row, ...]]:
        """The rows that could not be graded, together where one file is to blame in the same way: a
        damaged one may have held any assignment."""
        found: dict[tuple[str, str, str], list[Row]] = {}
        for row in self.rows:
            if row.state is State.NOT_GRADED:
                found.setdefault((row.who.id, row.file, row.reason), []).append(row)
        return [tuple(rows) for rows in found.values()]


def sha256(source: str) -> str:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def rows(
    students: Sequence[StudentWork],
    catalogue: Catalogue,
    outcome_of: Callable[[Exercise, Program], Outcome],
    late: Late,
) -> Iterator[Row]:
    """A row for each student and each assignment that anybody handed in something for."""
    handed = {slug for one in students for slug in one.programs}
    handed |= {hand.exercise for one in students for hand in one.refused}
    only = catalogue.only
    exercises = [one for slug, one in catalogue.exercises.items() if slug in handed or one is only]
    lessons = [one for one in catalogue.wanted if one.questions and _is_predicted(one, students)]
    for student in students:
        due = student.due or late.due
        blank = Row(student.who, "", State.NOT_GRADED, due=due, notes=tuple(student.notes))
        made = [
            _exercise(student, blank, one, outcome_of, late) for one in exercises
        ] + [_predictions(student, blank, one, late) for one in lessons]  # fmt: skip
        yield from made or [_absent(student, blank)]


def _is_predicted(lesson: Lesson, students: Sequence[StudentWork]) -> bool:
    return any(one.progress is not None and lesson.slug in one.progress.lessons for one in students)


def _exercise(
    student: StudentWork,
    blank: Row,
    exercise: Exercise,
    outcome_of: Callable[[Exercise, Program], Outcome],
    late: Late,
) -> Row:
    blank = replace(blank, assignment=exercise.slug, exercise=exercise)
    program = student.programs.get(exercise.slug)
    if program is None:
        return _absent(student, blank)
    outcome = outcome_of(exercise, program)
    unread = tuple(one.refused for one in student.refused if _may_be(one, blank))
    row = replace(
        blank,
        when=program.when,
        file=program.file,
        source_sha256=sha256(program.source),
        attempt=program.attempt,
        notes=(*blank.notes, *program.notes, *unread),
        outcome=outcome,
    )
    if outcome.failure:
        return replace(row, reason=outcome.failure)
    verdict = outcome.verdict(exercise)
    return replace(
        row,
        state=State.GRADED,
        verdict=verdict,
        raw=verdict.score,
        penalty=late.penalty(verdict.score, program.when, blank.due),
    )


def _predictions(student: StudentWork, blank: Row, lesson: Lesson, late: Late) -> Row:
    most = float(len(lesson.questions))
    blank = replace(blank, assignment=f"{lesson.slug}{PREDICTIONS}", most=most, lesson=lesson)
    if student.progress is None:
        return _absent(student, blank)
    answers = student.progress.lesson(lesson.slug).answers
    raw = float(sum(one.id in answers for one in lesson.questions))
    when = student.progress_when
    penalty = late.penalty(raw, when, blank.due)
    return replace(blank, state=State.GRADED, when=when, raw=raw, penalty=penalty)


def _absent(student: StudentWork, blank: Row) -> Row:
    """Nothing was handed in for an assignment: no points; unless there is a file that could not be
    read, and may have been it."""
    unread = [one for one in student.refused if _may_be(one, blank)]
    if not unread:
        reason = "nothing was handed in"
        return replace(blank, state=State.MISSING, raw=0.0, penalty=0.0, reason=reason)
    last = unread[-1]
    return replace(blank, when=last.when, file=last.file, reason=last.refused)


def _may_be(refused: HandIn, blank: Row) -> bool:
    """Whether a file that could not be read may have held an assignment."""
    if blank.lesson is not None:
        return refused.file.lower().endswith(".zip")
    return refused.exercise in ("", blank.assignment)
