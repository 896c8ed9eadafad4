"""The reports of a class in a real browser: opened from a disk, in both languages and themes, on a
phone, and nothing in a name runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe
from tests.unit.course.grading.test_report import a_class
from vmlab.course.grading import report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LANGUAGES = ("en", "zh")
PAGES = ("index", "bob", "s1", "zoe")
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reports")
    for language in LANGUAGES:
        report.write(made / language, report.pages(a_class(), language, unsafe=True))
    return made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without scripts of its own: it needs none. It fails on any message or dialog."""
    troubles: list[str] = []
    made = browser.new_page()
    made.on("console", lambda message: troubles.append(message.text))
    made.on("dialog", lambda dialog: troubles.append(dialog.message))
    yield made
    made.close()
    assert troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_has_nothing_against_a_report(page: Page, folder: Path, language: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for name in PAGES:
            page.goto((folder / language / f"{name}.html").as_uri())
            assert axe.violations(page) == [], (language, scheme, name)


def test_the_dark_theme_follows_the_readers_system(page: Page, folder: Path) -> None:
    page.goto((folder / "en" / "index.html").as_uri())
    paper = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        paper[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(media="print", color_scheme="dark")
    paper["print"] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper["light"] == paper["print"] != paper["dark"]


def test_a_report_fits_a_phone(page: Page, folder: Path) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for language in LANGUAGES:
        for name in PAGES:
            page.goto((folder / language / f"{name}.html").as_uri())
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], (language, name)


def test_the_class_leads_to_its_students(page: Page, folder: Path) -> None:
    page.goto((folder / "en" / "index.html").as_uri())
    page.get_by_role("link", name="<script>alert(1)</script>").click()
    assert page.title() == "Report for <script>alert(1)</script>"
    assert page.locator("h1").inner_text() == "Report for <script>alert(1)</script>"
