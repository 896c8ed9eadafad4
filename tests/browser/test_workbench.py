"""The workbench in a real browser: load, step, back, run to a trap, type, drop an ELF.

The `page` fixture fails each test on any request to another host and on any console error.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import START_MS, Site, Watch, open_ready
from vmlab.guests.catalog import GUESTS

DROP = """async ([name, base64]) => {
  const data = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([data], name));
  for (const type of ["dragenter", "dragover", "drop"]) {
    const init = { bubbles: true, cancelable: true, dataTransfer: transfer };
    document.body.dispatchEvent(new DragEvent(type, init));
  }
}"""

OVER = """() => {
  const bar = window.vmBar ??= (function find(root) {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches(".bar.tr")) return node;
      const found = node.shadowRoot && find(node.shadowRoot);
      if (found) return found;
    }
  })(document);
  const seen = [...bar.querySelectorAll("select, button, .spd, .cnt, .tag")]
    .filter((node) => node.checkVisibility()).map((node) => [node, node.getBoundingClientRect()]);
  const name = (node) => node.getAttribute("aria-label") || node.textContent;
  const over = seen.filter(([, box]) => box.right > innerWidth).map(([node]) => name(node));
  seen.forEach(([one, a], at) => seen.slice(at + 1).forEach(([other, b]) => {
    if (a.right > b.left + 1 && b.right > a.left + 1) over.push(`${name(one)} and ${name(other)}`);
  }));
  return over;
}"""
"""What of the bar is outside of the window, and what stands over another."""


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Site) -> Iterator[Page]:
    """One page for many tests: starting Python takes longer than all that they do. Its link asks
    for what there is not, which the first test is about."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    watch, page = Watch(), context.new_page()
    page.set_default_timeout(START_MS)
    watch.attach(page)
    yield open_ready(page, site.url + "#u=1&g=nano&t=shadow")
    context.close()
    assert not watch.foreign(("http://127.0.0.1:",))
    assert not watch.failures


@pytest.fixture
def tour(opened: Page) -> Page:
    """The page with the tour at its beginning, at full speed."""
    opened.keyboard.press("Escape")
    if opened.locator(".msg").is_visible():
        opened.locator(".msg button").click()
    opened.locator("select").first.select_option("tour")
    opened.locator(".spd input").fill("6")
    opened.locator("h2").first.click()
    at(opened, 0)
    expect(opened.locator(".tag.state")).to_contain_text("Paused")
    return opened


def position(page: Page) -> Locator:
    return page.locator(".cnt b")


def at(page: Page, count: int) -> None:
    expect(position(page)).to_have_text(f"#{count:,}")


def picture(page: Page, kind: str) -> Locator:
    return page.locator(f"[data-kind={kind}]")


def button(page: Page, command: str) -> Locator:
    return page.locator(f"[data-command={command}]")


def drop(page: Page, name: str, data: bytes) -> None:
    page.evaluate(DROP, [name, base64.b64encode(data).decode()])


def test_a_deep_link_that_asks_too_much_is_answered(opened: Page) -> None:
    expect(opened.locator(".msg")).to_contain_text("expected a technique of")
    at(opened, 0)


def test_the_first_picture_is_complete(tour: Page) -> None:
    at(tour, 0)
    expect(picture(tour, "registers").locator("li")).to_have_count(32)
    expect(picture(tour, "code").locator("tr.now")).to_have_count(1)
    expect(picture(tour, "csrs").locator("tr")).not_to_have_count(0)
    expect(picture(tour, "traps")).to_contain_text("No traps yet")
    expect(picture(tour, "walk")).to_contain_text("No page walk yet")
    expect(picture(tour, "now")).to_contain_text("Firmware")


def test_step_and_back_by_button_and_by_key(tour: Page) -> None:
    button(tour, "step").click()
    at(tour, 1)
    expect(picture(tour, "registers").locator(".chg")).not_to_have_count(0)
    tour.keyboard.press("s")
    at(tour, 2)
    tour.keyboard.press("b")
    at(tour, 1)
    button(tour, "back").click()
    at(tour, 0)
    expect(button(tour, "back")).to_have_attribute("aria-disabled", "true")
    expect(button(tour, "back")).to_have_attribute("title", "At the start")


def test_run_to_trap_shows_the_trap_and_the_walk(tour: Page) -> None:
    tour.keyboard.press("t")
    row = picture(tour, "traps").locator("tbody tr").last
    expect(row).to_contain_text("environment call from U")
    expect(picture(tour, "walk").locator("[data-kind=leaf]")).to_have_count(1)
    expect(picture(tour, "now")).to_contain_text("Kernel")
    expect(picture(tour, "csrs").locator("[data-csr=scause]")).to_contain_text("8 environment call")


def test_a_page_fault_names_the_step_that_refused(tour: Page) -> None:
    for _ in range(12):
        if picture(tour, "walk").locator("[data-kind=fault]").count():
            break
        count = position(tour).inner_text()
        tour.keyboard.press("t")
        expect(position(tour)).not_to_have_text(count)
    expect(picture(tour, "walk").locator(".fin")).to_contain_text("Step 3: V is 0")


def test_the_run_ends_and_a_step_back_undoes_the_end(tour: Page) -> None:
    button(tour, "run").click()
    said = tour.locator(".tag.state")
    expect(said).to_contain_text("passed")
    printed = picture(tour, "console").locator(".out").inner_text()
    assert printed.count("\n") >= 6
    expect(button(tour, "step")).to_have_attribute("aria-disabled", "true")
    tour.keyboard.press("b")
    expect(said).to_contain_text("Paused")


def test_a_breakpoint_stops_the_run(tour: Page) -> None:
    tour.keyboard.press("t")
    expect(picture(tour, "traps").locator("tbody tr")).not_to_have_count(0)
    before = position(tour).inner_text()
    tour.keyboard.press("s")
    expect(position(tour)).not_to_have_text(
        before
    )  # else the rows move while one of them is clicked
    row = (
        picture(tour, "code")
        .locator("tr:not(.lbl)", has=tour.locator("td"))
        .locator("xpath=self::*[preceding-sibling::tr[contains(@class,'now')]]")
    )
    mark = row.first.locator(".bp")
    address = mark.get_attribute("data-address")
    mark.click()
    expect(tour.locator(f".bp[data-address='{address}']")).to_have_attribute("aria-pressed", "true")
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("breakpoint")
    expect(picture(tour, "code").locator("tr.now .bp")).to_have_attribute(
        "data-address", address or ""
    )


def test_a_click_in_the_trap_log_travels_there(tour: Page) -> None:
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("passed")
    first = picture(tour, "traps").locator(".go").first
    count = int(first.get_attribute("data-position") or 0)
    first.click()
    at(tour, count)


def test_typing_reaches_the_guest_and_letters_are_not_commands(tour: Page) -> None:
    tour.locator("select").first.select_option("echo")
    at(tour, 0)
    tour.keyboard.press("r")
    expect(picture(tour, "console").locator(".out")).not_to_have_text("")
    picture(tour, "console").locator(".term").click()
    tour.keyboard.type("best")
    out = picture(tour, "console").locator(".out")
    expect(out).to_contain_text("best")
    expect(tour.locator(".tag.state")).to_contain_text("Running")
    tour.keyboard.press("Escape")
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("Paused")
    tour.keyboard.press("r")
    tour.keyboard.press("6")
    tour.keyboard.type("q")
    expect(tour.locator(".tag.state")).to_contain_text("passed")


def test_pausing_a_busy_guest_is_quick(tour: Page) -> None:
    tour.locator("select").first.select_option("echo")
    at(tour, 0)
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("Running")
    tour.wait_for_timeout(500)
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("Paused", timeout=2_000)


def test_an_elf_dropped_on_the_page_runs(tour: Page) -> None:
    drop(tour, "mine.elf", GUESTS["tour"].read())
    expect(tour.locator("select option:checked").first).to_have_text("mine.elf")
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("passed")
    expect(picture(tour, "console")).to_contain_text("U: hello")


def test_a_file_that_is_no_guest_is_refused_and_the_session_stays(tour: Page) -> None:
    tour.keyboard.press("s")
    at(tour, 1)
    drop(tour, "<img src=x onerror=alert(1)>.elf", b"MZ\x90\x00 not an ELF")
    expect(tour.locator(".msg")).to_contain_text("ELF")
    at(tour, 1)
    tour.locator(".msg button").click()
    expect(tour.locator(".msg")).to_be_hidden()


def test_a_chosen_file_runs_too(tour: Page, tmp_path: Path) -> None:
    path = tmp_path / "chosen.elf"
    path.write_bytes(GUESTS["echo"].read())
    tour.locator(".w-guests input[type=file]").set_input_files(path)
    expect(tour.locator("select option:checked").first).to_have_text("chosen.elf")


def test_nothing_in_the_bar_stands_over_another(tour: Page, tmp_path: Path) -> None:
    """With a long name and what the run came to, on windows between a tablet's and a large one."""
    path = tmp_path / f"{'a-guest-with-a-long-name-' * 3}.elf"
    path.write_bytes(GUESTS["tour"].read())
    tour.locator(".w-guests input[type=file]").set_input_files(path)
    expect(tour.locator("select option:checked").first).to_have_text(path.name)
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("Ended: passed")
    for width in (1120, 1200, 1366, 1440, 1600, 1920):
        tour.set_viewport_size({"width": width, "height": 900})
        tour.wait_for_function("(width) => innerWidth === width", arg=width)
        assert tour.evaluate(OVER) == [], f"at {width}"
        assert tour.locator(".tag.state .said").evaluate("(node) => node.clientWidth") > 60
    tour.set_viewport_size({"width": 1440, "height": 900})


def test_reset_asks_once(tour: Page) -> None:
    tour.keyboard.press("s")
    at(tour, 1)
    tour.keyboard.press("R")
    expect(button(tour, "reset")).to_contain_text("again")
    at(tour, 1)
    tour.keyboard.press("R")
    at(tour, 0)


def test_every_picture_has_its_text_twin(tour: Page) -> None:
    tour.keyboard.press("t")
    expect(picture(tour, "traps").locator("tbody tr")).not_to_have_count(0)
    for number, kind in enumerate(("code", "registers", "csrs", "traps", "walk"), 1):
        tour.keyboard.press(str(number))
        tour.keyboard.press("x")
        expect(picture(tour, kind).locator("table.twin tbody tr")).not_to_have_count(0)
        tour.keyboard.press("x")
        expect(picture(tour, kind).locator(".twinbox")).to_be_hidden()


def test_the_keys_are_listed_and_can_be_switched_off(tour: Page) -> None:
    tour.keyboard.press("?")
    help_panel = tour.locator(".help")
    expect(help_panel).to_be_visible()
    expect(help_panel.locator("tr")).to_have_count(21)
    help_panel.get_by_role("button", name="Turn single letters off").click()
    tour.keyboard.press("Escape")
    expect(help_panel).to_be_hidden()
    tour.keyboard.press("s")
    tour.wait_for_timeout(200)
    at(tour, 0)
    tour.keyboard.press("?")
    help_panel.get_by_role("button", name="Turn single letters on").click()
    tour.keyboard.press("Escape")
    tour.keyboard.press("s")
    at(tour, 1)


def test_slow_speed_draws_every_step(tour: Page) -> None:
    for _ in range(4):
        tour.keyboard.press("[")
    expect(tour.locator(".spd b")).to_have_text("30/s")
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("Running")
    expect(position(tour)).not_to_have_text("#0")
    tour.keyboard.press("r")
    expect(tour.locator(".tag.state")).to_contain_text("Paused")
    count = int(re.sub(r"\D", "", position(tour).inner_text()))
    assert 0 < count < 200


def test_a_deep_link_opens_its_guest_and_the_address_goes_on_saying_its_theme(tour: Page) -> None:
    """In the page that stands; `test_virtual` begins with one."""
    tour.evaluate("location.hash = '#u=1&g=faults&n=12&theme=dark'")
    at(tour, 12)
    expect(tour.locator("select option:checked").first).to_have_text(GUESTS["faults"].title)
    tour.locator("select").first.select_option("primes")
    expect(tour).to_have_url(re.compile("g=primes&theme=dark"))
    tour.locator("#theme").click()
    tour.locator("[data-theme-choice=light]").click()
    expect(tour).to_have_url(re.compile("g=primes&theme=light"))
    tour.locator("select").first.select_option("echo")
    expect(tour).to_have_url(re.compile("g=echo&theme=light"))
    tour.locator("[data-theme-choice=system]").click()
    tour.keyboard.press("Escape")
    expect(tour).not_to_have_url(re.compile("theme="))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_sideways(tour: Page, scheme: Literal["light", "dark"]) -> None:
    """On a desktop, a projector and a phone, in the theme that the system asks for."""
    tour.emulate_media(color_scheme=scheme)
    expect(tour.locator(".vm")).to_have_attribute("data-theme", scheme)
    for width, height in ((1440, 900), (1024, 768), (390, 844)):
        tour.set_viewport_size({"width": width, "height": height})
        expect(button(tour, "run")).to_be_in_viewport()
        assert tour.evaluate("document.documentElement.scrollWidth") <= width
    for tab in ("ribbon", "state", "walk", "traps", "console", "devices", "memory", "code"):
        tour.locator(f"[data-for=tab][data-value={tab}]").click()
        assert tour.evaluate("document.documentElement.scrollWidth") <= 390
    tour.set_viewport_size({"width": 1440, "height": 900})
