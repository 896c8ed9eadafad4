"""Every lesson of the course, walked to its end on the site's own page, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site
from tests.browser.walking import opened
from vmlab.course.authoring.programs import wrong_programs
from vmlab.course.lesson import find_lesson, read_lessons

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).parents[2] / "lessons"
SLUGS = [one.slug for one in read_lessons(ROOT)]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_lesson_is_walked_to_its_end(
    page: Page, site: Site, slug: str, language: str, record_property: pytest.RecordProperty
) -> None:
    lesson = find_lesson(slug, ROOT)
    walk = opened(page, site.url, lesson, language)
    try:
        walk.to_the_end()
        if lesson.exercise:
            walk.starter()
            walk.wrong(wrong_programs(lesson.exercise)[0])
            walk.solution()
        walk.kept()
    finally:
        print(slug, language, {k: round(v, 1) for k, v in walk.seconds.items()})
