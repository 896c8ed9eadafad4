"""A run saved in one browser and opened in another, and in Python: the same run, bit for bit."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

import vmlab
from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.test_workbench import at, button, drop, picture, position


def shown(page: Page) -> dict[str, str]:
    """What the page says of the run."""
    return {
        "position": position(page).inner_text(),
        "now": picture(page, "now").inner_text(),
        "registers": picture(page, "registers").locator(".body").first.inner_text(),
        "code": picture(page, "code").locator("tr.now").inner_text(),
    }


def unmarked(registers: str) -> str:
    """Without what they were at the stop before: a run that was just opened has had none."""
    lines = registers.splitlines()
    return "\n".join(line for line in lines if not line.startswith("was "))


def test_a_run_travels_to_another_browser_and_to_python(
    page: Page, browser: Browser, site: Site, tmp_path: Path
) -> None:
    open_ready(page, site.url)
    # Not where a trap was taken: the step before it retires nothing.
    for key in "ttts":
        before = position(page).inner_text()
        page.keyboard.press(key)
        expect(position(page)).not_to_have_text(before)
    page.locator(".w-guests button.save").focus()
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    here = shown(page)
    count = int(here["position"].lstrip("#").replace(",", ""))
    assert file.name == f"tour-{count}.vmlab"

    # In Python: the same state as the same steps of a run that never was in a browser.
    loaded, native = vmlab.load(file), vmlab.open("tour")
    native.step(loaded.steps)
    assert loaded.position == count > 0
    assert loaded.state_hash() == native.state_hash()

    page.locator("h2").first.click()
    page.keyboard.press("b")
    expect(position(page)).not_to_have_text(here["position"])
    one_back = shown(page)

    # In another browser, where another guest runs to a breakpoint of its own.
    with watched_page(browser, Watch()) as other:
        open_ready(other, site.url + "#u=1&g=primes&b=80000000")
        with other.expect_file_chooser() as chooser:
            other.locator(".w-guests button").first.click()
        chooser.value.set_files(file)
        at(other, count)
        assert other.locator("select").first.input_value() == "tour"
        expect(other.locator(".bp[aria-pressed=true]")).to_have_count(0)
        expect(other.locator(".msg").first).to_be_hidden()
        other.locator("h2").first.click()
        assert shown(other) == {**here, "registers": unmarked(here["registers"])}
        said = picture(other, "console").locator(".xterm-rows")
        expect(said).to_contain_text("S: page fault, mapped")

        # A damaged file is one sentence, and the run stays.
        data = file.read_bytes()
        drop(other, "cut.vmlab", data[: len(data) // 2])
        expect(other.locator(".msg").first).to_contain_text("cut.vmlab: expected a vmlab")
        at(other, count)

        other.keyboard.press("b")
        expect(position(other)).not_to_have_text(here["position"])
        assert shown(other) == one_back
        expect(other.locator(".msg").first).to_be_hidden()
        button(other, "run").click()
        expect(other.locator(".tag.state")).to_contain_text("passed")

        # And dropped on the page, over a run that has ended.
        drop(other, file.name, data)
        at(other, count)
