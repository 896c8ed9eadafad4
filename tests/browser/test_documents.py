"""Documents, gallery and the page about the site in a real browser."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, Watch, watched_page
from tests.unit.site.test_museum_pages import Reader
from vmlab.cli.sitebuilder.pages import licences

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    with watched_page(browser, watch) as made:
        yield made


def test_every_link_of_every_page_leads_to_something(site: Site) -> None:
    """Also that everything that is served has an owner whose licence the site shows."""
    pages = {piece.path: Reader(piece.read().decode())
             for piece in site.pieces if piece.path.endswith(".html")}  # fmt: skip
    files = {piece.path for piece in site.pieces}
    for path, read in pages.items():
        for link in read.links:
            place, _, anchor = link.partition("#")
            place = place.partition("?")[0]
            if link.startswith(("https://", "data:")):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), place or "."))
            target = path if not place else target
            found = target if target in files else posixpath.join(target, "index.html")
            found = posixpath.normpath(found)
            assert found in files, (path, link)
            is_anchor = anchor and "=" not in anchor and not found.startswith(("lab/", "zh/lab/"))
            assert not is_anchor or anchor in pages[found].ids, (path, link)
    unknown = {path.partition("/")[0] for path in files} - set(licences.PARTS)
    assert not unknown, "whose is it? say it in vmlab/cli/sitebuilder/pages/licences.py"


def test_the_search_finds_a_section_and_leads_there(site: Site, page: Page) -> None:
    page.goto(f"{site.url}docs/")
    page.get_by_label("Search the documents").fill("illegal_tval word")
    hit = page.locator("[data-hits] a").first
    expect(page.locator("[data-said]")).to_contain_text("found")
    expect(page.locator("[data-hits] mark").first).to_be_visible()
    hit.click()
    expect(page.locator("h1")).to_have_text("The machine")
    page.goto(f"{site.url}zh/docs/?q=%E5%BD%B1%E5%AD%90%E9%A1%B5%E8%A1%A8")
    expect(page.locator("[data-hits] a").first).to_be_visible()
    page.locator("input[type=search]").fill("<img src=x onerror=alert(1)>")
    expect(page.locator("[data-said]")).to_contain_text("没有找到")
    assert page.locator("[data-hits] img").count() == 0


def test_a_document_reads_from_one_to_the_next_in_each_language(site: Site, page: Page) -> None:
    page.goto(f"{site.url}docs/paravirt.html")
    page.get_by_role("link", name="Page-table operations", exact=True).click()
    expect(page.locator("h3:target")).to_have_text("Page-table operations #")
    page.locator(".near .next").click()
    expect(page.locator("h1")).to_have_text("Hardware assistance in two stages")
    page.locator(".lang a[hreflang=zh-CN]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("h1")).to_have_text("两级硬件辅助")
    assert page.evaluate("document.documentElement.dataset.theme") in ("light", "dark")


def test_a_widget_alone_is_live_and_its_panel_leads_to_its_section(site: Site, page: Page) -> None:
    """The gallery's live page in Chinese: it moves, and its link goes to the Chinese section."""
    page.goto(f"{site.url}zh/gallery/csrs.html")
    page.get_by_role("link", name="实时体验").click()
    page.wait_for_selector("#app:not([aria-busy])", state="attached")
    panel = page.locator(".p-csrs")
    expect(panel.locator("h2")).to_have_text("控制与状态寄存器")
    before = page.locator(".vm").get_attribute("data-drawn")
    page.locator(".w-transport button").nth(2).click()
    expect(page.locator(".vm")).not_to_have_attribute("data-drawn", before or "")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    with page.context.expect_page() as opened:
        panel.get_by_role("link").click()
    section = opened.value
    section.wait_for_load_state()
    assert section.url == f"{site.url}zh/docs/workbench.html#control-and-status-registers"
    expect(section.locator("h2:target")).to_contain_text("控制与状态寄存器")
