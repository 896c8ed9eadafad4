"""The workbench on T1: firmware boots while one watches, and the page says which engine runs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.lab import without_compiler
from tests.browser.test_workbench import at, picture
from vmlab.cli.sitebuilder import firmware

BOOT_MS = 60_000
FULL_SPEED = "6"
firmware_here = pytest.mark.skipif(not firmware.files(), reason="no firmware in the cache")


@pytest.fixture(scope="module")
def without(browser: Browser, site: Site) -> Iterator[Page]:
    """A workbench in a browser that compiles nothing more."""
    with watched_page(browser, Watch()) as page:
        page.route("**/worker.js", without_compiler)
        yield open_ready(page, site.url)


def at_full_speed(page: Page) -> None:
    page.locator(".spd input").fill(FULL_SPEED)
    page.locator("h2").first.click()


def test_a_step_is_t0s_and_a_run_is_t1s(page: Page, site: Site) -> None:
    open_ready(page, site.url)
    at_full_speed(page)
    page.keyboard.press("s")
    at(page, 1)
    expect(page.locator(".tag.engine")).to_have_text("T0")
    page.keyboard.press("r")
    expect(page.locator(".tag.state")).to_contain_text("Ended: passed")
    expect(page.locator(".tag.engine")).to_have_text("T1")
    expect(page.locator(".msg").first).to_be_hidden()


def test_without_a_compiler_the_page_says_why_it_is_slower(without: Page) -> None:
    page = without
    said = page.locator(".msg").first
    expect(said).to_contain_text("the slower engine t0 runs: this browser compiles no more")
    expect(said).to_contain_text("refused by this test")
    expect(page.locator(".tag.engine")).to_have_attribute("title", re.compile("compiles no more"))
    at_full_speed(page)
    page.keyboard.press("r")
    expect(page.locator(".tag.state")).to_contain_text("Ended: passed")
    expect(page.locator(".tag.engine")).to_have_text("T0")


def test_t1_asked_for_without_a_compiler_is_refused(without: Page) -> None:
    page = without
    page.get_by_role("button", name="Machine").click()
    page.locator("[data-choice=engine]").select_option("t1")
    expect(page.locator(".msg").first).to_contain_text("engine t1 cannot run here")
    expect(page.locator(".tag.engine")).to_have_text("T0")


@firmware_here
@pytest.mark.parametrize("title", ["U-Boot (M-mode)", "OpenSBI and U-Boot"])
def test_firmware_boots_to_its_prompt(page: Page, site: Site, title: str) -> None:
    open_ready(page, site.url)
    out = picture(page, "console").locator(".xterm-rows")
    page.locator("select").first.select_option(title)
    expect(page.locator("select option:checked").first).to_have_text(title)
    at(page, 0)
    at_full_speed(page)
    began = time.perf_counter()
    page.keyboard.press("r")
    # Three seconds of the guest's are less of ours: the line may have scrolled away already.
    expect(out).to_contain_text(re.compile("Hit any key|=>"), timeout=BOOT_MS)
    page.keyboard.press("6")
    page.keyboard.type(" ")
    expect(out).to_contain_text("=>", timeout=BOOT_MS)
    wall = time.perf_counter() - began
    expect(page.locator(".tag.engine")).to_have_text("T2")  # by then there are hot pages
    print(f"{title}: to the prompt in {wall:.2f} s")
