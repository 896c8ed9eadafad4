"""The machine in a real browser: its choice, its devices, its memory, its page; firmware boots."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import vmlab
from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.test_workbench import at, drop, picture, position
from vmlab.cli.sitebuilder import firmware

BOOT_MS = 300_000
# What a style of another picture has moved out of this one; what is scrolled stays in its body.
OUTSIDE = """(panel) => [...panel.querySelectorAll(".body *")]
  .filter((node) => ["absolute", "fixed"].includes(getComputedStyle(node).position))
  .filter((node) => node.offsetParent && !node.offsetParent.closest(".panel"))
  .map((node) => node.className)"""


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Site) -> Iterator[Page]:
    """One page for these tests."""
    with watched_page(browser, Watch()) as page:
        yield open_ready(page, site.url)


@pytest.fixture
def tour(opened: Page) -> Page:
    """The page with the tour at its beginning."""
    opened.keyboard.press("Escape")
    opened.locator("select").first.select_option("tour")
    opened.locator("h2").first.click()
    at(opened, 0)
    return opened


def test_devices_memory_and_map_by_key_and_with_twins(tour: Page) -> None:
    tour.keyboard.press("t")
    expect(picture(tour, "traps").locator("tbody tr")).not_to_have_count(0)
    for key, kind, words in (("7", "devices", "plic"), ("8", "memory", ""), ("9", "map", "uart")):
        tour.keyboard.press(key)
        expect(picture(tour, kind)).to_be_visible()
        expect(picture(tour, kind).locator(".body").first).to_contain_text(words)
        assert picture(tour, kind).evaluate(OUTSIDE) == []
        tour.keyboard.press("x")
        expect(picture(tour, kind).locator("table.twin tbody tr")).not_to_have_count(0)
        tour.keyboard.press("x")
        expect(picture(tour, kind).locator(".twinbox")).to_be_hidden()


def test_a_timer_moves_in_the_devices_picture(tour: Page) -> None:
    tour.keyboard.press("7")
    clint = picture(tour, "devices").locator("[data-device=clint]")
    expect(clint).to_contain_text("mtime")
    tour.keyboard.press("s")
    at(tour, 1)
    expect(clint.locator("dd").nth(1)).to_have_text("1")


def test_a_store_marks_its_bytes_where_sp_points(tour: Page) -> None:
    tour.keyboard.press("t")
    at(tour, 452)
    tour.keyboard.press("8")
    memory = picture(tour, "memory")
    memory.get_by_label("Follow a register").select_option("sp")
    tour.locator("h2").first.click()
    tour.keyboard.press("s")
    at(tour, 453)
    tour.keyboard.press("s")
    at(tour, 454)
    expect(memory.locator("tr.here")).to_have_count(1)
    tour.keyboard.press("s")
    at(tour, 455)
    expect(memory.locator("tr.here .c")).not_to_have_count(0)
    tour.keyboard.press("b")
    at(tour, 454)
    expect(memory.locator("tr.here .c")).to_have_count(0)
    memory.get_by_label("Follow a register").select_option("")


def test_a_watchpoint_is_set_by_key_stops_the_guest_and_is_cleared_by_click(tour: Page) -> None:
    native = vmlab.open("tour")
    native.watch(0x8000_0000, 64 << 20, "write")
    stop = native.run()
    assert stop.hit is not None
    address = stop.hit.address & -8
    tour.keyboard.press("8")
    memory = picture(tour, "memory")
    memory.locator(".adr").fill(f"{address:x}")
    tour.keyboard.press("Enter")
    memory.get_by_role("button", name="Watch", exact=True).focus()
    tour.keyboard.press("Enter")
    first = (address & 15) + 1
    expect(memory.locator("tr.here .by span.w")).to_have_count(8)
    expect(memory.locator(f"tr.here .by span.w:nth-child({first})")).to_have_count(1)
    expect(memory.locator(".watches li")).to_contain_text("8 bytes, written")
    tour.locator("h2").first.click()
    tour.keyboard.press("r")
    expect(picture(tour, "status")).to_contain_text("Paused: watchpoint")
    at(tour, stop.retired)
    expect(picture(tour, "status").locator(".engine")).to_have_text(re.compile("^T[01]$"))
    memory.locator(f"tr.here .by span:nth-child({first})").click()
    expect(memory.locator("tr.here .by span.w")).to_have_count(0)
    expect(memory.locator(".watches li")).to_have_count(0)


def test_the_engine_is_changed_in_the_dialog_and_stands_in_the_address(tour: Page) -> None:
    tour.keyboard.press("s")
    at(tour, 1)
    picture(tour, "machine").get_by_role("button").first.click()
    dialog = tour.locator("[role=dialog]", has_text="Extensions")
    choice = dialog.locator("select[data-choice=engine]")
    choice.select_option("t0")
    expect(picture(tour, "status").locator(".engine")).to_have_text("T0")
    expect(tour).to_have_url(re.compile("[#&]e=t0"))
    at(tour, 1)  # the guest goes on where it was
    choice.select_option("auto")
    expect(tour).not_to_have_url(re.compile("e=t0"))
    tour.keyboard.press("Escape")


def test_a_region_of_the_map_shows_its_memory(tour: Page) -> None:
    tour.keyboard.press("9")
    picture(tour, "map").locator("[data-region=device_tree] .go").click()
    expect(picture(tour, "memory")).to_be_visible()
    expect(picture(tour, "memory").locator(".as").first).to_contain_text("....")
    expect(picture(tour, "memory").locator(".by").first).to_contain_text("d00dfeed")


def test_an_address_that_is_none_is_refused(tour: Page) -> None:
    tour.keyboard.press("8")
    picture(tour, "memory").locator(".adr").fill("nowhere")
    picture(tour, "memory").locator(".adr").press("Enter")
    expect(tour.locator(".msg").first).to_contain_text("hexadecimal")
    tour.locator(".msg button").first.click()


def test_the_machine_is_chosen_and_the_address_says_so(tour: Page) -> None:
    page = tour
    page.evaluate("location.hash = '#u=1&g=tour&isa=rv64imac_zicntr_zifencei&sv=sv48'")
    expect(page.locator("[data-extension=zbb]")).not_to_be_checked()
    page.get_by_role("button", name="Machine").click()
    assert not page.locator("[data-extension=zbb]").is_checked()
    assert page.locator("[data-choice=translation]").input_value() == "sv48"
    page.locator("[data-extension=zbb]").check()
    expect(page.locator("output.isa")).to_contain_text("zbb")
    page.locator("[data-choice=translation]").select_option("bare")
    page.get_by_role("button", name="Open the guest again").click()
    page.wait_for_url("**isa=rv64imac_*zbb*sv=bare*")
    expect(page.locator(".msg").first).to_be_hidden()
    page.evaluate("location.hash = '#u=1&g=tour'")
    expect(page.locator("[data-extension=d]")).to_be_checked()


def test_a_guest_that_needs_more_is_refused_and_the_old_one_stays(tour: Page) -> None:
    page = tour
    page.keyboard.press("s")
    at(page, 1)
    page.get_by_role("button", name="Machine").click()
    page.locator("[data-extension=m]").uncheck()
    page.locator("[data-extension=zmmul]").uncheck()
    page.locator("[data-extension=zifencei]").uncheck()
    page.get_by_role("button", name="Open the guest again").click()
    expect(page.locator(".msg").first).to_be_visible()
    at(page, 1)
    page.locator(".msg button").first.click()


def test_a_raw_file_is_asked_about(tour: Page) -> None:
    # nop for ever: j .
    drop(tour, "loop.bin", b"\x6f\0\0\0")
    expect(tour.locator(".ask-file")).to_contain_text("loop.bin")
    tour.locator("[data-role=bios]").click()
    expect(tour.locator("select option:checked").first).to_have_text("loop.bin")
    expect(tour.locator(".ask-file")).to_be_hidden()


def test_the_page_about_the_machine_is_two_clicks_away(opened: Page) -> None:
    """The last one that this page is for: it leaves the workbench."""
    page = opened
    page.get_by_role("link", name="Docs", exact=True).click()
    page.get_by_role("link", name="The machine", exact=True).click()
    expect(page.locator("h1")).to_have_text("The machine")
    page.locator("#theme").click()
    page.locator("[data-theme-choice=dark]").click()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.long
@pytest.mark.skipif(not firmware.files(), reason="no firmware in the cache")
@pytest.mark.parametrize("title", ["U-Boot (M-mode)", "OpenSBI and U-Boot"])
def test_unmodified_firmware_boots_to_its_prompt(page: Page, site: Site, title: str) -> None:
    open_ready(page, site.url)
    page.locator("select").first.select_option(title)
    expect(page.locator("select option:checked").first).to_have_text(title)
    page.keyboard.press("r")
    out = picture(page, "console").locator(".out")
    expect(out).to_contain_text("Hit any key", timeout=BOOT_MS)
    page.keyboard.press("6")
    page.keyboard.type(" ")
    expect(out).to_contain_text("=>", timeout=BOOT_MS)
    page.keyboard.type("version\n")
    expect(out).to_contain_text("=> version", timeout=BOOT_MS)
    expect(position(page)).not_to_have_text("#0")
