"""The compare board in a real browser: one page for what it shows, one for a phone in Chinese."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import axe
from tests.browser.conftest import START_MS, Site, Watch, watched_page
from tests.browser.test_language import OVERFLOW, TEXTS
from tests.ui.latin import english_in
from vmlab.cli.sitebuilder import environment
from vmlab.vmm.compare.measure import cost
from vmlab.vmm.techniques import TECHNIQUES, find

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CHOSEN = ("bare", "trap_emulate", "hwassist", "paravirt")
LINK = f"#u=1&g=nano&p=pte&t={','.join(CHOSEN)}"
NAMES = {word for name in (*TECHNIQUES, "vmlab laws seed programs mmio") for word in
         re.split(r"[_ ]", name)}  # fmt: skip


@contextmanager
def opened(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A watched page, once the board is drawn."""
    with watched_page(browser, Watch(), **options) as page:
        page.goto(url)
        page.wait_for_selector("#app:not([aria-busy]), #trouble:not([hidden])", state="attached")
        assert not page.locator("#trouble").is_visible(), page.locator("#trouble").text_content()
        page.locator("[data-lane=bare]").wait_for()
        yield page


@pytest.fixture(scope="module")
def board(browser: Browser, site: Site) -> Iterator[Page]:
    """Four lanes at the common point."""
    with opened(browser, f"{site.url}compare/{LINK}") as page:
        expect(page.locator(".cb-said")).to_contain_text("at power-on")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator(".cb-said")).to_contain_text("every lane stands where")
        yield page


def count(page: Page, name: str) -> list[str]:
    return page.locator(f"tr[data-count='{name}'] td b").all_text_contents()


def test_the_counters_are_those_of_the_command(board: Page) -> None:
    found = [cost(find(name), "pte") for name in CHOSEN]
    assert count(board, "exits_total") == [f"{one.exits:g}" for one in found]
    assert count(board, "insns") == [f"{one.insns:g}" for one in found]
    assert all(text.startswith("≈") for text in count(board, "cycles.p4-2006"))


def test_measured_and_modelled_are_drawn_apart(board: Page) -> None:
    solid = board.locator("tr[data-count=insns] .cb-bar").first
    hatched = board.locator("tr[data-count='cycles.unit'] .cb-bar").first
    fill = "(node) => getComputedStyle(node).fill"
    assert "url(" in hatched.evaluate(fill) and "url(" not in solid.evaluate(fill)
    expect(board.locator("tr[data-count=insns] .tag.meas")).to_have_text("measured")
    expect(board.locator("tr[data-count='cycles.unit'] .tag.model")).to_have_text("modelled")


def test_equal_states_are_shown_with_their_hashes(board: Page) -> None:
    verdicts = board.locator("[data-row=state]")
    assert verdicts.all_text_contents() == ["Reference", "Equal", "Equal", "Equal"]
    verdicts.nth(1).click()
    hashes = board.locator(".cb-evidence dd[translate=no]").all_text_contents()
    assert len(hashes) == 2 and hashes[0] == hashes[1] and len(hashes[0]) == 64
    board.keyboard.press("Escape")
    expect(board.locator(".cb-evidence")).to_be_hidden()
    expect(verdicts.nth(1)).to_be_focused()


def test_a_law_is_judged_here_and_opens_its_evidence(board: Page) -> None:
    board.locator("[data-law='0'] td").nth(0).get_by_role("button", name="Judge").click()
    verdict = board.locator("[data-law='0'] [data-column='0'].cb-verdict")
    expect(verdict).to_have_text("It holds")
    verdict.click()
    expect(board.locator(".cb-evidence")).to_contain_text("vmlab laws --technique bare --seed 1")
    verdict.click()
    expect(board.locator(".cb-evidence")).to_be_hidden()


def test_a_lane_leads_to_the_workbench_at_its_place(board: Page) -> None:
    link = board.locator("[data-lane=trap_emulate] a")
    position = board.locator("[data-lane=trap_emulate] .cb-standing .mono").text_content() or ""
    target = link.evaluate("(node) => node.href")
    assert "/lab/#u=1&g=nano&ram=8M&t=trap_emulate&a=bench+pte+64" in target
    assert target.endswith(f"&n={position.strip('#').replace(',', '')}")


def test_the_twins_say_what_the_pictures_show(board: Page) -> None:
    for name in ("lanes", "papers", "shapes"):
        panel = board.locator(f".p-{name}")
        panel.get_by_role("button", name="Text twin").click()
        expect(panel.locator("table.twin tbody tr").nth(8)).to_be_visible()
    exits = board.locator(".p-lanes table.twin tr", has_text="Exits").first
    cells = exits.locator("td").all_text_contents()
    assert cells[1] == "measured" and cells[2:] == [
        f"{cost(find(name), 'pte').exits:g}" for name in CHOSEN
    ]
    assert axe.violations(board) == []
    for name in ("lanes", "papers", "shapes"):
        board.locator(f".p-{name}").get_by_role("button", name="Text twin").click()


def test_nothing_is_wrong_by_axe_in_either_theme(board: Page) -> None:
    for _ in range(2):
        board.locator("#theme").click()
        assert axe.violations(board) == []


def test_another_comparison_is_in_the_address(board: Page) -> None:
    board.locator(".cb-chip", has_text="Hardware assistance").click()
    expect(board.locator("[data-lane=hwassist]")).to_have_count(0)
    board.wait_for_url("**/compare/#u=1&g=nano&p=pte&t=bare,trap_emulate,paravirt")
    board.locator(".cb-pick select").nth(1).select_option("insns")
    board.wait_for_url("**/compare/#u=1&g=nano&n=10000&t=bare,trap_emulate,paravirt")
    board.get_by_role("button", name="Run", exact=True).click()
    expect(board.locator("[data-lane=paravirt]")).to_contain_text("not applicable")
    expect(board.locator(".cb-said")).to_contain_text("every lane stands where")


def test_a_killed_worker_is_replaced_with_the_comparison_of_the_address(board: Page) -> None:
    board.workers[-1].evaluate("self.close()")
    said = "The machine stopped. Restarted from the page's address."
    expect(board.locator("#trouble")).to_contain_text(said, timeout=START_MS)
    expect(board.locator(".cb-said")).to_contain_text("at power-on")
    expect(board.locator("[data-lane]")).to_have_count(3)
    expect(board.locator("[data-lane=hwassist]")).to_have_count(0)
    board.get_by_role("button", name="Run", exact=True).click()
    expect(board.locator(".cb-said")).to_contain_text("every lane stands where")
    board.locator("#trouble-close").click()


def test_a_phone_in_chinese_and_a_hostile_link(browser: Browser, site: Site) -> None:
    url = f"{site.url}zh/compare/#g=<img src=x onerror=alert(1)>"
    phone = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"}
    with opened(browser, url, **phone) as page:
        expect(page.locator(".msg span")).to_contain_text("<img src=x")
        assert page.locator("img").count() == 0
        assert axe.violations(page) == []
        assert page.evaluate(OVERFLOW) == []
        page.locator(".msg .btn").click()
        expect(page.locator(".msg")).to_be_hidden()
        texts = "\n".join(page.evaluate(TEXTS))
        assert english_in(texts, NAMES) == []
        page.locator("#language").click()
        expect(page.locator(".cb-h1")).to_have_text("Same guest, several machines")
        page.wait_for_url("**/zh/compare/**")


def test_only_the_compare_page_pays_for_its_archive(site: Site) -> None:
    def plan(page: str) -> list[str]:
        text = (site.folder / page).read_text("utf-8").partition('id="plan">')[2]
        made = json.loads(text.partition("</script>")[0])
        return [file["url"] for step in made["steps"] for file in step["files"]]

    lab, compare = plan("lab/index.html"), plan("compare/index.html")
    assert [url for url in compare if url not in lab] == [
        url for url in compare if url.startswith("archives/more-")
    ]
    assert len(set(compare) - set(lab)) == 1 and set(lab) < set(compare)
    assert environment.VMLAB_MORE.search("vmlab/vmm/laws/judge.py")
