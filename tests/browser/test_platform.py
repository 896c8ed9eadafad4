"""The page around the app: it loads, both documents stay the same, it never falls silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, Watch, lab, open_ready, watched_page
from vmlab.cli.sitebuilder.report import LIMIT_BYTES, first_visit_bytes


@pytest.fixture(scope="module")
def demo_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def demo(browser: Browser, demo_site: Site, demo_watch: Watch) -> Iterator[Page]:
    """One page for all tests that leave it as usable as they found it: a start takes seconds."""
    with watched_page(browser, demo_watch) as page:
        yield open_ready(page, demo_site.url + "#u=1&g=tour")


def count_of(page: Page) -> int:
    return int(str(page.locator("#count").text_content()).split()[1])


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_page_paints_before_python_is_there_and_counts_every_byte(
    page: Page, demo_site: Site
) -> None:
    page.goto(lab(demo_site.url), wait_until="commit")
    expect(page.locator("h1")).to_contain_text("stopped at any instruction")
    expect(page.locator("#load-step")).to_contain_text("of 5")
    expect(page.locator("#load-bytes")).to_contain_text("MB")
    page.wait_for_selector("#app:not([aria-busy])")
    expect(page.locator("#loader")).to_be_hidden()
    bar = page.locator("#load-bar")
    assert bar.get_attribute("aria-valuenow") == bar.get_attribute("aria-valuemax")


def test_app_finds_the_fragment_of_its_address(demo: Page) -> None:
    expect(demo.locator("#text")).to_have_text("at #u=1&g=tour")


def test_roots_stand_in_order_under_their_names(demo: Page) -> None:
    names = demo.eval_on_selector_all("#app > .root", "all => all.map((e) => e.dataset.root)")
    drawn = [name for name in names if name not in ("location", "browser_info")]
    assert drawn == ["Text", "Counter", "Buttons", "Loops"]


def test_click_reaches_python_and_comes_back(demo: Page) -> None:
    press(demo, "say")
    expect(demo.locator("#text")).to_have_text("clicked")


def test_component_sends_and_draws_with_its_own_style(demo: Page) -> None:
    before, count = count_of(demo), demo.locator("#count")
    count.click()
    expect(count).to_have_text(f"count {before + 2} null")
    count.click()
    expect(count).to_have_text(f"count {before + 4} null")
    assert count.evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"


def test_tokens_reach_into_components(demo: Page) -> None:
    colour = "e => getComputedStyle(e).backgroundColor"
    before = demo.locator("#count").evaluate(colour)
    demo.locator("#theme").click()
    demo.locator("[data-theme-choice=dark]").click()
    assert demo.locator("#count").evaluate(colour) != before


def test_bytes_go_both_ways_unchanged(demo: Page) -> None:
    demo.evaluate("document.dispatchEvent(new Event('demo-bytes'))")
    expect(demo.locator("#count")).to_have_attribute("data-last", '{"length":3000000,"first":7}')


def test_page_stays_alive_while_python_is_busy(demo: Page) -> None:
    before, count = count_of(demo), demo.locator("#count")
    press(demo, "run")
    expect(demo.locator("#loops")).not_to_have_text("0")
    for more in range(2, 12, 2):
        count.click()
        expect(count).to_have_text(f"count {before + more} null")
    press(demo, "run")


def test_failing_callback_becomes_a_sentence(demo: Page) -> None:
    press(demo, "fail")
    expect(demo.locator("#trouble")).to_contain_text("expected a spoon, found a fork")
    demo.locator("#trouble-close").click()
    before = count_of(demo)
    demo.locator("#count").click()
    expect(demo.locator("#count")).to_have_text(f"count {before + 2} null")


def test_failing_task_becomes_a_sentence(demo: Page) -> None:
    press(demo, "fail later")
    expect(demo.locator("#trouble")).to_contain_text("expected a machine, found a spoon")
    demo.locator("#trouble-close").click()


def test_long_silence_is_said_and_taken_back(demo: Page) -> None:
    press(demo, "hang")
    expect(demo.locator("#trouble")).to_contain_text("does not answer", timeout=15_000)
    expect(demo.locator("#trouble")).to_be_hidden(timeout=15_000)


def test_missing_file_becomes_a_sentence(page: Page, demo_site: Site, watch: Watch) -> None:
    page.route("**/archives/vmlab-*", lambda route: route.fulfill(status=404))
    page.goto(lab(demo_site.url))
    expect(page.locator("#trouble")).to_contain_text("the server answered 404")
    expect(page.locator("#trouble-restart")).to_be_visible()
    assert watch.failures
    watch.failures.clear()


def test_nothing_but_the_site_is_asked(demo: Page, demo_site: Site, demo_watch: Watch) -> None:
    assert demo.evaluate("!!window.Bokeh")
    assert len(demo_watch.requests) > 15
    assert demo_watch.foreign((demo_site.url,)) == []


def test_first_visit_stays_small(site: Site) -> None:
    assert first_visit_bytes(site.pieces, site.folder) < LIMIT_BYTES
