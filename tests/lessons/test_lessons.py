"""Every lesson: its two texts have the same cells, and what it says of its runs is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmlab.course.authoring.running import run, run_problems, text_problems
from vmlab.course.lesson import find_lesson, read_lessons

ROOT = Path(__file__).parents[2] / "lessons"
SLUGS = [one.slug for one in read_lessons(ROOT)]
named = pytest.mark.parametrize("slug", SLUGS)


@named
def test_both_texts_are_one_lesson(slug: str) -> None:
    assert list(text_problems(find_lesson(slug, ROOT))) == []


@named
def test_what_a_lesson_says_is_what_its_cells_show(slug: str) -> None:
    assert list(run_problems(run(find_lesson(slug, ROOT)))) == []
