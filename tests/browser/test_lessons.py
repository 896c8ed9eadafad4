"""The lessons' pages: read without Python and without scripts, predicted, run.

The machine is played by the test; `test_lesson_python` has the real one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import axe
from tests.browser.conftest import Site
from tests.browser.layout import faults
from tests.browser.lesson_page import cell, lock, opened, orders, played, question, run, state
from tests.browser.screens import DESKTOP, PHONE, PROJECTOR, View, look

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def lesson(page: Page, demo_site: Site) -> Page:
    """The lesson `counting`, its machine ready."""
    played(page)
    return opened(page, demo_site.url)


# Reading ------------------------------------------------------------------------------------------


def test_all_lessons_are_listed_with_what_belongs_to_them(page: Page, demo_site: Site) -> None:
    page.goto(f"{demo_site.url}lessons/")
    expect(page.locator(".app .nav [aria-current]")).to_have_text("Lessons")
    rows = page.locator(".rows .row")
    expect(rows.locator("h3 a")).to_have_text(["Counting what ran", "Adding, by hand"])
    expect(rows.first).to_contain_text("5 min")
    expect(rows.first.get_by_role("link", name="CP-40 and CP-67")).to_be_visible()
    expect(rows.last).to_contain_text("Exercise E99")
    expect(rows.last.get_by_role("img", name="difficulty 1 of 3")).to_be_visible()
    expect(rows.last).to_contain_text("Needs Counting what ran")
    expect(page.locator(".way li")).to_have_count(2)
    expect(rows.locator("[data-mark]")).to_have_text(["to do", "to do"])
    expect(page.locator("[data-total]")).to_contain_text("0 of 2 lessons done")
    rows.last.locator("h3 a").click()
    expect(page.locator("h1")).to_have_text("Adding, by hand")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_lesson_is_read_without_scripts(browser: Browser, demo_site: Site, language: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    folder = "zh/" if language == "zh" else ""
    page.goto(f"{demo_site.url}{folder}lessons/")
    page.locator(".rows h3 a").first.click()
    expect(page.locator("h1")).to_have_text("数一数执行了多少" if folder else "Counting what ran")
    expect(page.locator(".stp a")).to_have_count(3)
    expect(page.locator(".code").nth(1)).to_contain_text('vmlab.open("tour")')
    answer = page.locator("#question-steps noscript details")
    answer.locator("summary").click()
    expect(answer).to_contain_text("3，表示三步" if folder else "3, for the steps")
    expect(page.locator("[data-do]:visible")).to_have_count(0)
    expect(page.locator(".pq .act:visible")).to_have_count(0)
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Counting what ran" if folder else "数一数执行了多少")
    context.close()


def test_terms_stops_and_documents_are_links(lesson: Page, demo_site: Site) -> None:
    term = lesson.locator(".opening .term")
    expect(term).to_have_text("hart")
    places = lesson.locator(".opening a").evaluate_all("all => all.map((one) => one.href)")
    assert places == [
        f"{demo_site.url}docs/glossary.html#term-hart",
        f"{demo_site.url}museum/cp40/",
        f"{demo_site.url}docs/counters.html",
    ]
    term.click()
    expect(lesson.locator("tr:target")).to_contain_text("hart")


def test_the_steps_follow_the_text(lesson: Page) -> None:
    steps = lesson.locator(".stp li")
    expect(steps).to_have_text(
        [re.compile("1 Predict"), re.compile("2 Watch"), re.compile("3 Explain")]
    )
    expect(lesson.locator(".stp [aria-current=step]")).to_contain_text("Predict")
    steps.nth(2).locator("a").click()
    expect(lesson.locator(".stp [aria-current=step]")).to_contain_text("Explain")
    assert lesson.url.endswith("#step-3")


# Predicting ---------------------------------------------------------------------------------------


def test_a_step_asks_for_its_prediction_and_then_runs(lesson: Page) -> None:
    run(lesson, 4)
    need = cell(lesson, 4).locator(".need")
    expect(need).to_contain_text("First your prediction: answer the question above")
    assert not orders(lesson, "run")
    need.get_by_role("link").click()
    assert lesson.evaluate("document.activeElement.id") == "question-steps"
    question(lesson, "steps").get_by_role("button", name="Lock in").click()
    expect(question(lesson, "steps")).to_contain_text("Choose one first.")
    lock(lesson, "steps", "one")
    run(lesson, 4)
    assert orders(lesson, "run") == [{"command": "run", "cell": 4}]
    assert [state(lesson, number) for number in (1, 3, 4, 6)] == ["done", "done", "done", "idle"]
    expect(cell(lesson, 3).locator(".out")).to_have_text("after 3 steps: 3\n")


def test_an_answer_locks_and_the_machine_is_shown_beside_it(lesson: Page) -> None:
    lock(lesson, "steps", "one")
    asked = question(lesson, "steps")
    expect(asked.locator("input").first).to_be_disabled()
    expect(asked.locator(".op.mine")).to_contain_text("your answer")
    expect(asked).to_contain_text("Kept. The machine answers when the next step runs.")
    expect(asked.locator(".op.right")).to_have_count(0)
    expect(asked.locator(".why")).to_be_hidden()
    assert orders(lesson, "restore")[-1] == {"command": "restore", "answers": {"steps": "one"}}
    run(lesson, 4)
    expect(asked.locator("[data-result]")).to_have_text(
        "You said “1, for the run”. The machine showed “3, for the steps”."
    )
    expect(asked.locator(".op.right")).to_contain_text("the machine showed this")
    expect(asked.locator(".why")).to_be_visible()
    expect(asked.locator("[data-do=lock]")).to_be_hidden()


def test_a_prediction_may_be_skipped_and_says_so(lesson: Page) -> None:
    run(lesson, 3)
    cell(lesson, 3).get_by_role("button", name="Skip this prediction").click()
    assert state(lesson, 3) == "done"
    expect(question(lesson, "steps")).to_contain_text("Skipped. You can still answer")
    run(lesson, 4)
    expect(question(lesson, "steps")).to_contain_text(
        "You skipped this one. The machine showed “3, for the steps”."
    )
    expect(question(lesson, "mode").locator("input").first).to_be_enabled()


# Running ------------------------------------------------------------------------------------------


def test_what_is_asked_for_early_runs_when_the_machine_is_ready(
    page: Page, demo_site: Site
) -> None:
    played(page)
    opened(page, demo_site.url, ready=False)
    lock(page, "steps", "three")
    run(page, 3)
    expect(cell(page, 3).locator(".st")).to_have_text("waits for the machine")
    assert not orders(page, "run")
    page.evaluate("machine.ready()")
    expect(cell(page, 3)).to_have_attribute("data-state", "done")
    assert orders(page, "run") == [{"command": "run", "cell": 3}]
    restored = page.evaluate("machine.orders.map(({ command }) => command)")
    assert restored.index("restore") < restored.index("run")


def test_early_wishes_are_taken_back(page: Page, demo_site: Site) -> None:
    played(page)
    opened(page, demo_site.url, ready=False)
    run(page, 1)
    cell(page, 1).get_by_role("button", name="Stop").click()
    page.evaluate("machine.ready()")
    expect(cell(page, 1)).to_have_attribute("data-state", "idle")
    assert not orders(page, "run")


def test_a_cell_that_fails_says_where_and_may_run_again(lesson: Page) -> None:
    lock(lesson, "steps", "one")
    lock(lesson, "mode", "m")
    run(lesson, 7)
    last = cell(lesson, 7)
    expect(last.locator(".st")).to_have_text("failed in line 2")
    expect(last.locator(".err")).to_contain_text("ZeroDivisionError")
    last.get_by_role("button", name="Run again").click()
    assert orders(lesson, "again") == [{"command": "again", "cell": 7}]


def test_a_cell_that_runs_for_long_counts_and_is_stopped(lesson: Page) -> None:
    lesson.evaluate("machine.holds = true")
    run(lesson, 1)
    expect(cell(lesson, 1).locator(".st")).to_have_text(re.compile(r"running for \d+ s"))
    cell(lesson, 1).get_by_role("button", name="Stop").click()
    expect(cell(lesson, 1)).to_have_attribute("data-state", "stopped")


def test_after_a_restart_of_the_machine_its_steps_are_offered_again(lesson: Page) -> None:
    lock(lesson, "steps", "one")
    run(lesson, 4)
    lesson.evaluate("machine.gone()")
    assert [state(lesson, number) for number in (1, 3, 4)] == ["idle"] * 3
    told = lesson.locator("[data-tell]")
    expect(told).to_contain_text("The machine was started anew.")
    expect(question(lesson, "steps").locator(".op.mine")).to_contain_text("1, for the run")
    told.get_by_role("button", name="Run up to step 4").click()
    expect(told).to_be_hidden()
    expect(cell(lesson, 4).locator(".st")).to_have_text("waits for the machine")
    lesson.evaluate("machine.ready()")
    expect(cell(lesson, 4)).to_have_attribute("data-state", "done")


# Looks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", [DESKTOP, View("narrow", 1240, 800), View("one", 800, 900), PHONE])
def test_nothing_is_clipped_or_covered_whatever_has_happened(lesson: Page, view: View) -> None:
    lock(lesson, "steps", "one")
    lock(lesson, "mode", "u")
    run(lesson, 7)
    look(lesson, view, "light")
    assert faults(lesson) == []


def test_a_lesson_that_was_gone_through_has_no_barrier(lesson: Page) -> None:
    lock(lesson, "steps", "one")
    run(lesson, 7)
    cell(lesson, 7).get_by_role("button", name="Skip this prediction").click()
    for theme in ("light", "dark", "contrast"):
        look(lesson, DESKTOP, theme)
        assert axe.violations(lesson) == []
    look(lesson, PROJECTOR, "light")
    assert axe.violations(lesson) == []


def test_paper_has_the_code_and_no_button(lesson: Page) -> None:
    lock(lesson, "steps", "one")
    run(lesson, 4)
    lesson.emulate_media(media="print")
    lesson.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(lesson.locator(".code").first).to_be_visible()
    expect(cell(lesson, 3).locator(".out")).to_have_text("after 3 steps: 3\n")
    expect(lesson.locator(".pz button:visible")).to_have_count(0)
    expect(question(lesson, "steps").locator("[data-result]")).to_be_visible()
    lesson.evaluate("dispatchEvent(new Event('afterprint'))")
    lesson.emulate_media(media="screen")
    expect(lesson.locator(".code").first).to_be_hidden()


def test_a_lesson_speaks_chinese(page: Page, demo_site: Site) -> None:
    played(page)
    opened(page, f"{demo_site.url}zh/")
    question(page, "steps").locator("input").first.check()
    question(page, "steps").get_by_role("button", name="锁定答案").click()
    run(page, 4)
    expect(question(page, "steps")).to_contain_text(
        "你的预测是“1，表示一次运行”，机器的结果是“3，表示三步”。"
    )
    page.locator("#language").click()
    expect(page).to_have_url(f"{demo_site.url}lessons/counting/")
    expect(question(page, "steps")).to_contain_text("You said “1, for the run”.")
