"""The player beside a lesson's text, with its real machine: pictures that steps choose, a machine
that the reader moves, the exercise with its editor, and programs that do not end.

Tests of one page, in order. `test_lesson_python` goes through a lesson as a reader does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import START_MS, Site, Watch, served
from tests.browser.lesson_page import cell, run
from tests.browser.test_life import strip, worker
from vmlab.cli.sitebuilder.site import build

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LESSONS = Path(__file__).parents[1] / "lesson_demo"
FOLDER = LESSONS / "90_demo"
ENDLESS = "def resume(trap):\n    while True: pass\n"
RAISES = "def resume(trap):\n    x = 1\n    return trap.nothing\n"
NOT_ISOLATED = "Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false });"
SPEAK = "(tag) => { document.documentElement.lang = tag; }"


@pytest.fixture(scope="module")
def lesson_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site with the lessons of `tests/lesson_demo`."""
    folder = tmp_path_factory.mktemp("lesson-site")
    with served(folder, build(folder, lessons=LESSONS)) as running:
        yield running


def opened(browser: Browser, watch: Watch, url: str, script: str = "") -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, service_workers="block")
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(START_MS)
    watch.attach(page)
    page.goto(url)
    expect(page.locator("#app .vm.lesson")).to_be_visible(timeout=START_MS)
    yield page
    context.close()
    assert not watch.foreign((url.partition("lessons/")[0],))
    assert not watch.failures
    assert not [line for line in watch.console if line.startswith("warning: No message found")]


@pytest.fixture(scope="module")
def reader(browser: Browser, lesson_site: Site) -> Iterator[Page]:
    """Somebody who reads the lesson `demo`."""
    yield from opened(browser, Watch(), f"{lesson_site.url}lessons/demo/")


def done(page: Page, number: int) -> None:
    expect(cell(page, number)).to_have_attribute("data-state", "done", timeout=START_MS)


def pictures(page: Page) -> Locator:
    """The panels of the session that is shown."""
    return page.locator("#app .ls-shows .panel:not(.help)")


def root(page: Page) -> str:
    """The site's address."""
    return page.url.partition("lessons/")[0]


def key(page: Page, name: str) -> None:
    """A letter, with the focus nowhere."""
    page.locator("h1").click()
    page.keyboard.press(name)


def at(page: Page) -> Locator:
    """Where the machine stands: the ribbon's head."""
    return page.locator("#app .rb-head b")


def exercise(page: Page) -> Locator:
    return page.locator("#app .p-exercise")


def write(page: Page, source: str) -> None:
    """Replace the text in the editor."""
    page.locator(".p-exercise[data-editor=ace]").wait_for()
    exercise(page).locator(".ace_content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def check(page: Page, source: str | None = None) -> None:
    if source is not None:
        write(page, source)
    exercise(page).get_by_role("button", name="Run checks").click()


# Steps and pictures -------------------------------------------------------------------------------


def test_before_a_step_there_is_nothing_to_see(reader: Page) -> None:
    expect(reader.locator("#app .ls-empty")).to_be_visible()
    expect(pictures(reader)).to_have_count(0)
    expect(reader.locator("#app .w-transport")).to_have_count(0)


def test_a_step_shows_its_pictures_and_what_moves_the_machine(reader: Page) -> None:
    run(reader, 2)
    done(reader, 2)
    expect(cell(reader, 2).locator(".out")).to_have_text("mode U\n")
    expect(pictures(reader)).to_have_count(2)
    expect(reader.locator("#app .p-ribbon")).to_be_visible()
    expect(reader.locator("#app .p-csrs")).to_be_visible()
    expect(reader.locator("#app .ls-empty")).to_be_hidden()


def test_the_reader_moves_the_machine_with_buttons_and_letters(reader: Page) -> None:
    begin = at(reader).inner_text()
    reader.locator("#app").get_by_role("button", name="Step").first.click()
    expect(at(reader)).not_to_have_text(begin)
    key(reader, "b")
    expect(at(reader)).to_have_text(begin)
    key(reader, "t")
    expect(reader.locator("#app .p-csrs tr[data-csr=scause]")).to_contain_text("environment call")
    link = reader.locator("#app").get_by_role("link", name="Open in the workbench")
    place = at(reader).inner_text().lstrip("#").replace(",", "")
    expect(link).to_have_attribute("href", f"{root(reader)}lab/#u=1&g=tour&n={place}")
    key(reader, "s")
    key(reader, "s")


def test_the_next_step_begins_where_the_last_one_ended(reader: Page) -> None:
    cell(reader, 4).locator("[data-do=run]").click()
    cell(reader, 4).get_by_role("button", name="Skip this prediction").click()
    done(reader, 4)
    expect(cell(reader, 4).locator(".out")).to_contain_text("trap after 452\n")


def test_another_step_shows_other_pictures_of_another_machine(reader: Page) -> None:
    run(reader, 5)
    done(reader, 5)
    expect(reader.locator("#app .p-exits")).to_be_visible()
    expect(reader.locator("#app .p-csrs")).to_have_count(0)
    expect(reader.locator("#app .p-ribbon")).to_contain_text("VMM")


# The exercise -------------------------------------------------------------------------------------


def test_a_hint_comes_in_parts(reader: Page) -> None:
    exercise(reader).scroll_into_view_if_needed()
    check(reader)
    hint = exercise(reader).locator(".ls-hint")
    expect(hint).to_contain_text("Hint 1 of 3")
    expect(hint).to_contain_text("would be made for ever")
    expect(hint.locator("dl")).to_be_hidden()
    hint.get_by_role("button", name="Next hint").click()
    term = hint.get_by_role("link", name="trap")
    expect(term).to_have_attribute("href", f"{root(reader)}docs/glossary.html#term-trap")
    hint.get_by_role("button", name="Next hint").click()
    expect(hint.locator("dl")).to_contain_text("0x")
    expect(hint.get_by_role("button", name="Next hint")).to_be_hidden()
    expect(exercise(reader).locator(".ls-checks .fail")).to_have_count(1)


def test_the_checks_have_a_text_twin(reader: Page) -> None:
    rows, twin = exercise(reader).locator(".ls-checks"), exercise(reader).locator(".twinbox tr")
    said = [one.strip() for one in rows.locator("li>span").all_text_contents()]
    button = exercise(reader).get_by_role("button", name="Text twin")
    button.click()
    expect(twin.locator("th")).to_have_text(["Check", "Law", "State"])
    expect(rows).to_be_hidden()
    expect(exercise(reader).locator(".ls-hint")).to_be_visible()
    assert len(said) == 4 and twin.locator("td:first-child").all_inner_texts() == said
    button.press("x")
    expect(rows).to_be_visible()


def test_the_editor_asks_for_nothing_that_the_site_has_not(reader: Page) -> None:
    """Ace would fetch its search box; one that was not found fails this file's pages."""
    exercise(reader).locator(".ace_content").click()
    for keys in ("Control+f", "Control+h", "Control+,"):
        reader.keyboard.press(keys)
    assert not reader.locator("script[src*='ext-']").count()


def test_an_error_marks_its_line(reader: Page) -> None:
    check(reader, RAISES)
    expect(exercise(reader).locator(".ls-hint")).to_contain_text("AttributeError in line 3")
    expect(exercise(reader).locator(".ls-bad-line")).to_have_count(1)
    expect(exercise(reader).locator(".ace_gutter-cell.ace_error")).to_have_text("3")
    expect(exercise(reader).locator(".ls-checks .todo")).to_have_count(3)


def test_a_program_that_does_not_end_is_stopped_and_the_next_one_is_checked(reader: Page) -> None:
    same = worker(reader)
    check(reader, ENDLESS)
    reader.wait_for_timeout(500)  # it is in its loop
    exercise(reader).get_by_role("button", name="Stop").click()
    expect(exercise(reader).locator(".ls-hint")).to_contain_text("you stopped it")
    write(reader, (FOLDER / "solution.py").read_text("utf-8"))
    reader.keyboard.press("Control+Enter")
    expect(exercise(reader).locator(".ls-checks .pass")).to_have_count(4)
    expect(exercise(reader).locator(".ls-said")).to_have_text("All checks passed.")
    expect(exercise(reader).locator(".ls-counted")).to_contain_text("of at most 41")
    assert worker(reader) == same
    expect(reader.locator("#app .p-exits")).to_be_visible()


@pytest.mark.long
def test_one_that_nobody_stops_is_stopped_all_the_same(reader: Page) -> None:
    check(reader, ENDLESS)
    said = exercise(reader).locator(".ls-hint")
    expect(said).to_contain_text("seconds and did not end", timeout=START_MS)
    write(reader, (FOLDER / "solution.py").read_text("utf-8"))


def test_reset_asks_once(reader: Page) -> None:
    exercise(reader).get_by_role("button", name="Reset to original").click()
    expect(exercise(reader).locator(".ace_content")).to_contain_text("bits(")
    exercise(reader).get_by_role("button", name="Press again").click()
    expect(exercise(reader).locator(".ace_content")).not_to_contain_text("bits(")


def test_another_language_keeps_what_is_written(reader: Page) -> None:
    write(reader, "def resume(trap):\n    return 42\n")
    reader.evaluate(SPEAK, "zh-Hans")
    expect(exercise(reader)).to_contain_text("从哪里继续")
    reader.locator(".p-exercise[data-editor=ace]").wait_for()
    expect(exercise(reader).locator(".ace_content")).to_contain_text("return 42")
    expect(reader.locator("#app .p-exits h2")).to_have_text("退出")
    expect(cell(reader, 4).locator(".out")).to_contain_text("机器给出的")
    exercise(reader).get_by_role("button", name="运行检查").click()
    expect(exercise(reader).locator(".ls-hint")).to_contain_text("无休止地重复")
    reader.evaluate(SPEAK, "en")
    expect(exercise(reader)).to_contain_text("Where to go on")


# What does not end --------------------------------------------------------------------------------


def test_a_step_that_does_not_end_is_stopped(browser: Browser, lesson_site: Site) -> None:
    for reader in opened(browser, Watch(), f"{lesson_site.url}lessons/endless/"):
        run(reader, 3)
        expect(cell(reader, 3)).to_have_attribute("data-state", "running")
        same = worker(reader)
        reader.wait_for_timeout(500)
        cell(reader, 3).locator("[data-do=stop]").click()
        expect(cell(reader, 3)).to_have_attribute("data-state", "stopped")
        expect(cell(reader, 3).locator(".out")).to_have_text("so far\n")
        expect(cell(reader, 2)).to_have_attribute("data-state", "idle")
        run(reader, 2)
        done(reader, 2)
        expect(reader.locator("#app .p-code tr.now")).to_be_visible()
        assert worker(reader) == same


def test_where_nobody_can_interrupt_python_it_is_ended(browser: Browser, lesson_site: Site) -> None:
    """And the program that was written is there again."""
    url = f"{lesson_site.url}lessons/demo/"
    for reader in opened(browser, Watch(), url, NOT_ISOLATED):
        check(reader, ENDLESS)
        expect(reader.locator("[data-saved]")).to_contain_text("Saved")
        exercise(reader).get_by_role("button", name="Stop").click()
        strip(reader, "The machine does not answer.")
        reader.locator("#trouble-restart").click()
        strip(reader, "Restarted.")
        reader.locator(".p-exercise[data-editor=ace]").wait_for()
        expect(exercise(reader).locator(".ace_content")).to_contain_text("while True")
        run(reader, 2)
        done(reader, 2)
