"""The page in Chinese: chosen by itself, switched without reload, kept, and complete.

No test needs a Chinese font: the texts are compared, not their picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.ui.latin import english_in
from vmlab.cli.sitebuilder import nav as parts
from vmlab.guests.catalog import GUESTS
from vmlab.ui.locale.reading import load

GUESTS_SHOWN = ("tour", "faults")
TABS = (
    "ribbon",
    "code",
    "registers",
    "csrs",
    "traps",
    "walk",
    "console",
    "devices",
    "memory",
    "map",
)
# All that is shown or read aloud, but what the guest says (console, memory) and its code.
TEXTS = """() => {
  const found = [];
  const shown = ["aria-label", "title", "placeholder", "aria-valuetext"];
  const skip = "script, style, .out, .cd, .hd, [translate=no]";
  const visit = (node) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) found.push(child.data);
      else if (child.nodeType === Node.ELEMENT_NODE && !child.matches(skip)) {
        found.push(...shown.map((name) => child.getAttribute(name) ?? ""));
        if (child.shadowRoot) visit(child.shadowRoot);
        visit(child);
      }
    }
  };
  visit(document.documentElement);
  return found;
}"""
OVERFLOW = """() => {
  const found = [];
  // Tabs that do not fit can be scrolled to, where a font is wide.
  const scrolls = (one) => one
    && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const visit = (node) => {
    for (const child of node.querySelectorAll("*")) {
      if (child.shadowRoot) visit(child.shadowRoot);
      const box = child.getBoundingClientRect();
      if (!box.width || box.right <= innerWidth + 1 || scrolls(child.parentElement)) continue;
      found.push(child.outerHTML.slice(0, 80));
    }
  };
  visit(document);
  return found;
}"""
FIRMWARE = """() => {
  const plan = JSON.parse(document.getElementById("plan").textContent);
  return (plan.firmware ?? []).map((one) => one.title);
}"""
"""Names of programs of others."""


@contextmanager
def opened(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A watched page in a browser that speaks Chinese."""
    with watched_page(browser, Watch(), **{"locale": "zh-CN", **options}) as page:
        yield open_ready(page, url)


@pytest.fixture(scope="module")
def chinese(browser: Browser, site: Site) -> Iterator[Page]:
    with opened(browser, site.url) as page:
        yield page


PARTS = {one: [part.place(one) for part in parts.PARTS] for one in parts.LANGUAGES}


def nav(page: Page) -> list[str]:
    """Where the header leads to, the mark left out."""
    found: list[str] = page.locator("header .nav a").evaluate_all("all => all.map((a) => a.href)")
    return found


def press(page: Page, key: str) -> None:
    count = page.locator(".cnt b").inner_text()
    page.keyboard.press(key)
    expect(page.locator(".cnt b")).not_to_have_text(count)


def english(page: Page) -> list[str]:
    symbols = page.locator(".cd .lbl").all_inner_texts()
    found = english_in("\n".join(page.evaluate(TEXTS)), [one.strip(": \t") for one in symbols])
    return [one for one in found if one not in page.evaluate(FIRMWARE)]


def test_the_page_speaks_the_language_of_the_browser(chinese: Page) -> None:
    expect(chinese.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(chinese.locator("nav [aria-current]")).to_have_text("工作台")
    expect(chinese.locator("[data-command=run]")).to_contain_text("运行")
    assert chinese.title().startswith("vmlab：")


@pytest.mark.parametrize("guest", GUESTS_SHOWN)
def test_no_tab_says_anything_in_english(chinese: Page, guest: str) -> None:
    chinese.locator("select").first.select_option(guest)
    about = load("zh-Hans")["messages"][GUESTS[guest].summary]
    expect(chinese.locator(".w-guests select")).to_have_attribute("title", about)
    chinese.locator("h2").first.click()
    for _ in range(3):
        press(chinese, "t")
        for number, kind in enumerate(TABS):
            chinese.keyboard.press(str(number))
            if kind == "console":
                chinese.keyboard.press("Escape")
            assert english(chinese) == []
    chinese.keyboard.press("1")
    chinese.keyboard.press("x")
    # Visible: a twin that was shown before keeps its text, and a second x would come too early.
    expect(chinese.locator(".p-code .twin th").first).to_be_visible()
    expect(chinese.locator(".p-code .twin th").first).to_have_text("状态")
    chinese.keyboard.press("x")
    expect(chinese.locator(".p-code .twin")).to_be_hidden()
    chinese.keyboard.press("?")
    assert english(chinese) == []
    chinese.keyboard.press("Escape")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_chinese_overflows_nothing(chinese: Page, width: int) -> None:
    chinese.set_viewport_size({"width": width, "height": 844})
    chinese.wait_for_timeout(200)
    assert chinese.evaluate(OVERFLOW) == []
    chinese.set_viewport_size({"width": 1440, "height": 900})


def test_a_switch_needs_no_reload_and_is_kept(browser: Browser, site: Site) -> None:
    with opened(browser, f"{site.url}zh/#u=1&lang=zh", locale="en-US") as page:
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        page.evaluate("window.stayed = true")
        press(page, "s")
        page.keyboard.press("2")
        page.keyboard.press("x")
        expect(page.locator(".p-registers caption")).to_have_text("寄存器")
        page.locator("#language").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("[data-command=run]")).to_contain_text("Run")
        expect(page.locator(".p-registers caption")).to_have_text("Registers")
        expect(page.locator("nav [aria-current]")).to_have_text("Workbench")
        assert nav(page) == [f"{site.url}{path}" for path in PARTS["en"]]
        expect(page.locator(".cnt b")).to_have_text("#1")
        assert page.evaluate("window.stayed") and "lang=en" in page.url
        # The machine is still the one that was stepped, and its keys still work.
        press(page, "s")
        expect(page.locator(".cnt b")).to_have_text("#2")
        page.locator("#language").click()
        expect(page.locator("[data-command=run]")).to_contain_text("运行")
        assert nav(page) == [f"{site.url}{path}" for path in PARTS["zh"]]
        assert page.evaluate("localStorage.getItem('vmlab-language')") == "zh-Hans"
        assert "lang=zh" in page.url


def test_the_page_in_chinese_stands_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}zh/lab/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("h1")).to_have_text("一台可以停在任意指令处的 RISC-V 机器")
    assert nav(page) == [f"{site.url}{path}" for path in PARTS["zh"]]
    page.locator("#language").click()
    assert page.url == f"{site.url}lab/"
    assert nav(page) == [f"{site.url}{path}" for path in PARTS["en"]]
    expect(page.locator("h1")).to_have_text(
        "A RISC-V machine that can be stopped at any instruction"
    )
    context.close()


@pytest.mark.parametrize(
    ("place", "spoken"),
    [("lab/", "en"), ("zh/lab/", "zh-Hans"), ("lab/#u=1&lang=zh", "zh-Hans")],
)
def test_the_address_decides_before_anything_is_painted(
    browser: Browser, site: Site, place: str, spoken: str
) -> None:
    """What a page speaks of itself, long before Python is there."""
    context = browser.new_context(locale="en-US", service_workers="block")
    page = context.new_page()
    page.goto(site.url + place, wait_until="domcontentloaded")
    assert page.locator("html").get_attribute("lang") == spoken
    context.close()
