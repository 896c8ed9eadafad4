"""The panel Translation in a real browser: a loop runs on t2, and is taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.ui.latin import english_in

pytestmark = pytest.mark.xdist_group("browser")

LOOP = "g=nano&t=bare&ram=8M&a=sieve+1000000&v=translation"
COUNTERS = ("units_translated", "units_executed", "chain_hits", "invalidated", "code_bytes")

WORDS = """(panel) => {
  const copy = document.body.appendChild(panel.cloneNode(true));
  const names = ".go, code, .box9 small:not(.n9), .lg9 td:nth-child(2)";
  for (const one of copy.querySelectorAll(names)) one.remove();
  const said = copy.innerText;
  copy.remove();
  return said;
}"""
"""What the panel says besides code and the names of symbols, which are the guest's."""


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Site) -> Iterator[Page]:
    with watched_page(browser, Watch(), viewport={"width": 1440, "height": 1000}) as page:
        yield open_ready(page, f"{site.url}#{LOOP}&e=t1")


def panel(page: Page) -> Locator:
    return page.locator("[data-kind=translation]")


def counter(page: Page, name: str) -> int:
    shown = panel(page).locator(f".ct9 div:has(dt[title={name}]) dd")
    return int(re.sub(r"\D", "", shown.inner_text()))


def ran_to_its_end(page: Page) -> int:
    """Run, and where it ended."""
    page.locator("h2").first.click()
    page.keyboard.press("r")
    expect(page.locator(".tag.state")).to_contain_text("passed")
    return int(re.sub(r"\D", "", page.locator(".cnt b").inner_text()))


def use(page: Page, engine: str) -> None:
    page.locator("[data-kind=machine] button").first.click()
    page.locator("[data-choice=engine]").select_option(engine)
    page.locator(".mc .pri").click()
    expect(page.locator(".cnt b")).to_have_text("#0")


def test_an_engine_that_translates_nothing_says_how_to_get_there(opened: Page) -> None:
    expect(panel(opened).locator(".empty")).to_contain_text("Choose t2 or auto")
    expect(panel(opened).locator(".all9")).to_be_hidden()
    interpreted = ran_to_its_end(opened)
    use(opened, "t2")
    expect(panel(opened).locator(".empty")).to_contain_text("Nothing is hot yet")
    assert ran_to_its_end(opened) == interpreted


def test_the_loop_is_listed_with_its_runs_and_all_counts_are_there(opened: Page) -> None:
    """The last test left it at its end, on t2."""
    pages = panel(opened).locator(".pg9 tbody tr")
    expect(pages.filter(has_text="main_sieve")).to_have_count(1)
    counts = {name: counter(opened, name) for name in COUNTERS}
    assert counts["units_translated"] > 0 and counts["code_bytes"] > 0
    assert counts["chain_hits"] <= counts["units_executed"]
    expect(panel(opened).locator(".lg9 tbody tr")).not_to_have_count(0)
    expect(panel(opened).locator(".tag.meas")).to_be_visible()


def test_a_block_shows_its_code_beside_the_webassembly(opened: Page) -> None:
    panel(opened).locator(".pg9 .go", has_text="main_sieve").click()
    blocks = panel(opened).locator(".bk9 li")
    expect(blocks.first).to_contain_text("main_sieve")  # no longer those of the page before
    back = blocks.filter(has=opened.locator("[data-edge=back]")).first
    expect(back).to_be_visible()
    back.locator(".go").click()
    expect(back.locator(".go")).to_have_attribute("aria-pressed", "true")
    expect(panel(opened).locator(".ar9 path[data-edge=back]")).not_to_have_count(0)
    lines = panel(opened).locator(".cd9 tbody tr")
    count = int(re.sub(r"\D", "", back.locator(".n9").inner_text()))
    expect(lines).to_have_count(count)
    expect(lines.last.locator(".wa9 code").last).to_contain_text("(")
    follow = panel(opened).locator(".mini", has_text="Follow pc")
    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "true")


def test_arrows_go_from_block_to_block_on_the_keyboard(opened: Page) -> None:
    panel(opened).locator(".pg9 .go", has_text="main_sieve").click()
    first = panel(opened).locator(".bk9 .go").first
    expect(first).to_be_visible()
    first.focus()
    opened.keyboard.press("ArrowDown")
    second = panel(opened).locator(".bk9 .go").nth(1)
    expect(second).to_be_focused()
    opened.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")


def test_an_arrow_ends_at_the_block_that_it_points_to(opened: Page) -> None:
    """Arrows are drawn for rows of one height: a row that grows would be missed."""
    boxes = (
        panel(opened).locator(".bk9 li").evaluate_all("(all) => all.map((one) => one.offsetHeight)")
    )
    assert len(set(boxes)) == 1
    tall = panel(opened).locator(".ar9").evaluate("(one) => one.getBoundingClientRect().height")
    assert tall == sum(boxes)


def test_the_hart_is_marked_where_it_stands(opened: Page) -> None:
    """In the middle of the run it is in the loop: what was translated stays known on the way back
    there, although the pages are set from outside."""
    opened.locator("[data-kind=ribbon] .tb").click()
    expect(opened.locator(".tag.state")).to_contain_text("Paused")
    marked = panel(opened).locator(".pg9 tr[aria-current]")
    expect(marked).to_contain_text("main_sieve")
    expect(marked.locator(".now9")).to_have_text("\u25b6")


def test_twin_chinese_and_axe(opened: Page) -> None:
    panel(opened).locator(".mini", has_text="Text twin").click()
    twin = panel(opened).locator(".twinbox")
    for name in (*COUNTERS, "main_sieve"):
        expect(twin).to_contain_text(name)
    panel(opened).locator(".mini", has_text="Text twin").click()
    assert violations(opened) == []
    opened.evaluate("document.documentElement.lang = 'zh-Hans'")
    expect(panel(opened).locator("h2")).to_have_text("翻译")
    assert english_in(panel(opened).evaluate(WORDS)) == []
    opened.evaluate("document.documentElement.lang = 'en'")
