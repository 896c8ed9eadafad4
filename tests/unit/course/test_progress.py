"""Progress is read as it was written, answers lock, and two browsers' work comes together."""

from __future__ import annotations

import json

import pytest

from tests.unit.course.documents import AT, LATER, PROGRESS, broken
from vmlab.core.errors import BadInput
from vmlab.course.progress import (
    MOST_ATTEMPTS,
    Attempt,
    ExerciseProgress,
    LessonProgress,
    Progress,
    as_json,
    from_json,
    merge,
    now,
    read_progress,
)


def program(source: str, edited: str, *attempts: Attempt) -> Progress:
    exercise = ExerciseProgress("shadow_fill", source, edited, attempts)
    return Progress({"shadow": LessonProgress(exercise=exercise)})


def test_it_comes_back_as_it_was() -> None:
    progress = from_json(PROGRESS, "x")
    assert as_json(progress) == PROGRESS
    assert read_progress(progress.text(), "x") == progress
    assert "source" not in json.dumps(as_json(progress, sources=False))


def test_what_a_later_minor_version_adds_is_ignored() -> None:
    added = json.loads(json.dumps(PROGRESS).replace('"done"', '"mood": "good", "done"'))
    added |= {"schema": "vmlab/progress/1.3", "colour": "blue"}
    assert from_json(added, "x") == from_json(PROGRESS, "x")


def test_a_file_without_what_came_later_opens() -> None:
    oldest = {"schema": "vmlab/progress/1", "lessons": {"shadow": {}}}
    assert from_json(oldest, "x") == Progress({"shadow": LessonProgress()})


def test_every_broken_file_is_read_or_refused_in_a_sentence() -> None:
    for seed in range(400):
        try:
            from_json(broken(PROGRESS, seed), "x")
        except BadInput as error:
            assert str(error).startswith("x"), error


def test_a_date_that_no_calendar_has_is_refused() -> None:
    text = json.dumps(PROGRESS).replace(AT, "2026-02-30T10:00:00Z")
    with pytest.raises(BadInput, match="expected a date and time of the calendar"):
        read_progress(text, "x")


def test_an_answer_never_changes() -> None:
    lesson = LessonProgress().answered("ppn", "spa", AT).answered("ppn", "gpa", LATER)
    assert lesson.answers["ppn"].option == "spa"


def test_cells_are_kept_in_order_and_once() -> None:
    assert LessonProgress().ran(3, 1).ran(3, 2).done == (1, 2, 3)


def test_now_is_a_time_of_the_format() -> None:
    progress = Progress().changed("shadow", lambda one: one.answered("ppn", "spa", now()))
    assert from_json(as_json(progress), "x") == progress


def test_the_program_that_was_changed_last_is_kept_with_all_checks() -> None:
    first, second = Attempt(AT, 1, False, 50), Attempt(LATER, 2, True, 100)
    old, new = program("old", AT, first), program("new", LATER, first, second)
    for merged in (merge(old, new), merge(new, old)):
        assert merged.exercise("shadow_fill") == ExerciseProgress(
            "shadow_fill", "new", LATER, (first, second)
        )


def test_a_time_zone_does_not_make_a_program_newer() -> None:
    """11:30+01:00 is 10:30 UTC, before 10:45 UTC."""
    merged = merge(program("a", LATER), program("b", "2026-03-01T10:45:00Z"))
    assert merged.lessons["shadow"].exercise == ExerciseProgress(
        "shadow_fill", "b", "2026-03-01T10:45:00Z"
    )


def test_of_two_predictions_the_first_stands() -> None:
    one = Progress().changed("shadow", lambda it: it.answered("ppn", "spa", LATER).ran(1))
    two = Progress().changed("shadow", lambda it: it.answered("ppn", "gpa", AT).ran(2))
    for merged in (merge(one, two), merge(two, one)):
        assert merged.lesson("shadow").answers["ppn"].option == "gpa"
        assert merged.lesson("shadow").done == (1, 2)


def test_the_oldest_checks_go_first() -> None:
    attempts = tuple(Attempt(AT, seed, False, 0) for seed in range(MOST_ATTEMPTS))
    full = ExerciseProgress("e", attempts=attempts).attempted(Attempt(AT, 5_000, True, 100))
    assert len(full.attempts) == MOST_ATTEMPTS
    assert (full.attempts[0].seed, full.attempts[-1].seed) == (1, 5_000)
    assert full.passed
