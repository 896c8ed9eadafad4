"""A lesson on a projector: a step at a time, votes by letters, nothing told before it is asked for,
and the address of the step as a code that a phone reads."""

from __future__ import annotations

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import Site
from tests.browser.layout import faults
from tests.browser.lesson_page import cell, played, question, run
from tests.browser.screens import PROJECTOR, look

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def stage(page: Page, demo_site: Site) -> Page:
    played(page)
    page.set_viewport_size({"width": PROJECTOR.width, "height": PROJECTOR.height})
    page.goto(f"{demo_site.url}lessons/counting/?present=1")
    page.locator(".card:visible").first.wait_for()
    page.evaluate("machine.cells = { 4: { observed: { steps: 'three' } } }; machine.ready()")
    return page


def steps(page: Page) -> list[str]:
    """The titles of the steps that are seen."""
    return [one.rsplit("\n", 1)[-1] for one in page.locator(".step h2:visible").all_inner_texts()]


def read(page: Page) -> str:
    """What a phone makes of the code in the page."""
    page.locator("[data-qr-code] svg").wait_for()
    picture = Image.open(io.BytesIO(page.locator("[data-qr-code]").screenshot()))
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


def test_arrow_keys_go_from_step_to_step(stage: Page, demo_site: Site) -> None:
    for key, title in (
        ("ArrowRight", "Watch"),
        ("PageDown", "Explain"),
        ("ArrowRight", "Explain"),
        ("ArrowLeft", "Watch"),
        ("PageUp", "Predict"),
        ("ArrowLeft", "Predict"),
    ):
        stage.keyboard.press(key)
        expect(stage.locator(".step h2:visible")).to_contain_text(title)
        expect(stage.locator(".stp [aria-current=step]")).to_contain_text(title)
    stage.get_by_role("button", name="Next step").click()
    assert stage.url.endswith("?present=1#step-2")
    # Where arrows mean something else they keep doing it.
    stage.locator(".cell summary:visible").first.focus()
    stage.keyboard.press("ArrowRight")
    expect(stage.locator(".step h2:visible")).to_contain_text("Watch")
    # An address leads to its step.
    stage.goto("about:blank")
    stage.goto(f"{demo_site.url}lessons/counting/?present=1#step-3")
    expect(stage.locator(".step h2:visible")).to_contain_text("Explain")


def test_a_class_votes_and_the_answer_waits_to_be_asked_for(stage: Page) -> None:
    asked = question(stage, "steps")
    expect(asked.locator(".card b")).to_have_text(["A", "B", "C"])
    expect(asked.locator("[data-do=lock]")).to_be_hidden()
    for letter in "ABB":
        asked.locator(f"[data-vote={letter}]").click()
    expect(asked.locator(".card .count")).to_have_text(["1", "2", ""])
    expect(asked.locator("[data-vote=B]")).to_have_attribute("aria-label", "B: 2")
    reveal = asked.get_by_role("button", name="Show what the machine showed")
    reveal.click()
    expect(asked).to_contain_text("Run the step first.")
    stage.keyboard.press("ArrowRight")
    run(stage, 4)  # no prediction is asked for: the class has voted
    expect(cell(stage, 4)).to_have_attribute("data-state", "done")
    stage.locator("body").press("ArrowLeft")
    expect(asked.locator(".op.right")).to_have_count(0)
    expect(asked.locator(".why")).to_be_hidden()
    reveal.click()
    expect(asked.locator(".op.right")).to_contain_text("3, for the steps")
    expect(asked).to_contain_text("The machine showed “3, for the steps”.")
    asked.get_by_role("button", name="Clear the votes").click()
    expect(asked.locator(".card .count")).to_have_text(["", "", ""])


def test_a_presentation_keeps_nothing(stage: Page, demo_site: Site) -> None:
    stage.keyboard.press("ArrowRight")
    run(stage, 4)
    expect(cell(stage, 4)).to_have_attribute("data-state", "done")
    stage.goto(f"{demo_site.url}lessons/?present=0")
    expect(stage.locator(".rows [data-mark]")).to_have_text(["to do", "to do"])


def test_the_code_leads_to_the_step(stage: Page, demo_site: Site) -> None:
    place = f"{demo_site.url}lessons/counting/"
    expect(stage.locator("[data-address]")).to_have_text(f"{place}#step-1")
    assert read(stage) == f"{place}#step-1"
    stage.keyboard.press("ArrowRight")
    expect(stage.locator("[data-address]")).to_have_text(f"{place}#step-2")
    assert read(stage) == f"{place}#step-2"
    small = stage.locator("[data-qr-code]").bounding_box()
    stage.locator("[data-qr-code]").click()
    large = stage.locator("[data-qr-code]").bounding_box()
    assert small is not None and large is not None and large["width"] > 4 * small["width"]
    assert read(stage) == f"{place}#step-2"
    stage.keyboard.press("Escape")
    expect(stage.locator("[data-qr-code]")).to_have_attribute("aria-pressed", "false")


def test_the_header_switches_it_on_and_off(stage: Page) -> None:
    look(stage, PROJECTOR, "light")
    assert faults(stage) == []
    assert axe.violations(stage) == []
    stage.locator("#theme").click()
    stage.get_by_role("button", name="Presentation").click()
    expect(stage.locator(".step h2:visible")).to_have_count(3)
    expect(question(stage, "steps").locator("[data-do=lock]")).to_be_visible()
    expect(question(stage, "steps").locator(".card").first).to_be_hidden()
    assert not re.search("present=1", stage.url)
