"""The views of virtualization in a real browser: under three techniques, and without one.

One page for all: the machine is rebuilt by its own dialog, which is quicker than starting Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.ui.latin import english_in

pytestmark = pytest.mark.xdist_group("browser")

TABS = ("tables", "tlb", "shadow", "exits", "map")
POSITION = 29_952
"""Under trap and emulate: nano's first process is about to run, and there have been exits."""


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Site) -> Iterator[Page]:
    with watched_page(browser, Watch(), viewport={"width": 1440, "height": 1100}) as page:
        yield open_ready(page, f"{site.url}#g=nano&t=trap_emulate&n={POSITION}")


def picture(page: Page, kind: str) -> Locator:
    return page.locator(f"[data-kind={kind}]")


def tab(page: Page, kind: str) -> Locator:
    """Bring a picture to the front. What it shows may be drawn anew a moment later."""
    page.locator(f"[data-tab={kind}]").click()
    return picture(page, kind)


def at(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".cnt b").inner_text()))


def rebuild(page: Page, technique: str) -> None:
    """The same guest, virtualized otherwise, and run until its shell is there."""
    page.locator("[data-kind=machine] button").first.click()
    page.locator("[data-choice=technique]").select_option(technique)
    page.locator(".mc .pri").click()
    expect(page.locator(".cnt b")).to_have_text("#0")
    # Not in `.out`: the terminal measures each letter that it has ever shown in there. And it shows
    # what it is sent when it comes to it: the prompt may be that of before.
    prompt = picture(page, "console").locator(".xterm-rows", has_text="$")
    expect(prompt).to_have_count(0)
    page.locator("h2").first.click()
    page.keyboard.press("r")
    # The key is a toggle of what is drawn, and what is drawn may still be the session before.
    expect(page.locator(".tag.state")).to_contain_text("Running")
    expect(prompt).to_have_count(1)
    page.keyboard.press("r")
    expect(page.locator(".tag.state")).to_contain_text("Paused")


def travel(go: Locator) -> None:
    """Click on a position and be there. Read and clicked at once: a drawing may come between."""
    wanted = int(go.evaluate("(go) => { go.click(); return go.dataset.position; }"))
    expect(go.page.locator(".cnt b")).to_have_text(f"#{wanted:,}")


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_believed_and_real_stand_side_by_side(opened: Page) -> None:
    """Where the link said: the guest ran there while the page was being drawn."""
    expect(opened.locator(".cnt b")).to_have_text(f"#{POSITION:,}")
    expect(opened.locator(".tag.state")).to_contain_text("Paused")
    csrs = picture(opened, "csrs")
    expect(csrs.locator(".thk")).to_contain_text("Guest kernel thinks S, is U.")
    satp = csrs.locator(".sides tr[data-csr=satp]")
    expect(satp.locator("td").first).to_contain_text("Sv39")
    expect(satp.locator("td").nth(1)).to_contain_text("the monitor's")
    expect(satp.locator(".ne")).to_be_visible()


def test_exits_are_counted_and_a_click_travels_to_one(opened: Page) -> None:
    exits = tab(opened, "exits")
    counts = exits.locator(".ex8 tbody td:nth-child(2) .num")
    expect(counts).not_to_have_count(0)
    total = sum(number(text) for text in counts.all_inner_texts())
    expect(exits.locator("header .sub")).to_contain_text(f"{total} measured")
    expect(exits.locator(".br8.model").first).to_be_visible()
    travel(exits.locator(".two8>table .go").nth(2))
    wanted = at(opened)
    opened.keyboard.press("s")
    expect(exits.locator("tr.cur .go").first).to_have_text(f"{wanted:,}")


def test_one_reason_alone(opened: Page) -> None:
    exits = tab(opened, "exits")
    rows = exits.locator(".two8>table tbody tr")
    exits.locator("[data-reason=HIDDEN_FAULT]").click()
    expect(exits.locator("[data-reason=HIDDEN_FAULT]")).to_have_attribute("aria-pressed", "true")
    assert set(rows.locator("td:nth-child(2)").all_inner_texts()) == {"hidden fault"}
    exits.locator("[data-reason=HIDDEN_FAULT]").click()
    expect(exits.locator("[data-reason=HIDDEN_FAULT]")).to_have_attribute("aria-pressed", "false")


def test_the_shadow_stands_beside_the_guests_table(opened: Page) -> None:
    shadow = tab(opened, "shadow")
    expect(shadow.locator("h2")).to_have_text("Shadow table")
    expect(shadow.locator("[data-state=IN_STEP]")).not_to_have_count(0)
    expect(shadow.locator("[data-state=EMPTY]")).not_to_have_count(0)
    fault = shadow.locator(".two8>table").nth(1).locator("tbody tr").first
    expect(fault).to_contain_text("Hidden: the guest would not have faulted")
    travel(fault.locator(".go"))
    opened.keyboard.press("s")
    expect(shadow.locator("[data-state=FILLED]")).to_have_count(1)


def test_the_tree_opens_by_keys_and_a_leaf_shows_its_walk(opened: Page) -> None:
    tables = tab(opened, "tables")
    expect(tables.locator("tr[data-kind=root]")).to_have_count(2)
    inner = tables.locator("tr.nx .go[aria-expanded=false]").first
    rows = tables.locator("tbody tr").count()
    inner.focus()
    opened.keyboard.press("ArrowRight")
    expect(tables.locator("tbody tr")).not_to_have_count(rows)
    leaf = tables.locator("tr.nx[data-kind=leaf] .go").first
    expect(leaf).to_be_visible()
    leaf.click()
    walk = picture(opened, "walk")
    expect(walk.locator("header .sub")).to_contain_text("not taken")
    expect(walk.locator("[data-kind=leaf]")).to_have_count(1)
    opened.keyboard.press("s")
    expect(walk.locator("header .sub")).not_to_contain_text("not taken")


def test_the_tlb_knows_the_next_fetch(opened: Page) -> None:
    tlb = tab(opened, "tlb")
    alive = tlb.locator("tbody tr")
    expect(alive).not_to_have_count(0)
    few = alive.count()
    tlb.get_by_role("button", name="Dead ones too").click()
    expect(tlb.locator("tr.ret")).not_to_have_count(0)
    assert alive.count() > few
    tlb.get_by_role("button", name="Dead ones too").click()
    expect(tlb.locator("tr.ret")).to_have_count(0)


def test_the_map_is_coloured_by_owner_and_can_be_looked_at_closer(opened: Page) -> None:
    memory = tab(opened, "map")
    cells = memory.locator("[data-at]")
    expect(cells).not_to_have_count(0)
    for kind in ("k", "v"):
        expect(memory.locator(f"[data-at].{kind}")).not_to_have_count(0)
    cells.first.focus()
    expect(memory.locator(".hr8")).to_contain_text("the monitor's own")
    opened.keyboard.press("ArrowRight")
    expect(memory.locator("[data-at='1']")).to_be_focused()
    opened.keyboard.press("Enter")
    expect(memory.get_by_role("button", name="All")).to_be_enabled()
    memory.get_by_role("button", name="All").click()
    expect(memory.get_by_role("button", name="All")).to_be_disabled()


@pytest.mark.parametrize("technique", ["hwassist", "paravirt"])
def test_other_techniques_show_what_they_have_instead(opened: Page, technique: str) -> None:
    rebuild(opened, technique)
    title, state = {
        "hwassist": ("G-stage", "MAPPED"),
        "paravirt": ("The guest's tables, validated", "USED"),
    }[technique]
    shadow = tab(opened, "shadow")
    expect(shadow.locator("h2")).to_have_text(title)
    expect(shadow.locator(f"[data-state={state}]")).not_to_have_count(0)
    tables = tab(opened, "tables")
    expect(tables.locator("tr[data-kind=root]")).to_have_count(2 if technique == "hwassist" else 1)
    expect(tab(opened, "exits").locator(".ex8 tbody tr")).not_to_have_count(0)
    expect(picture(opened, "csrs").locator(".thk")).to_be_visible()


def test_the_trap_log_is_filtered_and_counted(opened: Page) -> None:
    """Under paravirtualization the kernel takes its system calls itself: the log has them."""
    traps = picture(opened, "traps")
    rows = traps.locator("tbody tr")
    expect(rows).not_to_have_count(0)
    everything = rows.count()
    traps.get_by_role("button", name="Filter").click()
    chip = traps.locator(".chip[data-tag='8']")
    assert number(chip.locator("b").inner_text()) > 0
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(rows.locator(".cz", has_text=re.compile("^8$"))).to_have_count(rows.count())
    traps.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(everything)
    traps.get_by_label("Text in the entry").fill("no such thing")
    expect(traps.locator(".empty")).to_contain_text("what the filter asks for")
    traps.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(everything)
    traps.get_by_role("button", name="Filter").click()


def test_no_tab_is_against_the_rules_in_either_language(opened: Page) -> None:
    opened.keyboard.press("Escape")
    for kind in TABS:
        tab(opened, kind)
        assert violations(opened) == [], kind
    opened.locator("html").evaluate("(node) => { node.lang = 'zh-Hans'; }")
    expect(picture(opened, "map").locator("h2")).to_have_text("地址地图")
    for kind in TABS:
        shown = tab(opened, kind)
        assert english_in(shown.inner_text()) == [], kind
    opened.locator("html").evaluate("(node) => { node.lang = 'en'; }")


def test_without_a_technique_the_tabs_say_so(opened: Page) -> None:
    opened.locator("select").first.select_option("faults")
    expect(opened.locator(".cnt b")).to_have_text("#0")
    expect(tab(opened, "exits").locator(".empty")).to_contain_text("No monitor")
    expect(tab(opened, "shadow").locator(".empty")).to_contain_text("No monitor")
    expect(picture(opened, "csrs").locator(".sides")).to_be_hidden()
    expect(tab(opened, "tables").locator(".empty")).to_contain_text("translation is off")


def test_nothing_is_cut_off_on_a_projector_or_a_phone(opened: Page) -> None:
    tabs = [f"[data-tab={kind}]" for kind in TABS]
    phone = [f"[data-for=tab][data-value={name}]" for name in ("walk", "virtual", "memory")]
    for width, height, all_of_them in ((1024, 768, tabs), (390, 844, phone)):
        opened.set_viewport_size({"width": width, "height": height})
        for one in all_of_them:
            opened.locator(one).click()
            assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.set_viewport_size({"width": 1440, "height": 1100})
