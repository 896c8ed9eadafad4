"""The workbench's shell in a real browser: arrangement, console, themes, presentation, print, keys.

One page for all of them, since starting Python takes longer than all that they do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.shell import BEFORE, FOCUS, HOSTILE, MOVING, PASTE
from tests.browser.test_workbench import at, button, picture, position


@pytest.fixture(scope="module")
def shell(browser: Browser, site: Site) -> Iterator[Page]:
    with watched_page(browser, Watch()) as page:
        page.add_init_script(BEFORE)
        yield open_ready(page, site.url)
        assert page.evaluate("window.alarms") == []


@pytest.fixture
def wide(shell: Page) -> Page:
    """The page at its beginning, at full speed, with the usual arrangement."""
    shell.set_viewport_size({"width": 1440, "height": 900})
    shell.keyboard.press("Escape")
    choose(shell, "layout", "reset")
    shell.locator("select").first.select_option("tour")
    shell.locator("h2").first.click()
    at(shell, 0)
    return shell


def choose(page: Page, menu: str, item: str) -> None:
    """An entry of a menu, by the keyboard."""
    page.locator(f"[data-menu={menu}]").press("Enter")
    entry = page.locator(f"[data-item='{item}']")
    entry.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=menu]")).to_have_count(0)


def until(page: Page, true: str) -> None:
    """Wait for an expression of the page (whose policy keeps Playwright from doing so inside)."""
    for _ in range(600):
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"expected within 30 s: {true}")


def place(page: Page, kind: str) -> Locator:
    return page.locator(f"[data-place]:has([data-kind={kind}])")


def kept(page: Page) -> dict[str, object]:
    found: dict[str, object] = json.loads(page.evaluate("localStorage['vmlab.layout.wide']"))
    return found


def printed(page: Page) -> str:
    """The console's lines, without what stands empty below them."""
    text = picture(page, "console").locator(".out").inner_text()
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()


def test_a_layout_that_was_kept_is_there_again_and_a_broken_one_is_not(shell: Page) -> None:
    expect(place(shell, "registers")).to_have_attribute("data-place", "left")
    expect(place(shell, "code")).to_have_attribute("data-place", "middle")
    expect(picture(shell, "map")).to_be_hidden()
    shell.set_viewport_size({"width": 1024, "height": 768})
    expect(shell.locator(".work")).to_have_attribute("data-width", "narrow")
    expect(place(shell, "code")).to_have_attribute("data-place", "left")
    expect(place(shell, "registers")).to_have_attribute("data-place", "right")


def test_panels_move_close_open_and_grow_by_the_keyboard(wide: Page) -> None:
    choose(wide, "move-registers", "to-right")
    expect(place(wide, "registers")).to_have_attribute("data-place", "right")
    expect(wide.locator("[data-menu=move-registers]")).to_be_focused()
    choose(wide, "move-code", "close")
    expect(picture(wide, "code")).to_be_hidden()
    assert kept(wide)["closed"] == ["code"]
    wide.keyboard.press("1")  # what is asked for is opened
    expect(picture(wide, "code")).to_be_visible()
    choose(wide, "move-csrs", "maximise")
    expect(picture(wide, "registers")).to_be_hidden()
    box = picture(wide, "csrs").bounding_box()
    assert box is not None and box["width"] > 1300
    wide.keyboard.press("Escape")
    expect(picture(wide, "registers")).to_be_visible()
    choose(wide, "layout", "reset")
    expect(place(wide, "registers")).to_have_attribute("data-place", "middle")
    assert wide.evaluate("localStorage['vmlab.layout.wide'] === undefined")


def test_a_line_is_moved_by_arrows_and_dragged(wide: Page) -> None:
    line = wide.locator("[role=separator][aria-orientation=vertical]").first
    assert line.get_attribute("aria-valuenow") == "32"
    for _ in range(3):
        line.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", "38")
    box = line.bounding_box()
    assert box is not None
    wide.mouse.move(box["x"] + 4, box["y"] + 50)
    wide.mouse.down()
    wide.mouse.move(box["x"] - 200, box["y"] + 50, steps=4)
    wide.mouse.up()
    share = int(line.get_attribute("aria-valuenow") or 0)
    assert 20 <= share <= 26
    sizes = kept(wide)["sizes"]
    assert isinstance(sizes, dict) and round(100 * sizes["left"]) == share
    code = picture(wide, "code").bounding_box()
    assert code is not None and abs(code["width"] - share * 14.1) < 20


def test_a_heading_is_dragged_to_another_slot(wide: Page) -> None:
    heading = picture(wide, "traps").locator("h2")
    target = picture(wide, "registers").bounding_box()
    start = heading.bounding_box()
    assert target is not None and start is not None
    wide.mouse.move(start["x"] + 5, start["y"] + 5)
    wide.mouse.down()
    wide.mouse.move(target["x"] + 100, target["y"] + target["height"] / 2, steps=5)
    expect(wide.locator(".drop-place")).to_be_visible()
    wide.mouse.up()
    expect(wide.locator(".drop-place")).to_be_hidden()
    expect(place(wide, "traps")).to_have_attribute("data-place", "middle")
    expect(wide.locator("[data-tab=traps]")).to_have_attribute("aria-pressed", "true")
    expect(picture(wide, "registers")).to_be_hidden()


def test_presets_are_chosen_and_named_in_the_address(wide: Page) -> None:
    choose(wide, "layout", "view-devices")
    expect(place(wide, "devices")).to_have_attribute("data-place", "middle")
    until(wide, "location.hash.includes('v=devices')")
    wide.locator("[data-menu=layout]").click()
    expect(wide.locator("[data-item=view-devices]")).to_have_attribute("aria-checked", "true")
    wide.keyboard.press("Escape")
    choose(wide, "layout", "view-")
    until(wide, "!location.hash.includes('v=')")


def test_the_console_only_draws_and_goes_back_exactly(wide: Page) -> None:
    title = wide.title()
    wide.locator("select").first.select_option("echo")
    at(wide, 0)
    wide.keyboard.press("r")
    out = picture(wide, "console").locator(".out.xt")
    expect(out).to_contain_text("q ends")
    wide.keyboard.press("6")
    wide.evaluate(PASTE, "\u6f22\u5b57 \x1b[31mred\x1b[0m ")
    expect(out).to_contain_text("\u6f22\u5b57 red")
    assert out.locator("[class*=xterm-fg-1]").count() > 0
    wide.evaluate(PASTE, "x" + HOSTILE)
    expect(out).to_contain_text("alarms.push(1)>")  # markup is text, and nothing has hung
    out.click()  # a terminal that reports the mouse would type here
    wide.keyboard.type("stay")
    expect(out).to_contain_text("stay")
    wide.keyboard.press("Escape")
    wide.keyboard.press("r")
    expect(wide.locator(".tag.state")).to_contain_text("Paused")
    assert wide.title() == title
    assert out.locator("a").count() == 0
    # What xterm.js would have answered would have been echoed: [?1;2c, [0n, [5;3R, [8;24;80t.
    before = printed(wide)
    assert not any(answer in before for answer in ("1;2c", "0n", "276;0", "rgb:", "1$y", "0$y"))
    travel = wide.locator(".tb")
    travel.press("Home")
    at(wide, 0)
    expect(out).not_to_contain_text("q ends")
    travel.press("End")
    expect(out).to_contain_text("stay")
    assert printed(wide) == before


def test_a_screen_reader_gets_the_lines_and_the_terminal_follows_its_size(wide: Page) -> None:
    wide.keyboard.press("r")
    expect(wide.locator(".tag.state")).to_contain_text("passed")
    console = picture(wide, "console")
    console.get_by_role("button", name="Screen reader").click()
    expect(console.locator(".xterm-accessibility-tree")).to_contain_text("U: hello")
    console.get_by_role("button", name="Screen reader").click()
    expect(console.locator(".xterm-accessibility-tree")).to_have_count(0)
    rows = console.locator(".xterm-rows > div").count()
    choose(wide, "move-console", "maximise")
    expect(console.locator(".xterm-rows > div")).not_to_have_count(rows)
    wide.keyboard.press("Escape")
    expect(console.locator(".xterm-rows > div")).to_have_count(rows)


def test_every_key_of_the_list_works(wide: Page) -> None:
    press = wide.keyboard.press
    tried = set()

    def key(name: str, pressed: str | None = None) -> None:
        tried.add(name)
        press(pressed or name)

    key("s")
    at(wide, 1)
    key("b")
    at(wide, 0)
    key("t")
    expect(picture(wide, "traps").locator("tbody tr")).not_to_have_count(0)
    key("r")
    expect(wide.locator(".tag.state")).to_contain_text("passed")
    end = position(wide).inner_text()
    key("T", "Shift+T")
    expect(position(wide)).not_to_have_text(end)
    key("m")
    mark = wide.locator(".tb-mark")
    expect(mark).to_have_count(1)
    there = position(wide).inner_text()
    key(",")
    expect(position(wide)).not_to_have_text(there)
    scrubbed = position(wide).inner_text()
    key(".")
    expect(position(wide)).not_to_have_text(scrubbed)
    mark.click()
    expect(position(wide)).to_have_text(there)
    press("m")
    expect(mark).to_have_count(0)
    key("[")
    expect(wide.locator(".spd b")).not_to_have_text("full")
    key("]")
    expect(wide.locator(".spd b")).to_have_text("full")
    panels = ("ribbon", "code", "registers", "csrs", "traps", "walk", "console")
    for number, kind in enumerate(panels):
        press(str(number))
        until(wide, f"({FOCUS})()[0] === '{kind}'")
        press("Escape")
    tried |= {"0", "9"}
    press("0")
    bands = wide.locator(".rb-items > *")
    near = bands.count()
    key("-")
    expect(bands).not_to_have_count(near)
    key("+")
    press("0")
    for arrow, name in (("\u2190", "ArrowLeft"), ("\u2192", "ArrowRight")):
        focused = wide.locator(".rb-items :focus").get_attribute("aria-label")
        key(arrow, name)
        expect(wide.locator(".rb-items :focus")).not_to_have_attribute("aria-label", focused or "")
    wide.locator(".p-traps .go").last.focus()
    stop = wide.locator(".p-traps .go:focus")
    expect(stop).to_have_count(1)
    row = stop.get_attribute("data-position")
    key("\u2191", "ArrowUp")
    expect(stop).not_to_have_attribute("data-position", row or "")
    key("\u2193", "ArrowDown")
    expect(stop).to_have_attribute("data-position", row or "")
    key("x")
    expect(picture(wide, "traps").locator(".twinbox")).to_be_visible()
    press("x")
    key("R", "Shift+R")
    expect(button(wide, "reset")).to_contain_text("again")
    press("Shift+R")
    at(wide, 0)
    key("o")
    key("n")
    expect(position(wide)).not_to_have_text("#0")
    key("f")
    expect(wide.locator(".msg")).to_contain_text("no caller")
    key("g")
    until(wide, f"({FOCUS})()[0] === 'code'")
    press("Escape")
    wide.locator("h2").first.click()
    key("Ctrl+P", "Control+p")
    until(wide, "window.printed > 0")
    wide.evaluate("dispatchEvent(new Event('afterprint'))")
    key("?")
    listed = wide.locator(".help kbd").all_inner_texts()
    key("Esc", "Escape")
    expect(wide.locator(".help")).to_be_hidden()
    assert set(listed) - {"\u2026"} == tried


def test_the_focus_goes_from_the_transport_to_the_panels_and_is_seen(wide: Page) -> None:
    wide.locator("select").first.focus()
    seen: list[str] = []
    for _ in range(80):
        where, ringed = wide.evaluate(FOCUS)
        assert ringed or not seen, where
        if where not in seen:
            seen.append(where)
        if where == "walk":
            break
        wide.keyboard.press("Tab")
        if where == "console":
            wide.keyboard.press("Escape")  # a terminal keeps Tab for the guest
            wide.keyboard.press("Tab")
    kinds = [one for one in seen if one not in ("separator", "group")]
    panels = ["ribbon", "code", "console", "registers", "csrs", "traps", "walk"]
    assert [one for one in kinds if one in panels] == panels
    assert kinds.index("transport") < kinds.index("ribbon")


def test_printing_shows_every_picture_as_text_and_no_control(wide: Page) -> None:
    wide.keyboard.press("t")
    expect(wide.locator(".cnt b").first).not_to_have_text("#0")  # what is printed is what is drawn
    before = wide.evaluate("window.printed ?? 0")
    wide.locator("#theme").click()
    wide.locator("[data-print]").click()
    until(wide, f"window.printed > {before}")
    wide.emulate_media(media="print")
    captions = wide.locator(".printed caption").all_inner_texts()
    assert {"Code", "Registers", "Trap log", "Console"} <= set(captions)
    expect(wide.locator(".printed")).to_contain_text("environment call from U")
    for control in (".tr", ".nav", "#theme", ".work", ".tabs", ".help-button"):
        assert not wide.locator(control).first.is_visible(), control
    wide.evaluate("dispatchEvent(new Event('afterprint'))")
    wide.emulate_media(media="screen")
    expect(wide.locator(".printed")).to_be_hidden()
    expect(picture(wide, "code")).to_be_visible()


def test_high_contrast_is_clean_and_nothing_moves(wide: Page) -> None:
    wide.emulate_media(contrast="more", reduced_motion="reduce")
    expect(wide.locator("html")).to_have_attribute("data-theme", "contrast")
    expect(wide.locator(".vm")).to_have_attribute("data-theme", "contrast")
    wide.keyboard.press("r")
    expect(wide.locator(".tag.state")).to_contain_text("passed")
    wide.keyboard.press("m")
    wide.locator("[data-menu=layout]").click()
    assert violations(wide) == []
    assert wide.evaluate(MOVING) == []
    wide.keyboard.press("Escape")
    wide.emulate_media(
        contrast="no-preference", reduced_motion="no-preference", forced_colors="active"
    )
    ring = wide.locator("[data-tab=walk]").evaluate("(tab) => getComputedStyle(tab).outlineStyle")
    assert ring == "solid"  # what is pressed is said by an edge
    wide.emulate_media(forced_colors="none")


def test_a_presentation_is_larger_and_leaves_out_what_a_projector_does_not_need(
    wide: Page,
) -> None:
    wide.locator("#theme").click()
    wide.locator("[data-stage-choice]").click()
    wide.keyboard.press("Escape")
    assert wide.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    run = button(wide, "run").bounding_box()
    assert run is not None and run["height"] >= 44
    for control in ("#language", ".tag.engine", ".help-button", ".w-machine .btn"):
        expect(wide.locator(control).first).to_be_hidden()
    for width, height in ((1440, 900), (1280, 800), (1024, 768)):
        wide.set_viewport_size({"width": width, "height": height})
        expect(button(wide, "run")).to_be_in_viewport()
        assert wide.evaluate("document.documentElement.scrollWidth") <= width
    wide.locator("#theme").click()
    wide.locator("[data-stage-choice]").click()
    wide.keyboard.press("Escape")
    assert wide.evaluate("getComputedStyle(document.documentElement).fontSize") == "16px"


@pytest.mark.parametrize("language", ["", "zh/"])
def test_seven_parts_fit_on_a_phone(page: Page, site: Site, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.url}{language}concepts/?present=1#theme=contrast")
    expect(page.locator("html")).to_have_attribute("data-theme", "contrast")
    expect(page.locator("html")).to_have_attribute("data-stage", "on")
    page.evaluate(
        """() => {
          const nav = document.querySelector(".app .nav");
          for (const name of ["Compare", "Lessons", "About"]) {
            const link = nav.appendChild(document.createElement("a"));
            link.href = "./";
            link.textContent = name;
          }
          document.documentElement.lang += "";  // it measures again when the language changes
        }"""
    )
    menu = page.locator(".app .parts")
    expect(menu).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    menu.click()
    last = page.locator(".app .nav a").last
    expect(last).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(last).to_be_hidden()
    expect(menu).to_be_focused()
    # A choice made here is said in the address that had said another.
    page.locator("#theme").click()
    page.locator("[data-theme-choice=dark]").click()
    page.locator("[data-stage-choice]").click()
    assert "theme=dark" in page.url and "present" not in page.url
