"""A guest in the workbench: both stages as a grid, who runs, and what VS believes beside what is
real. The guest is `two_stages.S`, assembled here and dropped on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.test_workbench import at, button, drop, picture
from vmlab.derive.asm import assemble
from vmlab.derive.objfile import to_elf

SOURCE = Path(__file__).parent / "two_stages.S"


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Site) -> Iterator[Page]:
    """One page for all tests, on a hart with the hypervisor extension."""
    with watched_page(browser, Watch()) as page:
        open_ready(page, site.url + "#u=1&isa=rv64gch")
        drop(page, "two_stages.elf", to_elf(assemble(SOURCE.read_text(), SOURCE.name)))
        expect(page.locator("select option:checked").first).to_have_text("two_stages.elf")
        yield page


@pytest.fixture
def faulted(opened: Page) -> Page:
    """HS has just taken the guest-page fault."""
    reset(opened)
    run_to_trap(opened)
    return opened


def reset(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("h2").first.click()
    reset = button(page, "reset")
    if reset.get_attribute("aria-disabled") != "true":
        reset.click()
        reset.click()
    at(page, 0)


def run_to_trap(page: Page) -> None:
    page.keyboard.press("t")
    expect(picture(page, "traps").locator("tbody tr").last).to_contain_text("guest page fault")


def cells(page: Page) -> Locator:
    return picture(page, "walk").locator(".grid2 td:not([data-kind=none])")


def pair(page: Page, name: str) -> Locator:
    return picture(page, "csrs").locator(f".prs tr[data-csr={name}]")


def test_before_there_is_a_guest_nothing_is_said_of_one(opened: Page) -> None:
    reset(opened)
    expect(picture(opened, "csrs").locator(".gst")).to_be_hidden()
    expect(picture(opened, "csrs").locator("tr[data-csr=sstatus]:visible")).to_have_count(1)


def test_a_load_of_vs_is_a_grid_of_15_numbered_reads(faulted: Page) -> None:
    faulted.keyboard.press("b")
    expect(picture(faulted, "now")).to_contain_text("VS")
    expect(picture(faulted, "now")).to_contain_text("Guest's kernel")
    expect(picture(faulted, "walk").locator(".chain")).to_be_hidden()
    expect(cells(faulted)).to_have_count(15)
    numbers = [re.sub(r"\D", "", text) for text in cells(faulted).locator(".no").all_inner_texts()]
    assert numbers == [str(n) for n in range(1, 16)]
    # Three leaves of the G-stage lead to entries; the VS-stage's leaf, and the access itself.
    expect(picture(faulted, "walk").locator(".grid2 [data-kind=leaf]")).to_have_count(5)
    expect(picture(faulted, "walk").locator(".verdict")).to_have_text("load allowed")


def test_a_fault_of_the_g_stage_names_its_stage(faulted: Page) -> None:
    walk = picture(faulted, "walk")
    expect(walk.locator(".fin")).to_contain_text("load guest page fault, cause 21")
    expect(walk.locator(".fin")).to_contain_text("G-stage: Step 3")
    expect(walk.locator(".grid2 [data-kind=fault]")).to_have_count(1)
    expect(walk.locator(".grid2 [data-kind=fault] .no")).to_contain_text("15")
    expect(picture(faulted, "now").locator(".mode b")).to_have_text("S")


def test_what_vs_believes_stands_beside_what_is_real(faulted: Page) -> None:
    csrs = picture(faulted, "csrs")
    expect(csrs.locator("tr[data-csr=V]")).to_contain_text("S's names reach HS's CSRs")
    expect(csrs.locator("tr[data-csr=V] .f b")).to_have_text("0")
    expect(csrs.locator("tr[data-csr=hgatp]")).to_contain_text("Sv39x4, vmid 5")
    believed, real = pair(faulted, "scause").locator("td").all()
    expect(believed).to_contain_text("no trap yet")
    expect(real).to_contain_text("21 load guest page fault")
    expect(pair(faulted, "satp").locator("[data-held=vsatp]")).to_contain_text("Sv39, asid 0")
    expect(pair(faulted, "satp").locator("[data-held=satp]")).to_contain_text("Bare")
    expect(pair(faulted, "sscratch").locator("td .hx").first).to_contain_text("1234")
    expect(pair(faulted, "sscratch").locator(".ne")).to_be_visible()
    expect(csrs.locator("tr[data-csr=sstatus]:visible")).to_have_count(1)


def test_v_follows_the_steps(faulted: Page) -> None:
    v = picture(faulted, "csrs").locator("tr[data-csr=V]")
    heads = picture(faulted, "csrs").locator(".prs thead th")
    expect(heads.nth(2)).to_contain_text("reached now")
    faulted.keyboard.press("b")
    expect(v.locator(".f b")).to_have_text("1")
    expect(v).to_contain_text("S's names reach VS's CSRs")
    expect(heads.nth(1)).to_contain_text("reached now")
    faulted.keyboard.press("s")
    expect(v.locator(".chg .f b")).to_have_text("0")


def test_the_text_twins_say_the_same(faulted: Page) -> None:
    faulted.keyboard.press("3")
    faulted.keyboard.press("x")
    twin = picture(faulted, "csrs").locator("table.twin")
    expect(twin).to_contain_text("VS believes this is scause")
    faulted.keyboard.press("x")
    faulted.keyboard.press("5")
    faulted.keyboard.press("x")
    twin = picture(faulted, "walk").locator("table.twin")
    expect(twin.locator("tbody tr")).to_have_count(15)
    faulted.keyboard.press("x")
    expect(picture(faulted, "walk").locator(".twinbox")).to_be_hidden()


def test_nothing_of_a_guest_is_cut_off_sideways(faulted: Page) -> None:
    for width, height in ((1440, 900), (1024, 768), (390, 844)):
        faulted.set_viewport_size({"width": width, "height": height})
        assert faulted.evaluate("document.documentElement.scrollWidth") <= width
    for tab, kind in (("state", "csrs"), ("walk", "walk")):
        faulted.locator(f"[data-for=tab][data-value={tab}]").click()
        body = picture(faulted, kind).locator(".body").first
        assert body.evaluate("(node) => node.scrollWidth - node.clientWidth") <= 0
    faulted.set_viewport_size({"width": 1440, "height": 900})
