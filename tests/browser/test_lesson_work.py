"""What was done in lessons: kept over a reload and in two tabs, taken to another browser as a file,
and refused where the file is bad. The machine is played by the test."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import Site, Watch, watched_page
from tests.browser.lesson_page import cell, kept, lock, opened, orders, played, question, run
from vmlab.course.progress import Progress
from vmlab.course.submission import Submission, Who, read_submission

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PROGRAM = "def add(a, b):\n    return (a + b) % 2**64  # 你好\n"
VERDICT: dict[str, Any] = {
    "seed": 2, "score": 50, "passed": False, "ms": 7, "hint": None, "counters": [],
    "rows": [
        {"property": "sums", "law": "equivalence", "says": "", "passed": True, "hint": ""},
        {"property": "wraps", "law": "control", "says": "", "passed": False, "hint": "wraps"},
    ],
}  # fmt: skip


@pytest.fixture
def lesson(page: Page, demo_site: Site) -> Page:
    played(page)
    return opened(page, demo_site.url)


def write(page: Page, source: str = PROGRAM) -> None:
    """The editor, which is Python's part of the page, has another text; it is kept."""
    page.evaluate("(source) => machine.say({ source })", source)
    expect(page.locator("[data-saved]")).to_contain_text("Saved on this device.")


def exported(page: Page, root: str, folder: Path) -> Path:
    """The file of all that was done."""
    kept(page)
    page.goto(f"{root}lessons/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export my work").click()
        if page.locator(".who").is_visible():
            page.get_by_label("First name").fill("Ada")
            page.get_by_label("Last name").fill("Lovelace")
            page.get_by_label("Student number").fill("1815")
            page.get_by_role("button", name="Keep, and export").click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def imported(page: Page, root: str, name: str, data: bytes) -> str:
    """What the page says to a file."""
    page.goto(f"{root}lessons/")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import").click()
    file = {"name": name, "mimeType": "application/zip", "buffer": data}
    chooser.value.set_files(file)  # type: ignore[arg-type]  # playwright's own kind of mapping
    said = page.locator(".work .said")
    expect(said).not_to_be_empty()
    return said.inner_text()


def test_no_button_can_be_pressed_before_somebody_listens(page: Page, demo_site: Site) -> None:
    """A slow network: the page is read long before its program comes."""
    played(page)
    held: list[Route] = []
    page.route("**/lessons/*/lesson.js", lambda route: held.append(route))
    with page.expect_request("**/lesson.js"):
        page.goto(f"{demo_site.url}lessons/counting/", wait_until="commit")
    acts = page.locator(".lay [data-do]:visible")
    expect(acts.first).to_be_visible()
    assert all(one.is_disabled() for one in acts.all())
    held[0].continue_()
    expect(page.locator(".lay [data-do]:disabled")).to_have_count(0)


def test_answers_and_steps_are_there_after_a_reload(lesson: Page, demo_site: Site) -> None:
    lock(lesson, "steps", "one")
    run(lesson, 4)
    expect(lesson.locator(".stp li.done")).to_have_count(1)
    opened(lesson, demo_site.url, ready=False)
    asked = question(lesson, "steps")
    expect(asked.locator(".op.mine")).to_contain_text("1, for the run")
    expect(asked).to_contain_text("The machine showed “3, for the steps”.")
    expect(cell(lesson, 3).locator(".st")).to_have_text("ran on an earlier visit")
    expect(cell(lesson, 7).locator(".st")).to_have_text("")
    expect(lesson.locator(".stp li.done")).to_have_count(1)
    lesson.evaluate("machine.ready()")
    expect(cell(lesson, 3).locator("[data-do=run]")).to_have_text("Run")
    assert orders(lesson, "restore")[0]["answers"] == {"steps": "one"}
    lesson.goto(f"{demo_site.url}lessons/")
    expect(lesson.locator(".rows [data-mark]")).to_have_text(["begun", "to do"])


def test_a_program_that_cannot_be_checked_is_told_beside_the_button(
    page: Page, demo_site: Site
) -> None:
    """A function renamed: pressing Check in the text may not come to nothing."""
    played(page)
    opened(page, demo_site.url, "adding")
    place, why = page.locator("[data-check]"), "expected the program to define add; found none"
    for _ in range(2):
        place.locator("[data-do=check]").click()
        expect(place.locator(".st")).to_have_text("checking")
        page.evaluate("machine.say({ busy: true, refused: '' })")
        page.evaluate("(refused) => machine.say({ busy: false, refused })", why)
        expect(place.locator(".st.fail")).to_have_text(why)
    page.evaluate("(verdict) => machine.say({ refused: '', verdict })", VERDICT)
    expect(place.locator(".st")).to_contain_text("1 of 2 hold.")


def test_a_lesson_is_done_when_all_of_it_is(page: Page, demo_site: Site) -> None:
    played(page)
    opened(page, demo_site.url, "adding")
    run(page, 2)
    page.evaluate("(verdict) => machine.say({ verdict })", VERDICT)
    expect(page.locator("[data-check] .st")).to_contain_text("1 of 2 hold.")
    page.goto(f"{demo_site.url}lessons/")
    expect(page.locator(".rows [data-mark]")).to_have_text(["to do", "begun"])
    opened(page, demo_site.url, "adding")
    passed = {**VERDICT, "passed": True, "score": 100, "rows": VERDICT["rows"][:1]}
    page.evaluate("(verdict) => machine.say({ verdict })", passed)
    expect(page.locator("[data-check] .st")).to_contain_text("100 points with seed 2")
    expect(page.locator(".toc [aria-current] [data-mark]")).to_have_class(re.compile("pass"))
    expect(page.locator("[data-total]")).to_contain_text("1 of 2 lessons done")


def test_work_goes_to_another_browser_and_to_a_teacher(
    lesson: Page, browser: Browser, demo_site: Site, tmp_path: Path
) -> None:
    lock(lesson, "steps", "one")
    run(lesson, 4)
    opened(lesson, demo_site.url, "adding")
    write(lesson)
    lesson.evaluate("(verdict) => machine.say({ verdict })", VERDICT)
    file = exported(lesson, demo_site.url, tmp_path)
    assert file.name == "Lovelace-Ada.vmlab.zip"

    # A teacher's command reads it.
    found = read_submission(file.read_bytes(), file.name)
    assert found.student == Who("1815", "Ada", "Lovelace", "")
    assert found.sources == {"add": PROGRAM}
    counting, adding = (found.progress.lesson(slug) for slug in ("counting", "adding"))
    assert (counting.answers["steps"].option, counting.observed) == ("one", {"steps": "three"})
    assert counting.done == (1, 3, 4)
    assert adding.exercise is not None and adding.exercise.source == PROGRAM
    (attempt,) = adding.exercise.attempts
    assert (attempt.seed, attempt.passed, attempt.score) == (2, False, 50)
    assert [(bad.property, bad.hint) for bad in attempt.failed] == [("wraps", "wraps")]

    # Another browser goes on from it.
    with watched_page(browser, Watch()) as other:
        played(other)
        assert imported(other, demo_site.url, file.name, file.read_bytes()).endswith("lessons: 2.")
        expect(other.locator(".rows [data-mark]")).to_have_text(["begun", "begun"])
        opened(other, demo_site.url)
        expect(question(other, "steps").locator(".op.mine")).to_contain_text("1, for the run")
        expect(question(other, "steps").locator("input").first).to_be_disabled()
        opened(other, demo_site.url, "adding")
        expect(other.locator("[data-saved]")).to_be_visible()
        assert orders(other, "restore")[-1] == {"command": "restore", "source": PROGRAM}
        # And back: the name is kept, nobody is asked twice.
        again = exported(other, demo_site.url, tmp_path / "again")
        assert read_submission(again.read_bytes(), "again").progress == found.progress


def test_what_python_writes_is_read_here(page: Page, demo_site: Site) -> None:
    """A notebook's submission. Of two answers the first stands."""
    played(page)
    opened(page, demo_site.url)
    lock(page, "mode", "u")
    early, at = "2020-01-01T00:00:00Z", "2021-02-03T04:05:06+08:00"
    progress = Progress().changed(
        "counting",
        lambda one: one.answered("mode", "m", early).answered("steps", "many", at).ran(1, 3),
    )
    file = Submission.of(progress, Who(id="7"), "2021-02-03T04:05:07Z").data()
    assert imported(page, demo_site.url, "7.vmlab.zip", file).endswith("lessons: 1.")
    opened(page, demo_site.url)
    expect(question(page, "mode").locator(".op.mine")).to_contain_text("M")
    expect(question(page, "steps").locator(".op.mine")).to_contain_text("more than 3")
    expect(cell(page, 3).locator(".st")).to_have_text("ran on an earlier visit")


# Bad files ----------------------------------------------------------------------------------------

TIME = "2026-01-01T00:00:00Z"
MANIFEST: dict[str, Any] = {
    "schema": "vmlab/submission/1", "saved": TIME, "student": {},
    "progress": {"schema": "vmlab/progress/1", "lessons": {"counting": {"done": [1]}}},
}  # fmt: skip


def zipped(members: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def with_lesson(members: dict[str, bytes | str] | None = None, **lesson: Any) -> bytes:
    progress = {**MANIFEST["progress"], "lessons": {"counting": lesson}}
    manifest = json.dumps({**MANIFEST, "progress": progress})
    return zipped({"manifest.json": manifest, **(members or {})})


WHOLE = zipped({"manifest.json": json.dumps(MANIFEST)})
HUGE = b" " * (5 * 1024 * 1024)
LINK = "<img src=x onerror=alert(1)>"
BAD: dict[str, tuple[bytes, str]] = {
    "no zip": (b"hello", "it is no zip file."),
    "cut": (WHOLE[:60] + WHOLE[-22:], "damaged"),
    "no manifest": (zipped({}), "expected manifest.json"),
    "another file": (zipped({"manifest.json": "{}", "../../x.py": ""}), '"../../x.py"'),
    "a folder": (zipped({"manifest.json": "{}", "exercises/a/b.py": ""}), '"exercises/a/b.py"'),
    "turned name": (zipped({"exercises/\u202egpj.py": ""}), "<U+202E>"),
    "a bomb": (zipped({"manifest.json": HUGE}), "larger than 4 MiB"),
    "a long program": (zipped({"exercises/a.py": HUGE}), "larger than 0.25 MiB"),
    "newer": (zipped({"manifest.json": '{"schema": "vmlab/submission/2"}'}), "vmlab/submission/2"),
    "no object": (zipped({"manifest.json": "[]"}), "expected an object"),
    "no JSON": (zipped({"manifest.json": "{"}), "SyntaxError"),
    "no UTF-8": (with_lesson({"exercises/a.py": b"\xff"}, exercise={"slug": "a"}), "no UTF-8"),
    "an answer": (with_lesson(answers={"steps": {"option": LINK, "at": TIME}}), LINK),
    "a time": (with_lesson(answers={"a": {"option": "b", "at": "2026-13-01T00:00:00Z"}}), "a time"),
    "a slug": (with_lesson(observed={"__proto__": "x", "A": "b"}), "a name of a-z"),
    "cells": (with_lesson(done=[0]), "a number from 1"),
    "many": (zipped({f"exercises/a{n}.py": "" for n in range(201)}), "more than 200 files"),
}  # fmt: skip
"""What is refused, and a part of the sentence that says why."""


@pytest.fixture(scope="module")
def index(browser: Browser, demo_site: Site) -> Iterator[Page]:
    with watched_page(browser, Watch()) as page:
        yield page


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_a_sentence(index: Page, demo_site: Site, name: str) -> None:
    data, why = BAD[name]
    said = imported(index, demo_site.url, "work.vmlab.zip", data)
    assert said.startswith("work.vmlab.zip cannot be imported: ")
    assert why in said
    expect(index.locator(".rows [data-mark]")).to_have_text(["to do", "to do"])
    with pytest.raises(Exception, match=r"work"):  # and by Python
        read_submission(data, "work")


# Storage ------------------------------------------------------------------------------------------

OLD = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open("vmlab", 2);
  request.onupgradeneeded = () => {
    const db = request.result;
    db.createObjectStore("items", { keyPath: "id" }).put({
      id: "old", kind: "text", name: "old.S", data: "nop", revision: 3, changed: 1, deleted: 0 });
    db.createObjectStore("sessions", { keyPath: "id" });
  };
  request.onsuccess = () => { request.result.close(); resolve(); };
  request.onerror = () => reject(request.error);
})"""
LOOK = """() => new Promise((resolve) => {
  const request = indexedDB.open("vmlab");
  request.onsuccess = () => {
    const db = request.result;
    const all = db.transaction(["items", "course"]);
    const [items, course] = ["items", "course"].map((name) => all.objectStore(name).getAll());
    all.oncomplete = () => {
      const names = items.result.map((one) => one.name), ids = course.result.map((one) => one.id);
      db.close();
      resolve([db.version, names, ids]);
    };
  };
})"""


NO_STORE = """
IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError"); };
"""


def test_a_store_of_the_version_before_is_brought_up_to_date(page: Page, demo_site: Site) -> None:
    page.goto(f"{demo_site.url}about/")
    page.evaluate(OLD)
    played(page)
    opened(page, demo_site.url)
    lock(page, "steps", "one")
    expect(question(page, "steps")).to_have_attribute("data-state", "locked")
    expect(page.locator(".toc [aria-current] [data-mark]")).to_be_visible()
    page.goto(f"{demo_site.url}about/")
    assert page.evaluate(LOOK) == [3, ["old.S"], ["lesson counting"]]


def test_without_storage_the_lesson_works_and_says_what_is_lost(
    page: Page, demo_site: Site
) -> None:
    page.add_init_script(NO_STORE)
    played(page)
    opened(page, demo_site.url)
    expect(page.locator("[data-tell]")).to_contain_text("This browser keeps nothing for this page")
    lock(page, "steps", "one")
    run(page, 4)
    expect(question(page, "steps")).to_contain_text("You said “1, for the run”.")


@pytest.fixture
def both(browser: Browser, demo_site: Site) -> Iterator[Callable[[str], Page]]:
    """Opens tabs of one browser."""
    context: BrowserContext = browser.new_context(service_workers="block")
    played(context)

    def tab(slug: str) -> Page:
        return opened(context.new_page(), demo_site.url, slug)

    yield tab
    context.close()


def test_what_is_not_kept_yet_is_not_called_saved(lesson: Page, demo_site: Site) -> None:
    opened(lesson, demo_site.url, "adding")
    line = lesson.locator("[data-saved]")
    # No pause in typing ever ends here.
    look = """(news) => {
      window.setTimeout = () => 0;
      machine.say(news);
      return document.querySelector("[data-saved] span").textContent;
    }"""
    write(lesson)
    assert lesson.evaluate(look, {"source": "other = 1\n"}) == "Saving…"
    # A verdict keeps the program that it is of, and waits for none.
    assert lesson.evaluate(look, {"verdict": VERDICT}) == "Saving…"
    expect(line).to_contain_text("Saved on this device.")
    opened(lesson, demo_site.url, "adding")
    expect(line).to_contain_text("Saved on this device")
    assert orders(lesson, "restore")[-1]["source"] == "other = 1\n"


def test_where_nothing_can_be_kept_nothing_is_called_saved(page: Page, demo_site: Site) -> None:
    page.add_init_script(NO_STORE)
    played(page)
    opened(page, demo_site.url, "adding")
    line = page.locator("[data-saved]")
    page.evaluate("() => machine.say({ source: 'other = 1' })")
    expect(line.locator("span")).to_have_text("Saving…")
    expect(line).to_be_hidden()


def test_an_answer_of_another_tab_is_seen_and_stands(both: Callable[[str], Page]) -> None:
    one, two = both("counting"), both("counting")
    lock(one, "steps", "three")
    expect(question(two, "steps").locator(".op.mine")).to_contain_text("3, for the steps")
    expect(question(two, "steps").locator("[data-do=lock]")).to_be_hidden()


def test_two_tabs_lose_no_program(both: Callable[[str], Page]) -> None:
    one, two = both("adding"), both("adding")
    write(one, "first = 1\n")
    line = two.locator("[data-saved]")
    expect(line).to_contain_text("Another tab has changed your program.")
    line.get_by_role("button", name="Take that version").click()
    expect(line).to_contain_text("Saved on this device")
    assert orders(two, "restore")[-1] == {"command": "restore", "source": "first = 1\n"}
    write(one, "second = 2\n")
    expect(line).to_contain_text("Another tab has changed your program.")
    write(two, "third = 3\n")  # and not the other's
    expect(two.locator("[data-tell]")).to_contain_text("its version is kept as add.py")
    there = two.evaluate(LOOK)
    assert there[1] == ["add.py"]
