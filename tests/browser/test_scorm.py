"""A lesson as a SCORM package in an LMS: `scorm-again` is the run-time, a plain web server has the
files. Nothing isolates the pages there, so there is no shared memory.
"""

from __future__ import annotations

import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Frame, Page, expect
from typer.testing import CliRunner

from tests.browser.conftest import START_MS, Site
from tests.browser.lesson_page import cell, run
from tests.browser.walking import Walk
from vmlab.cli.main import app
from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.store import Store
from vmlab.course.authoring.programs import wrong_programs
from vmlab.course.lesson import find_lesson

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).parents[2] / "lessons"
RUNTIME = (
    "scorm-again",
    "3.4.3",
    "f182724b4614c34a616a92d7e4d8967392013c5fae74116db98a5c5a11db5edb",
)
LMS = Path(__file__).parent / "lms.html"
FOREIGN = """document.dispatchEvent(new CustomEvent("vmlab:lesson",
  { detail: { verdict: { score: 90, passed: false, rows: [] } } }))"""
SPACE = {"adlcp": "http://www.adlnet.org/xsd/adlcp_rootv1p2"}


class Plain(SimpleHTTPRequestHandler):
    """Files, without a header that isolates."""

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def host(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@dataclass
class Lms:
    """The system, and the student's window with it."""

    page: Page
    slug: str

    def enter(self) -> Walk:
        """Begin a visit; returns the lesson in its frame in a frame."""
        self.page.evaluate("enter()")
        inner = self.page.frame_locator("#sco").frame_locator("#lesson")
        inner.locator(".stp .cur").wait_for()
        (frame,) = (one for one in self.page.frames if f"/lessons/{self.slug}/" in one.url)
        return Walk(frame, find_lesson(self.slug, ROOT), "en")

    def leave(self) -> None:
        before = self.page.evaluate("lms.finished")
        self.page.evaluate("leave()")
        self.page.wait_for_function("(before) => lms.finished > before", arg=before)

    def standing(self) -> tuple[float | None, str]:
        """The score and the status, as the system has them now."""
        raw = self.page.evaluate("API.cmi.core.score.raw")
        status = str(self.page.evaluate("API.cmi.core.lesson_status"))
        return (float(raw) if raw != "" else None), status

    def told(self, name: str) -> list[str]:
        """All values of a name that the package has set."""
        found: list[list[str]] = self.page.evaluate("lms.told")
        return [str(value) for key, value in found if key == name]


@pytest.fixture
def lms(page: Page, site: Site, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lms]:
    """A system with the lesson that the test names, exported by the command and unpacked."""
    slug: str = request.param
    made = tmp_path / "lesson.zip"
    given = ["lesson", "export", slug, "--format", "scorm", "--out", str(made)]
    done = CliRunner().invoke(app, [*given, "--site", str(site.folder), "--lessons", str(ROOT)])
    assert done.exit_code == 0, done.output
    folder = tmp_path / "lms"
    with zipfile.ZipFile(made) as packed:
        packed.extractall(folder / "package")
    library = fetch.npm_package(Store(), *RUNTIME) / "dist" / "scorm12.min.js"
    shutil.copy(library, folder)
    shutil.copy(LMS, folder / "index.html")
    manifest = ElementTree.parse(folder / "package" / "imsmanifest.xml")
    with host(folder) as url:
        page.goto(url)
        # What an LMS makes of a manifest: with a mastery score it overrules the page's own word.
        mastery = manifest.findtext(".//adlcp:masteryscore", "", SPACE)
        page.evaluate("(mastery) => { lms.mastery = mastery; }", mastery)
        yield Lms(page, slug)


@pytest.mark.parametrize("lms", ["shadow"], indirect=True)
def test_the_score_of_an_exercise_reaches_the_system_and_never_goes_down(lms: Lms) -> None:
    walk = lms.enter()
    alone = "[crossOriginIsolated, typeof SharedArrayBuffer]"
    assert walk.page.evaluate(alone) == [False, "undefined"]
    assert lms.standing() == (None, "incomplete")
    expect(walk.panel).to_be_attached(timeout=START_MS)
    walk.check("starter")
    first, status = lms.standing()
    assert first is not None
    assert 0 <= first < 100
    assert status == "incomplete"

    walk.solution()
    assert lms.standing() == (100, "passed")
    walk.check("wrong", wrong_programs(walk.exercise)[0].source)
    expect(walk.page.locator("[data-check] .st.fail")).to_be_visible()
    assert lms.standing() == (100, "passed")
    scores = [float(one) for one in lms.told("cmi.core.score.raw")]
    assert scores == sorted(scores) == [first, 100]

    lms.leave()
    assert lms.standing() == (100, "passed")
    (spent,) = lms.told("cmi.core.session_time")
    assert spent.startswith("0000:")
    assert lms.told("cmi.core.exit") == [""]


@pytest.mark.parametrize("lms", ["who-is-running"], indirect=True)
def test_without_an_exercise_the_score_is_the_share_of_questions_observed(lms: Lms) -> None:
    def observe(frame: Page | Frame, number: int) -> None:
        """Run the steps up to this one, their predictions skipped."""
        run(frame, number)
        cell(frame, number).locator("[data-do=skip-for]").click()
        expect(cell(frame, number)).to_have_attribute("data-state", "done", timeout=START_MS)

    walk = lms.enter()
    observe(walk.page, 4)
    assert lms.standing() == (33.3, "incomplete")

    # The next lesson is in the package, too. What is done there is not this lesson's.
    walk.page.locator(".ends .next").click()
    lms.page.frame_locator("#sco").frame_locator("#lesson").locator("#exercise").wait_for()
    assert f"/lessons/{lms.slug}/" not in walk.page.url
    walk.page.evaluate(FOREIGN)
    lms.leave()
    assert lms.told("cmi.core.exit") == ["suspend"]
    assert lms.standing() == (33.3, "incomplete")

    # Another day: the system has kept it, and it goes on from there.
    walk = lms.enter()
    assert lms.standing() == (33.3, "incomplete")
    observe(walk.page, 12)
    assert lms.standing() == (100, "passed")
    assert lms.told("cmi.core.score.raw") == ["33.3", "66.7", "100"]
    assert lms.told("cmi.core.lesson_status")[-1] == "passed"
