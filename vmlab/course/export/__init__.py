"""A lesson in the form of other systems: nbgrader, Otter, or plain files.

Each takes a lesson and writes into a folder that is new or empty. SCORM, which needs the site, is
`vmlab.cli.lessons.scorm`.
"""

from __future__ import annotations

from pathlib import Path

from vmlab.core.errors import BadInput
from vmlab.course.exercise import Exercise
from vmlab.course.lesson import Lesson


def new_folder(path: Path) -> Path:
    """The folder, made; raises `BadInput` if something is in it."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInput(f"expected {path} to be a new or an empty folder, found files in it")
    path.mkdir(parents=True, exist_ok=True)
    return path


def exercise_of(lesson: Lesson) -> Exercise:
    """The lesson's exercise. Raises `BadInput` if it has none: there is nothing to grade."""
    if lesson.exercise is None:
        raise BadInput(f"expected a lesson with an exercise, found {lesson.slug}, which has none")
    return lesson.exercise


def solution_of(exercise: Exercise) -> str:
    """The solution. Raises `BadInput` where only the student's side is installed."""
    path = exercise.folder / "solution.py"
    if not path.is_file():
        raise BadInput(f"expected the solution at {path}, found none; export from a checkout")
    return path.read_text(encoding="utf-8")
