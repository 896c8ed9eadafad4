"""What a student has done: predictions, cells that ran, programs and how their checks ended.

Values, and their JSON (`vmlab/progress/1`, described by `schemas/progress-1.json`). Where they are
kept is no matter of this file: a page keeps them in the browser, a notebook in its widget, a
submission (`course.submission`) carries them to a teacher. Changing one gives a new one.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from vmlab.core.errors import BadInput
from vmlab.course import schema
from vmlab.course.exercise import Verdict

T = TypeVar("T")

SCHEMA: Final = "vmlab/progress/1"
MOST_ATTEMPTS: Final = 1000
"""As many as the schema allows. The oldest go first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was predicted. Answers lock: the first one stands."""

    option: str
    at: str
    """ISO 8601 with an offset."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A property that did not hold, and the hint that was given for it."""

    property: str
    hint: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One check of a program."""

    at: str
    seed: int
    passed: bool
    score: float
    failed: tuple[Failure, ...] = ()

    @classmethod
    def of(cls, verdict: Verdict, at: str) -> Attempt:
        """What to remember of a verdict."""
        bad = (one for one in verdict.findings if not one.passed)
        failed = tuple(Failure(one.property, one.hint) for one in bad)
        return cls(at, verdict.seed, verdict.passed, verdict.score, failed)


@dataclass(frozen=True, slots=True)
class ExerciseProgress:
    """A program on its way."""

    slug: str
    source: str = ""
    edited: str = ""
    """When the source was last changed; "" if nobody wrote that down."""
    attempts: tuple[Attempt, ...] = ()

    @property
    def newest(self) -> datetime:
        """When something last happened to it."""
        return max(map(moment, (self.edited, *(one.at for one in self.attempts))))

    @property
    def passed(self) -> bool:
        return any(one.passed for one in self.attempts)

    def wrote(self, source: str, at: str) -> ExerciseProgress:
        return dataclasses.replace(self, source=source, edited=at)

    def attempted(self, attempt: Attempt) -> ExerciseProgress:
        kept = (*self.attempts, attempt)[-MOST_ATTEMPTS:]
        return dataclasses.replace(self, attempts=kept)


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """How far one lesson has come."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    observed: Mapping[str, str] = field(default_factory=dict)
    """The option that the machine showed, by the question's id."""
    done: tuple[int, ...] = ()
    """Cells that have been run, ascending."""
    exercise: ExerciseProgress | None = None

    def answered(self, question: str, option: str, at: str) -> LessonProgress:
        """With a prediction, unless there is one already."""
        answers = {question: Answer(option, at), **self.answers}
        return dataclasses.replace(self, answers=answers)

    def showed(self, question: str, option: str) -> LessonProgress:
        return dataclasses.replace(self, observed={**self.observed, question: option})

    def ran(self, *cells: int) -> LessonProgress:
        return dataclasses.replace(self, done=tuple(sorted({*self.done, *cells})))

    def with_exercise(self, exercise: ExerciseProgress) -> LessonProgress:
        return dataclasses.replace(self, exercise=exercise)


@dataclass(frozen=True, slots=True)
class Progress:
    """All that one student has done."""

    lessons: Mapping[str, LessonProgress] = field(default_factory=dict)
    """By slug."""

    def lesson(self, slug: str) -> LessonProgress:
        """How far a lesson has come; an empty one if it has not been opened."""
        return self.lessons.get(slug, LessonProgress())

    def changed(self, slug: str, change: Callable[[LessonProgress], LessonProgress]) -> Progress:
        """With one lesson changed."""
        return Progress({**self.lessons, slug: change(self.lesson(slug))})

    def exercise(self, slug: str) -> ExerciseProgress | None:
        """An exercise by its slug, in whichever lesson it stands."""
        found = (one.exercise for one in self.lessons.values())
        return next((one for one in found if one is not None and one.slug == slug), None)

    def text(self) -> str:
        """As a file has it."""
        return json.dumps(as_json(self), ensure_ascii=False, indent=1) + "\n"


def now() -> str:
    """This moment as these files write it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A time to compare with others; "" is before all."""
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)


# As JSON -----------------------------------------------------------------------------------------


def as_json(progress: Progress, sources: bool = True) -> dict[str, Any]:
    """The document. Without `sources` where programs travel as files of their own."""
    lessons = {slug: _lesson_json(one, sources) for slug, one in progress.lessons.items()}
    return {"schema": SCHEMA, "lessons": lessons}


def _lesson_json(lesson: LessonProgress, sources: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "answers": {name: dataclasses.asdict(one) for name, one in lesson.answers.items()},
        "observed": dict(lesson.observed),
        "done": list(lesson.done),
    }
    if lesson.exercise is not None:
        found["exercise"] = _exercise_json(lesson.exercise, sources)
    return found


def _exercise_json(exercise: ExerciseProgress, sources: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"slug": exercise.slug}
    if sources:
        found["source"] = exercise.source
    if exercise.edited:
        found["edited"] = exercise.edited
    found["attempts"] = [
        {**dataclasses.asdict(one), "failed": [dataclasses.asdict(bad) for bad in one.failed]}
        for one in exercise.attempts
    ]
    return found


def read_progress(data: bytes | str, where: str) -> Progress:
    """A progress file. Raises `BadInput`, one sentence with `where` and the field's path."""
    return from_json(schema.parse(data, where), where)


def from_json(document: Any, where: str) -> Progress:
    """The progress that a document describes. Raises `BadInput`."""
    schema.major(document, "progress", 1, where)
    schema.check(document, "progress-1", where)
    lessons = document["lessons"]
    return Progress({slug: _lesson(one, f"{where}: {slug}") for slug, one in lessons.items()})


def _lesson(found: Mapping[str, Any], where: str) -> LessonProgress:
    answers = {
        name: Answer(one["option"], _time(one["at"], where))
        for name, one in found.get("answers", {}).items()
    }
    exercise = _exercise(found["exercise"], where) if "exercise" in found else None
    done = tuple(sorted({int(one) for one in found.get("done", ())}))
    return LessonProgress(answers, dict(found.get("observed", {})), done, exercise)


def _exercise(found: Mapping[str, Any], where: str) -> ExerciseProgress:
    edited = _time(found["edited"], where) if "edited" in found else ""
    attempts = tuple(_attempt(one, where) for one in found.get("attempts", ()))
    return ExerciseProgress(found["slug"], found.get("source", ""), edited, attempts)


def _attempt(found: Mapping[str, Any], where: str) -> Attempt:
    failed = tuple(Failure(one["property"], one["hint"]) for one in found.get("failed", ()))
    at, seed = _time(found["at"], where), int(found["seed"])
    return Attempt(at, seed, found["passed"], float(found["score"]), failed)


def _time(text: str, where: str) -> str:
    """A time that the calendar has, too."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{where}: expected a date and time of the calendar, found {text}") from None
    return text


# Two of one student ------------------------------------------------------------------------------


def merge(one: Progress, other: Progress) -> Progress:
    """What was done in both places. A program is the one that was changed last, checks are kept
    from both, and of two predictions the first stands, since no answer changes once it is given."""
    slugs = [*one.lessons, *(slug for slug in other.lessons if slug not in one.lessons)]
    return Progress({slug: _merged(one.lesson(slug), other.lesson(slug)) for slug in slugs})


def _merged(one: LessonProgress, other: LessonProgress) -> LessonProgress:
    answers = dict(one.answers)
    for name, answer in other.answers.items():
        if name not in answers or moment(answer.at) < moment(answers[name].at):
            answers[name] = answer
    ours, theirs = one.exercise, other.exercise
    exercise = _newest(ours, theirs) if ours and theirs else ours or theirs
    done = tuple(sorted({*one.done, *other.done}))
    return LessonProgress(answers, {**one.observed, **other.observed}, done, exercise)


def _newest(one: ExerciseProgress, other: ExerciseProgress) -> ExerciseProgress:
    kept = one if one.newest >= other.newest else other
    if one.slug != other.slug:
        return kept
    attempts = sorted(_unique((*one.attempts, *other.attempts)), key=lambda each: moment(each.at))
    return dataclasses.replace(kept, attempts=tuple(attempts[-MOST_ATTEMPTS:]))


def _unique(some: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(some))
