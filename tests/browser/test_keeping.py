"""Share, keep, edit: in a real browser, with two tabs, a full disk, a newer page and bad intent.

The tests of `tabs` are one visitor's day, in order: each goes on in the tabs as the one before it
left them, for every tab that is opened starts Python anew.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

import vmlab
from tests.browser import axe
from tests.browser.conftest import START_MS, Site, Watch, open_ready
from tests.browser.test_workbench import at, drop, position
from tests.fuzz.hostile import TRICKS, files, links
from vmlab.guests.catalog import GUESTS
from vmlab.guests.examples import EXAMPLES
from vmlab.ui.sharing import assembled

pytestmark = pytest.mark.xdist_group("browser")
HOSTILE = dict(links(len(TRICKS)))
"""One of each trick; the native tests try a thousand."""
HACKED = "window.hacked = 0; window.vmlabHacked = () => { window.hacked += 1; };"
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.className;
}"""
DATABASE = """([version, steps]) => new Promise((resolve, reject) => {
  const request = indexedDB.open("vmlab", version ?? undefined);
  request.onupgradeneeded = () => {
    if (steps) request.result.createObjectStore("items", { keyPath: "id" }).put({
      id: "old", kind: "text", name: "old.S", data: "nop", revision: 3, changed: 1, deleted: 0 });
  };
  request.onsuccess = () => { const found = request.result.version; request.result.close(); resolve(found); };
  request.onerror = () => reject(request.error);
})"""  # noqa: E501  # JavaScript


@pytest.fixture(scope="module")
def watch_all() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def profile(browser: Browser, watch_all: Watch) -> Iterator[BrowserContext]:
    """One browser with its storage: what a visit keeps is there for the next."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(START_MS)
    context.on("page", watch_all.attach)
    yield context
    context.close()
    assert not watch_all.foreign(("http://127.0.0.1:",))
    assert not watch_all.failures


@dataclass
class Tabs:
    """The tabs of one visitor."""

    blank: Page
    """No workbench: it speaks to the store by itself, as another version of the page would."""
    one: Page
    two: Page | None = None


@pytest.fixture(scope="module")
def tabs(profile: BrowserContext, site: Site) -> Tabs:
    """Somebody whose store an older page has made."""
    blank = profile.new_page()
    blank.goto(site.url + "about/")
    blank.evaluate(DATABASE, [1, True])
    return Tabs(blank, visit(profile, site.url))


def visit(context: BrowserContext, url: str) -> Page:
    page = open_ready(context.new_page(), url)
    page.wait_for_selector(".vm[data-keeps]")
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def share(page: Page, on: bool = True) -> None:
    """Have the dialog open, or not."""
    button = page.get_by_role("button", name="Share", exact=True)
    if (button.get_attribute("aria-expanded") == "true") != on:
        button.click()


def write(page: Page, text: str) -> None:
    """Replace the text in the editor."""
    page.locator(".ace_content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def kept(page: Page) -> list[str]:
    """The names in the list."""
    return page.locator(".kp-list tbody th").all_inner_texts()


def test_an_older_store_is_brought_up_to_date(tabs: Tabs) -> None:
    share(tabs.one)
    expect(tabs.one.locator(".kp-list tbody th")).to_have_text(["old.S"])
    assert tabs.blank.evaluate(DATABASE, [None, False]) == 3
    share(tabs.one, on=False)


def test_assembly_is_written_mended_run_shared_and_there_again(
    profile: BrowserContext, site: Site, tabs: Tabs
) -> None:
    page = tabs.one
    assert not page.evaluate("Boolean(window.ace)")  # not before it is used
    press(page, "Assembly")
    page.wait_for_selector(".as[data-editor=ace]")
    expect(page.locator(".as-name")).to_have_value("old.S")  # where somebody left off

    write(page, "start:\n  addi a0, a0\n  luii a0, 1\n")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".as-bad li")).to_have_count(2)
    expect(page.locator(".as-bad li").nth(1)).to_contain_text("line 3, column 3")
    expect(page.locator(".as-bad li").nth(1)).to_contain_text("found 'luii'")
    expect(page.locator(".ace_gutter-cell.ace_error")).to_have_count(2)
    assert page.locator(".w-guests select").first.input_value() == "tour"
    page.locator(".as-bad button").nth(1).click()
    page.keyboard.type("X")  # in the editor, at the mistake: and no key of the workbench
    expect(page.locator(".ace_line").nth(2)).to_contain_text("Xluii")
    assert axe.violations(page) == []

    # An example runs on the spot; its labels are symbols; the words have their looks.
    page.locator(".as select").select_option("ecall.S")
    page.keyboard.press("Control+Enter")  # before it is there: it is what was chosen
    expect(page.locator(".tag.state")).to_contain_text("passed")
    expect(page.locator(".ace_line .ace_keyword").first).to_be_visible()
    expect(page.locator(".p-console .xterm-rows")).to_contain_text("U")
    expect(page.locator(".p-code .lbl").first).to_contain_text(":")
    native = vmlab.open(assembled(EXAMPLES[1].read(), "ecall.S"), name="ecall.S")
    native.run()
    at(page, native.position)

    # Esc, then Tab, leaves the editor.
    page.locator(".ace_content").click()
    # Ace takes the focus once more when the click is over.
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => ({FOCUSED})().includes('ace_scroller')")
    page.keyboard.press("Tab")
    page.wait_for_function(f"() => !({FOCUSED})().includes('ace')")

    write(page, "# mine\n" + EXAMPLES[0].read())
    page.locator(".as-name").fill("mine <b>\u202e.S")
    expect(page.locator(".as-news")).to_contain_text("mine <b><U+202E>.S")
    page.locator("#language").click()  # another view, the same text
    expect(page.locator(".as h2")).to_have_text("汇编")
    expect(page.locator(".ace_content")).to_contain_text("# mine")
    page.locator("#language").click()
    expect(page.locator(".as h2")).to_have_text("Assembly")
    expect(page.locator(".ace_content")).to_contain_text("# mine")
    page.wait_for_selector(f".vm[data-kept='ecall.S {native.position}']")
    page.locator(".as header .mini").click()
    share(page)
    link = page.locator(".kp-link")
    expect(link).to_have_value(re.compile("asm="))
    expect(page.locator(".kp-list tbody tr")).to_have_count(3)
    assert sorted(kept(page)) == ["ecall.S", "mine <b><U+202E>.S", "old.S"]
    assert axe.violations(page) == []
    address = link.input_value()

    # Somebody else follows the link.
    tabs.two = other = visit(profile, site.url + address[address.index("#") :])
    at(other, native.position)
    assert other.locator(".w-guests select").first.input_value() == "ecall.S"
    expect(other.locator(".offer")).to_be_hidden()  # a link wins

    # And the next visit goes on.
    page.close()
    tabs.one = page = visit(profile, site.url)
    expect(page.locator(".offer")).to_contain_text(f"ecall.S at #{native.position}")
    assert axe.violations(page) == []
    press(page, "Go on")
    at(page, native.position)
    expect(page.locator(".offer")).to_be_hidden()
    press(page, "Assembly")
    expect(page.locator(".as-name")).to_have_value("ecall.S")  # the source of this run


def test_two_tabs_keep_both_texts(tabs: Tabs) -> None:
    assert tabs.two is not None
    pages = [tabs.one, tabs.two]
    for page in pages:
        share(page)
        page.get_by_role("button", name="Open mine <b><U+202E>.S").click()
        page.wait_for_selector(".as[data-editor=ace]")
    one, two = pages
    write(one, "one:\n")
    expect(one.locator(".as-news")).to_contain_text("Kept on this device")
    expect(two.locator(".as-news")).to_contain_text("Another tab has saved a newer")
    write(two, "two:\n")
    expect(two.locator(".as-news")).to_contain_text("Both are kept")
    expect(two.locator(".as-name")).to_have_value("mine <b><U+202E> (2).S")
    write(one, "one again:\n")
    press(two, "Share")
    press(two, "Share")
    names = [name for name in kept(two) if name.startswith("mine")]
    assert len(names) == 2
    two.close()


def test_files_are_kept_renamed_deleted_brought_back_exported_and_imported(
    tabs: Tabs, tmp_path: Path
) -> None:
    page = tabs.one
    elf = assembled(EXAMPLES[0].read(), "hello.S")
    drop(page, "hello.elf", elf)
    expect(page.locator(".w-guests select").first).to_have_value("hello.elf")
    share(page)
    expect(page.locator(".kp-lacks")).to_contain_text("hello.elf is a file of yours")
    row = page.locator(".kp-list tr", has_text="hello.elf").first
    press(page, "Rename hello.elf")
    page.keyboard.insert_text("bonjour.elf")
    page.keyboard.press("Enter")
    row = page.locator(".kp-list tr", has_text="bonjour.elf")
    expect(row).to_have_count(1)
    press(page, "Delete bonjour.elf")
    expect(row).to_have_count(0)
    press(page, "Undo")
    expect(row).to_have_count(1)
    with page.expect_download() as waiting:
        press(page, "Export all")
    file = tmp_path / "all.zip"
    waiting.value.save_as(file)
    with zipfile.ZipFile(file) as archive:  # Python's reader is the oracle of our writer
        assert archive.testzip() is None
        items = json.loads(archive.read("manifest.json"))["items"]
        named = {item["name"]: archive.read(item["file"]) for item in items}
    assert named["bonjour.elf"] == elf

    # In, deflated by somebody else; and what is no such file is a sentence.
    press(page, "Delete bonjour.elf")
    expect(row).to_have_count(0)
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", json.dumps({"schema": "vmlab/kept/1", "items": [
            {"file": "a", "name": "bonjour.elf", "kind": "file"}]}))  # fmt: skip
        made.writestr("a", elf)
    good = again.getvalue()
    chooser = page.locator(".kp input[type=file]")
    chooser.set_input_files({"name": "k.zip", "mimeType": "application/zip", "buffer": good})
    expect(row).to_have_count(1)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", bytes(600 << 20))
    for data, said in (
        (b"x" * 100, "no zip file"),
        (bomb.getvalue(), "more than 512 MB"),
        (good[:80] + b"~~~~" + good[84:], "damaged"),
        (good.replace(b"manifest.json", b"manifesto.jso"), "no manifest"),
    ):
        chooser.set_input_files({"name": "<b>.zip", "mimeType": "application/zip", "buffer": data})
        expect(page.locator(".kp-said")).to_contain_text(said)
    assert page.locator(".kp-list tr", has_text="bonjour.elf").count() == 1
    share(page, on=False)


def test_hostile_links_and_files_run_nothing_and_lose_nothing(
    site: Site, tabs: Tabs, watch_all: Watch
) -> None:
    """A link of each trick, as a new address of a page with a run."""
    dialogs: list[str] = []

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page = tabs.one
    page.evaluate(f"() => {{ {HACKED} }}")  # a bare function would be called
    page.on("dialog", refuse)
    for number, fragment in enumerate(HOSTILE.values()):
        page.evaluate("(hash) => { location.hash = hash; }", fragment)
        if number % 8 == 7:  # an honest one is still followed, and is answered after those before
            page.evaluate("(hash) => { location.hash = hash; }", f"#g=primes&n={number + 1}")
            at(page, number + 1)
    page.evaluate("location.hash = ''")
    at(page, 0)
    press(page, "Step")
    at(page, 1)
    before = page.locator(".p-registers .body").first.inner_text()
    drop(page, "keep me.vmlab", b"")  # no run, and kept all the same
    run = vmlab.open("tour")
    run.step(300)
    for name, data in files(GUESTS["tour"].read(), run.snapshot_file()).items():
        drop(page, name, data)
        expect(page.locator(".msgs .msg:not(.kp-msg)")).to_be_visible()
        page.locator(".msgs .msg:not(.kp-msg) .mini").click()
        expect(page.locator(".msgs .msg:not(.kp-msg)")).to_be_hidden()
    at(page, 1)
    assert page.locator(".p-registers .body").first.inner_text() == before
    share(page)
    expect(page.locator(".kp-list tr", has_text="<U+202E>gnp.elf")).to_have_count(1)
    assert page.locator(".kp-list tr", has_text="keep me.vmlab").count() == 1
    assert page.evaluate("window.hacked") == 0
    assert dialogs == []
    share(page, on=False)


def test_a_damaged_record_and_a_newer_page_are_said(
    profile: BrowserContext, site: Site, tabs: Tabs
) -> None:
    """A store of a newer page is read and exported, never written."""
    page, count = tabs.one, len(kept(tabs.one))
    page.evaluate("""() => new Promise((done) => {
      indexedDB.open("vmlab").onsuccess = ({ target }) => {
        const change = target.result.transaction("items", "readwrite");
        change.objectStore("items").put({ id: "hurt", name: ["<b>"], data: { half: 1 } });
        change.oncomplete = () => { target.result.close(); done(); };
      };
    })""")
    share(page)
    hurt = page.locator(".kp-list tr", has_text="found damage")
    expect(hurt).to_have_count(1)
    with page.expect_download() as waiting:
        hurt.get_by_role("button", name="Export").click()
    assert b"half" in Path(waiting.value.path()).read_bytes()

    # Another tab brings a newer page, which changes the schema under this one.
    tabs.blank.evaluate(DATABASE, [7, False])
    expect(page.locator(".kp-msg")).to_contain_text("another tab has a newer page")
    page.close()
    page = visit(profile, site.url)
    expect(page.locator(".kp-msg")).to_contain_text("of version 3, found version 7")
    share(page)
    expect(page.locator(".kp-list tbody tr")).to_have_count(count + 1)
    page.close()


def test_a_full_disk_loses_nothing_and_says_so(browser: Browser, site: Site) -> None:
    """A hostile link is the first address, besides."""
    profile = browser.new_context()
    profile.set_default_timeout(START_MS)
    blank = profile.new_page()
    session = profile.new_cdp_session(blank)
    origin = site.url.rstrip("/")
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    page = visit(profile, site.url + HOSTILE["far away 19"])
    expect(position(page)).to_be_visible()
    press(page, "Assembly")
    page.wait_for_selector(".as[data-editor=ace]")
    press(page, "New")
    write(page, "precious:\n" + "# much\n" * 2_000)
    expect(page.locator(".kp-msg")).to_contain_text("found the browser's storage full")
    with page.expect_download() as waiting:
        page.locator(".kp-msg").get_by_role("button", name="Export all").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert any(archive.read(name).startswith(b"precious:") for name in archive.namelist())
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin})
    page.locator(".ace_content").click()
    page.keyboard.type("x")
    expect(page.locator(".as-news")).to_contain_text("Kept on this device")
    expect(page.locator(".kp-msg")).to_be_hidden()
    profile.close()


def test_a_run_that_nobody_pauses_is_there_after_a_reload(browser: Browser, site: Site) -> None:
    context = browser.new_context(service_workers="block")  # a kept site is no part of it
    context.set_default_timeout(START_MS)
    page = visit(context, site.url + "#g=nano")
    page.keyboard.press("r")
    expect(page.locator(".vm[data-kept]")).to_be_attached(timeout=START_MS)
    said = page.locator(".vm").get_attribute("data-kept") or ""
    assert int(said.rpartition(" ")[2]) > 0
    assert page.locator("[data-command=pause]").is_visible(), "it was kept because it stood"
    page.reload()
    page.wait_for_selector(".vm[data-keeps]")
    expect(page.locator(".offer")).to_contain_text("nano")
    context.close()


def test_without_storage_everything_else_works(browser: Browser, site: Site) -> None:
    """A hostile link is the first address, besides."""
    context = browser.new_context(service_workers="block")
    context.set_default_timeout(START_MS)
    context.add_init_script(HACKED)
    context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } })"  # noqa: E501
    )
    page = visit(context, site.url + HOSTILE["markup, bare 1"])
    expect(page.locator(".kp-msg")).to_contain_text("found it blocked")
    press(page, "Step")
    at(page, 1)
    assert page.evaluate("window.hacked") == 0
    context.close()
