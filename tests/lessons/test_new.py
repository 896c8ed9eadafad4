"""`vmlab lesson new`: what an author begins with is whole, and its readers lose nothing."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from vmlab.cli import lesson
from vmlab.core.errors import BadInput
from vmlab.course.authoring import fresh
from vmlab.course.authoring.checks import steps
from vmlab.course.exercise import ID
from vmlab.course.lesson import INSIDE, find_lesson, read_lesson
from vmlab.course.progress import ExerciseProgress, Progress
from vmlab.course.submission import Submission, Who, read_submission

AT = "2026-03-01T10:00:00Z"


def test_a_new_lesson_passes_every_check(tmp_path: Path) -> None:
    fresh.make(tmp_path, "two-stage")
    made = find_lesson("two-stage", tmp_path)
    assert [step.problems for step in steps(made, None, whole=True) if step.problems] == []


def test_one_is_made_in_a_new_folder_but_not_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed vmlab's own lessons go away with it."""
    monkeypatch.setattr("vmlab.course.lesson.lessons_folder", lambda: tmp_path / INSIDE)
    with pytest.raises(BadInput, match="expected --lessons DIR"):
        lesson.new("two-stage")
    lesson.new("two-stage", root=tmp_path / "mine")
    lesson.check("two-stage", root=tmp_path / "mine")
    with pytest.raises(BadInput, match="or a place for one, found neither"):
        fresh.make(tmp_path / "a" / "b", "two-stage")


def test_what_a_reader_of_a_new_lesson_does_is_kept(tmp_path: Path) -> None:
    made = read_lesson(fresh.make(tmp_path, "two-stage"))
    assert made.exercise is not None
    written = ExerciseProgress(made.exercise.slug, made.exercise.starter, AT)
    progress = Progress().changed(made.slug, lambda one: one.with_exercise(written))
    for question in made.questions:
        for option in question.options:
            answered = progress.changed(
                made.slug, lambda one, q=question.id, o=option: one.answered(q, o, AT)
            )
            data = Submission.of(answered, Who("ada"), AT).data()
            assert read_submission(data, "ada.vmlab.zip").progress == answered


def test_a_name_that_progress_cannot_keep_is_refused(tmp_path: Path) -> None:
    schema = json.loads((files("vmlab.course") / "schemas" / "progress-1.json").read_text())
    assert schema["$defs"]["slug"]["pattern"] == f"^{ID.pattern}$"
    folder = fresh.make(tmp_path, "two-stage")
    facts = folder / "lesson.toml"
    facts.write_text(facts.read_text("utf-8").replace('id = "s"', 'id = "S"'), "utf-8")
    with pytest.raises(BadInput, match=r"small letters, digits, - and _, found 'S'"):
        read_lesson(folder)
