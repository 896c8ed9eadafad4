"""Every screen of the site: no barrier, nothing clipped or covered, a focus that is seen, and six
pictures that still look as they were approved.

One page goes over the whole list (`screens`). Where an assertion is about all of them it gathers
what is wrong, so that one run says everything.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser import axe, pictures
from tests.browser.conftest import Site, Watch, watched_page
from tests.browser.layout import faults, tabbed
from tests.browser.screens import (
    DESKTOP,
    LIVE,
    PHONE,
    REFERENCES,
    TEXTS,
    VIEWS,
    Screen,
    look,
    shown,
)
from tests.browser.shell import MOVING

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TABS = 16
"""How many stops of Tab are looked at: the header, and the first controls of a screen."""
NAMED = "label-content-name-mismatch"
"""The trap log's numbers are named by where they lead (`test_shell` says the same)."""


@pytest.fixture(scope="module")
def one_page(browser: Browser) -> Iterator[Page]:
    """The page that goes everywhere: it may not complain on the way."""
    with watched_page(browser, Watch()) as page:
        yield page


def barriers(page: Page, language: str) -> list[str]:
    """What axe says. A theme changes colours alone, and a language none of them."""
    looks = [(DESKTOP, "light", False), (PHONE, "dark", True), (DESKTOP, "contrast", True)]
    if language != "en":
        looks = [(PHONE, "dark", False)]
    found = []
    for view, theme, colours_only in looks:
        look(page, view, theme)
        said = axe.violations(page, colours_only)
        found += [f"{theme}: {one}" for one in said if not one.startswith(NAMED)]
    return found


def layout(page: Page) -> list[str]:
    """What is wrong with the layout at each size."""
    found = []
    for view in VIEWS:
        look(page, view, "light")
        found += [f"{view.name}: {one}" for one in faults(page)]
    return found


def focus(page: Page) -> list[str]:
    """What is wrong with where Tab leads: the ring is seen, the place too, and the header comes
    first, each of its links once and from left to right."""
    look(page, DESKTOP, "light")
    stops = tabbed(page, TABS)
    found = [f"Tab: no ring on {one.name}" for one in stops if not one.ringed]
    found += [f"Tab: {one.name} is outside the window" for one in stops if not one.inside]
    parts = [one for one in stops if one.part]
    lefts = [one.left for one in parts]
    if len(parts) != page.locator(".app .nav a").count() or lefts != sorted(lefts):
        found.append(f"Tab: the header's order is {[one.name for one in parts]}")
    return found


def moving(page: Page) -> list[str]:
    """What moves although less motion was asked for."""
    page.emulate_media(reduced_motion="reduce")
    found = [f"moves: {one}" for one in page.evaluate(MOVING)]
    page.emulate_media(reduced_motion="no-preference")
    return found


def looks_different(page: Page, screen: Screen, language: str) -> list[str]:
    """What is wrong with the pictures of this screen: also that one misses nothing when a part of
    it is missing."""
    found = []
    for one in REFERENCES:
        if (one.screen, one.language) != (screen.name, language):
            continue
        look(page, one.view, one.theme)
        kept = Image.open(pictures.FOLDER / one.name)
        seen = pictures.difference(kept, pictures.small(page.screenshot()))
        if seen > pictures.MOST_PERCENT:
            found.append(f"{one.name}: {seen:.1f} % looks different")
        part = page.locator(one.part).first
        part.evaluate("(node) => { node.style.visibility = 'hidden'; }")
        seen = pictures.difference(kept, pictures.small(page.screenshot()))
        part.evaluate("(node) => { node.style.visibility = ''; }")
        if seen <= pictures.MOST_PERCENT:
            found.append(f"{one.name}: only {seen:.1f} % looks different without {one.part}")
    return found


LATER = ("live",)
"""Live screens that wait for `make test-long`: other tests look at the gallery, too."""
EACH = [
    pytest.param(TEXTS, id="texts"),
    *(
        pytest.param((one,), id=one.name, marks=[pytest.mark.long] if one.name in LATER else [])
        for one in LIVE
    ),
]


@pytest.mark.parametrize("screens", EACH)
def test_every_screen_in_every_language_size_and_theme(
    one_page: Page, site: Site, screens: tuple[Screen, ...]
) -> None:
    found = []
    for screen, language in shown(one_page, site.url, screens):
        said = looks_different(one_page, screen, language)  # first: what follows moves the focus
        said += barriers(one_page, language) + layout(one_page)
        if language == "en":
            said += focus(one_page) + moving(one_page)
        found += [f"{screen.name}, {language}, {one}" for one in said]
    assert not found, "\n".join(found)


BROKEN = """() => {
  const add = (text, style, name = "p") => {
    const node = document.createElement(name);
    node.textContent = text;
    Object.assign(node.style, style);
    document.querySelector("main").append(node);
    return node;
  };
  const long = "clipped ".repeat(20);
  add(long, { width: "90px", overflow: "hidden", whiteSpace: "nowrap" });
  add("small", { width: "12px", height: "12px", padding: 0, overflow: "auto" }, "button");
  add("under", { width: "90px", height: "40px" }, "button");
  add("above", { width: "90px", height: "40px", marginLeft: "-40px" }, "button");
  add("wide", { width: "2000px" });
  add("dim", { color: "#bbb", background: "#fff" });
  const bare = add("bare", { width: "60px" }, "button");
  bare.style.setProperty("outline", "none", "important");
  add("moves", {}).style.setProperty("transition", "color 1s", "important");
}"""


def test_what_is_broken_is_found(one_page: Page, site: Site) -> None:
    """Each of the assertions above can fail."""
    one_page.goto(site.url + "concepts/")
    look(one_page, DESKTOP, "light")
    assert not faults(one_page)
    one_page.evaluate(BROKEN)
    found = "\n".join(faults(one_page))
    for said in (
        "px of text more than it is wide",
        '"small" is a hit of 12 x 12 px',
        '"under" and button "above" overlap by 4',
        'px wider than the window: p "wide"',
    ):
        assert said in found
    assert any("color-contrast" in one for one in axe.violations(one_page, colours_only=True))
    assert [one.name for one in tabbed(one_page, 60) if not one.ringed] == ['button "bare"']
    assert moving(one_page)
