"""Every screen of the site, and what is asked of each: its pictures (`shots`) and its tests
(`test_screens`) go over this one list.

A page of text is loaded once a language and switched in place: size and theme need no reload. A
screen with Python starts once; its language is switched in place, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page, expect

LANGUAGES: Final = {"en": "en", "zh": "zh-Hans"}
THEMES: Final = ("light", "dark", "contrast")


@dataclass(frozen=True, slots=True)
class View:
    """A size of the window; a projector's has the presentation on."""

    name: str
    width: int
    height: int
    stage: bool = False


DESKTOP: Final = View("desktop", 1440, 900)
PROJECTOR: Final = View("projector", 1024, 768, stage=True)
PHONE: Final = View("phone", 390, 844)
VIEWS: Final = (DESKTOP, PROJECTOR, PHONE)


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: its name, where it lies, and what makes it show something if Python draws it."""

    name: str
    path: str
    ready: Callable[[Page], None] | None = None
    fragment: str = ""
    pages: bool = False
    """True if each language has a page of its own, although Python draws a part of it."""

    @property
    def switched(self) -> bool:
        """Whether its language is switched in place."""
        return self.ready is not None and not self.pages

    def url(self, root: str, language: str = "en") -> str:
        """Where it is; a screen with Python is opened in English and switched."""
        folder = "zh/" if language == "zh" and not self.switched else ""
        return f"{root}{folder}{self.path}{self.fragment}"


CODE_SHOWS = """() => {
  const visit = (node) => {
    for (const child of node.querySelectorAll("*")) {
      if (child.matches(".cd tr.now")) return child;
      const found = child.shadowRoot && visit(child.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const row = visit(document);
  if (!row) return false;
  const [inner, around] = [row, row.closest(".body")].map((one) => one.getBoundingClientRect());
  return !around.height || inner.top >= around.top - 1 && inner.bottom <= around.bottom + 1;
}"""


def started(page: Page) -> None:
    """Wait until Python has drawn, and listens."""
    over = "#app:not([aria-busy]), #trouble:not([hidden])"
    page.wait_for_selector(over, state="attached")
    assert not page.locator("#trouble").is_visible(), page.locator("#trouble").text_content()


def workbench(page: Page) -> None:
    """The workbench after two traps: something is in every panel."""
    started(page)
    for _ in range(2):
        before = page.locator(".cnt b").first.text_content() or ""
        page.keyboard.press("t")
        expect(page.locator(".cnt b").first).not_to_have_text(before)
    expect(page.locator(".xterm-rows")).to_contain_text("U: hello")
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until the next instruction stands in the list: its list is drawn and scrolled last."""
    page.wait_for_function(CODE_SHOWS)


def compare(page: Page) -> None:
    """The board with its lanes at the common point."""
    started(page)
    page.locator("[data-lane=bare]").wait_for()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".cb-said")).to_contain_text("every lane stands where")


def widget(page: Page) -> None:
    """One picture of the gallery, live."""
    started(page)


def lesson(page: Page) -> None:
    """A lesson whose first step has run, with what it shows beside the text."""
    started(page)
    page.locator(".step [data-do=run]").first.click()
    page.locator(".step .cell[data-state=done]").first.wait_for()
    page.locator("#app .ls-shows").first.wait_for()


TEXTS: Final = (
    Screen("museum", ""),
    Screen("stop", "museum/popek-goldberg/"),
    Screen("stop-plain", "museum/cp40/"),
    Screen("concepts", "concepts/"),
    Screen("concept", "concepts/efficiency/"),
    Screen("docs", "docs/"),
    Screen("document", "docs/techniques.html"),
    Screen("lessons", "lessons/"),
    Screen("gallery", "gallery/"),
    Screen("widget", "gallery/memory.html"),
    Screen("about", "about/"),
)
LIVE: Final = (
    Screen("workbench", "lab/", workbench),
    Screen("compare", "compare/", compare, "#u=1&g=nano&p=pte&t=bare,trap_emulate,hwassist"),
    Screen("live", "gallery/live/", widget),
    Screen("lesson", "lessons/tour/", lesson, pages=True),
)
SCREENS: Final = (*TEXTS, *LIVE)

# Cards far below are not laid out until they are near: here all are.
UNFOLDED = """async () => {
  const lists = document.querySelectorAll(".cards ol");
  for (const list of lists) list.style.contentVisibility = "visible";
  await document.fonts.ready;
}"""
# Two frames on; or, since a busy headless browser may never draw one of them, half a second.
SETTLED = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 500);
})"""


def look(page: Page, view: View, theme: str) -> None:
    """Show the page in another size and theme, without loading it again."""
    page.set_viewport_size({"width": view.width, "height": view.height})
    page.evaluate(
        "([theme, stage]) => { vmlabLooks.choose(theme); vmlabLooks.present(stage); }",
        [theme, view.stage],
    )
    page.evaluate(SETTLED)


def spoken(page: Page, language: str) -> None:
    """Let a screen with Python speak another language, in place."""
    if page.evaluate("document.documentElement.lang") != LANGUAGES[language]:
        page.locator("#language").click()
        page.wait_for_function(f"() => document.documentElement.lang === '{LANGUAGES[language]}'")
        if page.locator(".vm[lang]").count():  # then Python draws all anew
            page.locator(f".vm[lang={LANGUAGES[language]}]").first.wait_for(state="attached")
        page.evaluate(SETTLED)


def shown(
    page: Page, root: str, screens: tuple[Screen, ...] = SCREENS
) -> Iterator[tuple[Screen, str]]:
    """Go to each screen in each language, with as few loads as there can be."""
    for screen in screens:
        for language in LANGUAGES:
            if not screen.switched or language == "en":
                page.set_viewport_size({"width": DESKTOP.width, "height": DESKTOP.height})
                page.goto("about:blank")  # a fragment alone would load nothing
                page.goto(screen.url(root, language))
                page.evaluate(UNFOLDED)
                if screen.ready is not None:
                    screen.ready(page)
            if screen.switched:
                spoken(page, language)
            yield screen, language
            if screen.switched:
                spoken(page, "en")  # the choice is kept, and the next one starts with it


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that is kept, and a part of it that must not be missing."""

    screen: str
    language: str
    view: View
    theme: str
    part: str

    @property
    def name(self) -> str:
        return f"{self.screen}-{self.view.name}-{self.theme}-{self.language}.png"


REFERENCES: Final = (
    Reference("museum", "en", DESKTOP, "light", ".hero .ex"),
    Reference("stop", "en", PROJECTOR, "light", ".player .readouts"),
    Reference("concepts", "en", PHONE, "dark", ".card"),
    Reference("workbench", "en", DESKTOP, "light", "[data-kind=registers]"),
    Reference("workbench", "en", PHONE, "dark", ".tr"),
    Reference("compare", "en", DESKTOP, "contrast", "[data-kind=lanes]"),
)
