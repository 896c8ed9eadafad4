"""Lessons with their real machine: a reader goes through them to the end, loses Python on the way,
and writes the exercise's program. Tests of one page, in order.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import axe
from tests.browser.conftest import START_MS, Site, Watch
from tests.browser.layout import faults
from tests.browser.lesson_page import cell, lock, question, run
from tests.browser.screens import DESKTOP, PHONE, PROJECTOR, look
from tests.browser.test_life import strip, worker

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RIGHT = "def add(a, b):\n    return (a + b) % 2**64\n"


@pytest.fixture(scope="module")
def reader(browser: Browser, demo_site: Site) -> Iterator[Page]:
    """Somebody's browser, whose storage lasts from test to test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
    page, watch = context.new_page(), Watch()
    page.set_default_timeout(START_MS)
    watch.attach(page)
    page.goto(f"{demo_site.url}lessons/counting/")
    yield page
    context.close()
    assert not watch.foreign((demo_site.url,))
    assert not watch.failures


def done(page: Page, number: int) -> None:
    expect(cell(page, number)).to_have_attribute("data-state", "done", timeout=START_MS)


def program(page: Page) -> Locator:
    return page.locator(".p-exercise")


def write(page: Page, source: str) -> None:
    """Replace the text in the editor."""
    page.locator(".p-exercise[data-editor=ace]").wait_for()
    program(page).locator(".ace_content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def test_a_step_asked_for_before_python_is_there_runs_with_those_before_it(reader: Page) -> None:
    lock(reader, "steps", "one")
    run(reader, 4)
    expect(cell(reader, 4).locator(".st")).to_have_text("waits for the machine")
    done(reader, 4)
    expect(cell(reader, 3).locator(".out")).to_have_text("after 3 steps: 3\n")
    expect(question(reader, "steps")).to_contain_text(
        "You said “1, for the run”. The machine showed “3, for the steps”."
    )
    # Python knows what was answered before it began.
    expect(cell(reader, 4).locator(".out")).to_contain_text("You said: 1, for the run.")
    expect(reader.locator("#app .p-code tr.now")).to_be_visible()
    expect(reader.locator("#app .p-ribbon")).to_be_visible()


def test_the_lesson_ends_with_a_cell_that_fails(reader: Page) -> None:
    run(reader, 7)
    cell(reader, 7).get_by_role("button", name="Skip this prediction").click()
    expect(cell(reader, 7)).to_have_attribute("data-state", "failed")
    expect(cell(reader, 7).locator(".err")).to_contain_text("ZeroDivisionError")
    expect(question(reader, "mode").locator(".op.right")).to_contain_text("M")


def test_nothing_is_clipped_and_nobody_is_shut_out(reader: Page) -> None:
    for view in (DESKTOP, PROJECTOR, PHONE):
        look(reader, view, "light")
        assert faults(reader) == []
        assert axe.violations(reader) == []
    look(reader, DESKTOP, "light")


def test_after_the_death_of_its_worker_a_lesson_goes_on(reader: Page) -> None:
    worker(reader).evaluate("self.close()")
    strip(reader, "The machine stopped. Restarted.")
    told = reader.locator("[data-tell]")
    expect(told).to_contain_text("your answers and your program are safe")
    expect(cell(reader, 3)).to_have_attribute("data-state", "idle")
    expect(question(reader, "steps").locator(".op.mine")).to_contain_text("1, for the run")
    told.get_by_role("button", name="Run up to step 7").click()
    expect(cell(reader, 7)).to_have_attribute("data-state", "failed", timeout=START_MS)
    done(reader, 3)


def test_the_exercise_is_written_checked_and_there_again(reader: Page, demo_site: Site) -> None:
    reader.goto(f"{demo_site.url}lessons/adding/")
    check = reader.locator("[data-check]")
    check.get_by_role("button", name="Check").click()
    expect(check.locator(".st")).to_have_text("waits for the machine")
    # The starter, as soon as there is a machine: its first hint is beside the program.
    expect(check.locator(".st")).to_contain_text("1 of 2 hold.", timeout=START_MS)
    expect(program(reader)).to_contain_text("has more than 64 bits: keep the low ones.")
    write(reader, "def plus(a, b): return a + b")
    check.get_by_role("button", name="Check").click()
    expect(check.locator(".st.fail")).to_contain_text("expected the program to define add")
    write(reader, RIGHT)
    check.get_by_role("button", name="Check").click()
    expect(check.locator(".st")).to_contain_text("All 2 hold: 100 points")
    expect(reader.locator("[data-saved]")).to_contain_text("Saved on this device.")
    run(reader, 2)
    done(reader, 2)
    expect(reader.locator(".toc [aria-current] .pass")).to_be_visible()

    reader.reload()
    expect(reader.locator("[data-saved]")).to_contain_text("Saved on this device")
    reader.locator(".p-exercise[data-editor=ace]").wait_for()
    expect(program(reader).locator(".ace_content")).to_contain_text("% 2**64")
