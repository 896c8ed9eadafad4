"""`check_lesson`: all that holds of a lesson's texts and of a run of its cells."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vmlab.course.authoring.running import Ran, run, run_problems, text_problems
from vmlab.course.lesson import find_lesson

ROOT: Final = Path(__file__).parents[2]


def check_lesson(slug: str) -> Ran:
    """Run it. Fails with what is wrong, a sentence each."""
    lesson = find_lesson(slug, ROOT / "lessons")
    assert list(text_problems(lesson)) == []
    ran = run(lesson)
    assert list(run_problems(ran)) == []
    return ran
