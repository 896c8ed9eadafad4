"""Every lesson of the course, walked to its end on the site's own page, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import walk_times
from tests.browser.conftest import Site
from tests.browser.walking import opened
from vmlab.course.authoring.programs import wrong_programs
from vmlab.course.lesson import find_lesson, read_lessons

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).parents[2] / "lessons"
IN_CHINESE = {"paravirt"}
"""Walked in Chinese by every run, the others in English; `make test-long` walks each in both. What
Python says is looked at in both anyway: a walk changes the language on its way."""


def walks() -> Iterator[Any]:
    for lesson in read_lessons(ROOT):
        for language in ("en", "zh"):
            waits = (language == "zh") != (lesson.slug in IN_CHINESE)
            yield pytest.param(lesson.slug, language, marks=[pytest.mark.long] if waits else [])


@pytest.mark.parametrize(("slug", "language"), list(walks()))
def test_a_lesson_is_walked_to_its_end(
    page: Page, site: Site, slug: str, language: str, record_property: pytest.RecordProperty
) -> None:
    """Each prediction, step and picture; the starter, a wrong program, the solution."""
    lesson = find_lesson(slug, ROOT)
    walk = opened(page, site.url, lesson, language)
    try:
        walk.to_the_end()
        if lesson.exercise:
            walk.starter()
            walk.wrong(wrong_programs(lesson.exercise)[0])
            walk.solution()
        walk.in_the_other_language()
        walk.kept()
    finally:
        if walk.seconds:
            said = walk_times.line(f"{slug} ({language})", walk.seconds)
            record_property(walk_times.PROPERTY, said)


@pytest.mark.long
@pytest.mark.parametrize("slug", [one.slug for one in read_lessons(ROOT) if one.exercise])
def test_every_wrong_program_earns_its_hint_in_the_page(page: Page, site: Site, slug: str) -> None:
    lesson = find_lesson(slug, ROOT)
    assert lesson.exercise is not None
    walk = opened(page, site.url, lesson, "en")
    for program in wrong_programs(lesson.exercise):
        walk.wrong(program)
