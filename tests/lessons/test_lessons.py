"""Every lesson: its two texts have the same cells, and what it says of its runs is true."""

from __future__ import annotations

import pytest

from tests.lessons.cells import ROOT, check_lesson
from vmlab.course.lesson import read_lessons

LESSONS = [one.slug for one in read_lessons(ROOT / "lessons") if one.slug != "tour"]


@pytest.mark.parametrize("slug", LESSONS)
def test_what_a_lesson_says_is_what_its_cells_show(slug: str) -> None:
    check_lesson(slug)
