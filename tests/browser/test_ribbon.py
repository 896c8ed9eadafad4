"""Who is running, in a real browser: a click travels, keys scrub, the whole run becomes buckets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.browser.conftest import Site, Watch, open_ready, watched_page

LANES = 3
"""Of the tour: M, S and U all run."""
MOST_PRESSES = 200


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Site) -> Iterator[Page]:
    with watched_page(browser, Watch()) as page:
        yield open_ready(page, site.url)


@pytest.fixture
def ended(opened: Page) -> Page:
    """The tour at its end, the ribbon around it."""
    opened.set_viewport_size({"width": 1440, "height": 900})
    opened.locator("select").first.select_option("tour")
    opened.locator(".spd input").fill("6")
    opened.locator("h2").first.click()
    expect(opened.locator(".cnt b")).to_have_text("#0")
    opened.keyboard.press("r")
    expect(opened.locator(".tag.state")).to_contain_text("passed")
    tool(opened, "Fit").click()
    expect(tool(opened, "Fit")).to_have_attribute("aria-pressed", "true")
    return opened


def ribbon(page: Page) -> Locator:
    return page.locator("[data-kind=ribbon]")


def tool(page: Page, text: str) -> Locator:
    return ribbon(page).locator(".mini", has_text=re.compile(f"^{re.escape(text)}$"))


def position(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".cnt b").inner_text()))


def number_in(locator: Locator) -> int:
    found = re.search(r"#([\d,]+)", locator.get_attribute("aria-label") or "")
    assert found is not None
    return int(found[1].replace(",", ""))


def test_a_click_on_a_trap_travels_there(ended: Page) -> None:
    tool(ended, "All").click()
    expect(tool(ended, "All")).to_have_attribute("aria-pressed", "true")
    fault = ribbon(ended).locator(".rb-cause", has_text="15")
    wanted = number_in(fault)
    fault.click()
    expect(ended.locator(".cnt b")).to_have_text(f"#{wanted:,}")
    expect(ribbon(ended).locator(".rb-cause.sel")).to_have_text(re.compile("^15"))
    expect(ribbon(ended).locator(".rb-head b")).to_have_text(f"#{wanted:,}")


def test_what_lies_ahead_is_outlined(ended: Page) -> None:
    tool(ended, "All").click()
    expect(ribbon(ended).locator(".seg.fut")).to_have_count(0)
    ended.locator(".tb").click(position={"x": 5, "y": 10})
    expect(ribbon(ended).locator(".seg.fut")).not_to_have_count(0)


def test_dragging_along_the_bar_scrubs(ended: Page) -> None:
    box = ended.locator(".tb").bounding_box()
    assert box is not None
    ended.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 8)
    ended.mouse.down()
    seen = set()
    for part in (0.7, 0.5, 0.3, 0.25):
        ended.mouse.move(box["x"] + box["width"] * part, box["y"] + 8)
        ended.wait_for_timeout(120)
        seen.add(position(ended))
    ended.mouse.up()
    slider = ended.locator(".tb")
    recorded = int(slider.get_attribute("aria-valuemax") or 0)
    expect(ended.locator(".cnt b")).to_have_text(f"#{round(recorded * 0.25):,}")
    assert len(seen) >= 3
    expect(slider).to_have_attribute("aria-valuenow", str(position(ended)))


def test_keys_scrub_and_go_from_band_to_band(ended: Page) -> None:
    end = position(ended)
    ended.keyboard.press(",")
    expect(ended.locator(".cnt b")).not_to_have_text(f"#{end:,}")
    ended.keyboard.press("0")
    focused = ended.locator("[data-kind=ribbon] .rb-items button:focus")
    expect(focused).to_have_count(1)
    ended.keyboard.press("ArrowLeft")
    ended.keyboard.press("ArrowLeft")
    wanted = number_in(focused)
    ended.keyboard.press("Enter")
    expect(ended.locator(".cnt b")).to_have_text(f"#{wanted:,}")
    expect(focused).to_have_count(1)
    lane = focused.get_attribute("class")
    ended.keyboard.press("ArrowUp")
    if focused.get_attribute("class") == lane:
        ended.keyboard.press("ArrowDown")
    assert focused.get_attribute("class") != lane


def test_arrows_at_the_edge_move_the_window(ended: Page) -> None:
    for _ in range(3):
        tool(ended, "+").click()
    expect(tool(ended, "Fit")).to_have_attribute("aria-pressed", "false")
    ended.wait_for_timeout(500)  # three zooms, each drawn
    ended.keyboard.press("0")
    items = ribbon(ended).locator(".rb-items button")
    first = items.first.get_attribute("aria-label")
    focused = ended.locator("[data-kind=ribbon] .rb-items button:focus")
    for _ in range(MOST_PRESSES):
        ended.keyboard.press("ArrowLeft")
        expect(focused).to_have_count(1)
        if items.first.get_attribute("aria-label") != first:
            break
    expect(items.first).not_to_have_attribute("aria-label", first or "")
    expect(focused).to_have_count(1)


def test_zoomed_out_over_a_long_run_there_are_buckets(ended: Page) -> None:
    ended.locator("select").first.select_option("nano")
    expect(ended.locator(".cnt b")).to_have_text("#0")
    ended.keyboard.press("r")
    expect(ended.locator("[data-kind=console] .out")).to_contain_text("$ ")
    expect(ribbon(ended).locator(".rb-shares i")).not_to_have_count(0)
    ended.keyboard.press("r")
    expect(ended.locator(".tag.state")).to_contain_text("Paused")
    expect(ribbon(ended).locator(".seg")).not_to_have_count(0)
    for _ in range(30):
        if ribbon(ended).locator(".rb-col").count():
            break
        tool(ended, "−").click()
        ended.wait_for_timeout(60)
    column = ribbon(ended).locator(".rb-col").nth(40)
    label = column.get_attribute("aria-label") or ""
    assert re.search(r"Kernel [\d.]+ %", label)
    wanted = number_in(column)
    column.focus()
    ended.keyboard.press("Enter")
    expect(ended.locator(".cnt b")).to_have_text(f"#{wanted:,}")


def test_the_twin_is_a_table_of_bands(ended: Page) -> None:
    ended.keyboard.press("0")
    ended.keyboard.press("x")
    expect(ribbon(ended).locator("table.twin thead")).to_contain_text("Believed mode")
    expect(ribbon(ended).locator("table.twin tbody tr")).not_to_have_count(0)
    ended.keyboard.press("x")
    expect(ribbon(ended).locator(".rb")).to_be_visible()


def test_upright_on_a_phone_time_goes_down(ended: Page) -> None:
    ended.set_viewport_size({"width": 390, "height": 844})
    ended.locator("[data-for=tab][data-value=ribbon]").click()
    tool(ended, "All").click()
    boxes: list[FloatRect] = []
    for _ in range(MOST_PRESSES):  # until the whole run is drawn
        segments = ribbon(ended).locator(".seg").all()
        boxes = [box for one in segments if (box := one.bounding_box())]
        if len({round(box["x"]) for box in boxes}) == LANES:
            break
        ended.wait_for_timeout(100)
    assert len(boxes) > 3
    assert all(one["y"] <= other["y"] + 4 for one, other in pairwise(boxes))
    assert len({round(box["x"]) for box in boxes}) == LANES
    assert ended.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_monitor_is_drawn_as_modelled_and_says_so(ended: Page) -> None:
    ended.evaluate("location.hash = '#u=1&g=nano&t=trap_emulate&n=15000'")
    expect(ended.locator(".cnt b")).to_have_text("#15,000")
    expect(ribbon(ended).locator(".rb-name", has_text="VMM")).to_have_count(1)
    expect(ribbon(ended).locator(".rb-name", has_text="Guest kernel")).to_contain_text(
        "thinks S, is U"
    )
    band = ribbon(ended).locator(".seg.model").first
    expect(band).to_have_attribute("aria-label", re.compile("VMM in S, .*, 0 instructions"))
    expect(ribbon(ended).locator(".rb-model")).to_contain_text("≈")
