"""The museum in a real browser: read without a program, played with one, and open to everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import START_MS, Site, Watch, watched_page

STOP = "museum/cp40/"
AXE: dict[str, tuple[int, ...]] = {
    STOP: (1024, 390),
    "museum/robin-irvine/": (1440,),
}
"""Pages, and the widths at which axe looks at them, in each language (`test_screens`
has the others): in one of the schemes where
it is wide and in the other where it is narrow."""
NARROW = 390
WIDTHS = (1440, 1024, NARROW)
WHOLE_MS = 12_000
"""Longer than the player takes for a window."""


@pytest.fixture
def player(page: Page, site: Site) -> Locator:
    """The player of a stop, not yet started."""
    page.goto(site.url + STOP)
    return page.locator("[data-recording]")


def recording(page: Page, player: Locator) -> dict[str, Any]:
    """The JSON that the player plays, asked for by the page itself."""
    url = player.get_attribute("data-recording")
    found = page.evaluate("(url) => fetch(url).then((answer) => answer.text())", url)
    return dict(json.loads(found))


def bands(content: dict[str, Any]) -> list[list[str]]:
    """Rows of the text twin, from a recording."""
    columns, first, rows = content["bands"], 0, []
    for at, insns in enumerate(columns["insns"]):
        reason = columns["reason"][at]
        rows.append(
            [
                str(at),
                str(first),
                str(insns),
                *content["modes"][columns["mode"][at]],
                content["whys"][columns["why"][at]],
                content["reasons"][reason] if reason >= 0 else "",
                columns["pc"][at],
            ]
        )
        first += insns
    return rows


def button(player: Locator, does: str) -> Locator:
    return player.locator(f'[data-do="{does}"]')


def test_the_player_plays_to_the_end(page: Page, player: Locator) -> None:
    content = recording(page, player)
    page.clock.install()
    button(player, "play").click()
    expect(button(player, "play")).to_have_text("Pause")
    page.clock.run_for(WHOLE_MS)
    expect(button(player, "play")).to_have_text("Again")
    first, last = content["focus"]
    assert player.locator("[data-seek]").input_value() == str(last - 1)
    reasons = content["bands"]["reason"][:last]
    for at, reason in enumerate(content["reasons"]):
        cell = player.locator(f'[data-sofar="{reason}"]')
        expect(cell).to_have_text(str(reasons.count(at)))
    assert last - first > 2


def test_the_whole_run_ends_with_all_that_was_printed_and_counted(
    page: Page, player: Locator
) -> None:
    content = recording(page, player)
    player.locator('[data-show="whole"]').click()
    expect(player.locator("[data-console]")).to_have_text("")
    player.locator("[data-seek]").focus()
    page.keyboard.press("End")
    printed = "".join(text for _, text in content["console"])
    expect(player.locator("[data-console]")).to_have_text(printed)
    for reason in content["reasons"]:
        counted = content["counters"][f"exits_by_cause.{reason}"]
        expect(player.locator(f'[data-sofar="{reason}"]')).to_have_text(str(counted))


def test_the_text_twin_equals_the_recording(page: Page, player: Locator) -> None:
    read = "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    rows = page.eval_on_selector_all("[data-twin] tbody tr", read)
    assert rows == bands(recording(page, player))


def test_what_is_said_of_a_band_is_what_the_recording_has(page: Page, player: Locator) -> None:
    content = recording(page, player)
    rows = bands(content)
    first, last = content["focus"]
    for at in range(first, last):
        button(player, "on").click()
        now = player.locator("[data-now]")
        expect(now).to_have_attribute("data-owner", rows[at][3])
        expect(now).to_contain_text(f"#{int(rows[at][1]):,}")
        if rows[at][3] == "V":
            expect(now).to_contain_text("≈ modelled")
            expect(now).to_contain_text(rows[at][7])
        elif rows[at][4] != rows[at][5]:
            expect(now).to_contain_text(f"thinks {rows[at][4]}, is {rows[at][5]}")


def test_nothing_moves_until_play(page: Page, player: Locator, watch: Watch) -> None:
    before = player.inner_html()
    page.wait_for_timeout(400)
    assert player.inner_html() == before
    assert not [url for url in watch.requests if "recordings/" in url]


def test_a_link_that_says_play_plays_at_once(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.locator("#cp40").get_by_role("link", name="Play the recording").click()
    expect(page.locator('[data-do="play"]')).to_have_text("Pause")
    page.reload()
    expect(page.locator('[data-do="play"]')).to_have_text("Play")


def test_less_motion_goes_from_band_to_band(browser: Browser, site: Site) -> None:
    context = browser.new_context(reduced_motion="reduce", service_workers="block")
    page = context.new_page()
    page.goto(site.url + STOP)
    player = page.locator("[data-recording]")
    starts = {float(row[1]) for row in bands(recording(page, player))}
    button(player, "play").click()
    head = player.locator('[data-view="close"] [data-head]')
    view = player.locator('[data-view="close"]')
    start, insns = (float(view.get_attribute(f"data-{one}") or 0) for one in ("start", "insns"))
    for _ in range(12):
        page.wait_for_timeout(120)
        left = float(head.evaluate("(head) => parseFloat(head.style.left)"))
        place = start + left * insns / 100
        assert min(abs(place - one) for one in starts) < 0.6
    context.close()


def test_a_keyboard_is_enough(page: Page, player: Locator) -> None:
    expect(player.locator("[data-controls]")).to_be_visible()
    button(player, "play").focus()
    page.keyboard.press("Enter")
    expect(button(player, "play")).to_have_text("Pause")
    page.keyboard.press("Enter")
    expect(button(player, "play")).to_have_text("Play")
    player.locator("[data-seek]").focus()
    before = player.locator("[data-now]").text_content()
    page.keyboard.press("ArrowRight")
    expect(player.locator("[data-now]")).not_to_have_text(before or "")


def test_a_recording_of_another_kind_is_refused_in_a_sentence(
    page: Page, player: Locator, watch: Watch
) -> None:
    body = json.dumps({"schema": "vmlab/play/<img src=x onerror=alert(1)>"})
    page.route("**/recordings/**", lambda route: route.fulfill(body=body))
    button(player, "play").click()
    expect(player.locator("[data-now]")).to_contain_text("expected vmlab/play/1, found")
    assert player.locator("img").count() == 0


def test_hostile_words_in_a_recording_stay_text(page: Page, player: Locator) -> None:
    content = recording(page, player)
    attack = '<img src=x onerror="document.title=1">'
    content["console"] = [[0, attack]]
    content["whys"] = [attack for _ in content["whys"]]
    content["modes"] = [[owner, attack, attack] for owner, _, _ in content["modes"]]
    page.route("**/recordings/**", lambda route: route.fulfill(body=json.dumps(content)))
    button(player, "on").click()
    expect(player.locator("[data-console]")).to_have_text(attack)
    expect(player.locator("[data-now]")).to_contain_text(attack)
    assert player.locator("img").count() == 0


@pytest.fixture(scope="module")
def scriptless(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["", "zh/"])
def test_without_javascript_everything_can_be_read(
    scriptless: Page, site: Site, language: str
) -> None:
    scriptless.goto(f"{site.url}{language}")
    assert scriptless.locator(".card[data-slug]").count() == scriptless.locator(".st").count()
    expect(scriptless.locator(".tlm .st").last).to_be_visible()
    scriptless.goto(f"{site.url}{language}{STOP}")
    expect(scriptless.locator(".insight p")).to_be_visible()
    expect(scriptless.locator(".sources li").first).to_be_visible()
    expect(scriptless.locator("[data-console]")).to_contain_text("nano: the end")
    expect(scriptless.locator(".rb-plot").first).to_be_visible()
    expect(scriptless.locator("[data-controls]")).to_be_hidden()
    scriptless.locator("details.tw summary").click()
    expect(scriptless.locator("[data-twin] tr").nth(1)).to_be_visible()


@pytest.mark.parametrize("language", ["", "zh/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_any_width(
    browser: Browser, site: Site, language: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, service_workers="block")  # type: ignore[arg-type]
    page = context.new_page()
    looks_at_narrow = (scheme == "dark") == (language == "")
    for path, widths in AXE.items():
        page.goto(f"{site.url}{language}{path}")
        if path == STOP:
            page.locator('[data-do="on"]').click()
            expect(page.locator("[data-now]")).to_be_visible()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            if width in widths and (width == NARROW) == looks_at_narrow:
                assert violations(page) == [], (path, width)
    context.close()


def test_the_language_switch_stays_on_the_page(page: Page, site: Site) -> None:
    page.goto(site.url + STOP)
    page.get_by_role("link", name="中文").click()
    expect(page).to_have_url(f"{site.url}zh/{STOP}")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{site.url}{STOP}")


def test_the_theme_is_kept_and_follows_the_system_when_told_to(page: Page, site: Site) -> None:
    page.goto(site.url)
    root = page.locator("html")
    page.get_by_label("Appearance").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(root).to_have_attribute("data-theme", "dark")
    page.goto(site.url + STOP)
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_label("Appearance").click()
    page.get_by_role("button", name="As the system").click()
    expect(root).to_have_attribute("data-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")


def test_a_stop_that_was_seen_is_marked_on_the_line(page: Page, site: Site) -> None:
    page.goto(site.url + STOP)
    page.goto(site.url)
    expect(page.locator(".st.seen")).to_have_attribute("aria-label", "1967 CP-40/67, visited")
    stops = page.locator(".st").count()
    expect(page.locator("[data-visited]")).to_have_text(f"1 of {stops} visited")


def test_arrows_go_along_the_line(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.locator(".st").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st").nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".st").first).to_be_focused()


def test_names_on_the_line_do_not_touch(page: Page, site: Site) -> None:
    """No two names overlap, in either language, at the width of a laptop."""
    overlaps = """names => {
      const boxes = names.map((name) => name.getBoundingClientRect());
      return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => a.left < b.right - 1
        && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)).length;
    }"""
    for language in ("", "zh/"):
        page.goto(site.url + language)
        assert page.eval_on_selector_all(".st b", overlaps) == 0


def test_an_old_link_to_the_workbench_still_leads_there(browser: Browser, site: Site) -> None:
    # Not watched: it leaves while the workbench is loading.
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(site.url + "#u=1&g=tour")
    page.wait_for_url("**/lab/#u=1&g=tour", wait_until="commit")
    context.close()


def steps(page: Page) -> list[tuple[list[str], list[str]]]:
    """Of "Run live": the keys to press in each step, and what the page says will be seen."""
    read = """rows => rows.map((row) => ["kbd", ".got"].map((what) =>
      [...row.querySelectorAll(what)].map((one) => one.textContent)))"""
    return [(keys, got) for keys, got in page.eval_on_selector_all(".steps li", read)]


def run_live(page: Page, address: str) -> Page:
    """Open a stop, follow its link, and wait for the workbench where the stop says."""
    page.goto(address)
    begins = re.search(r"#[\d,]*\d", page.locator(".live .note").inner_text())
    assert begins is not None
    with page.context.expect_page() as opened:
        page.locator("[data-live]").first.click()
    lab = opened.value
    lab.wait_for_selector("#app:not([aria-busy])", state="attached", timeout=START_MS)
    expect(lab.locator(".cnt b")).to_have_text(begins[0])
    return lab


def at(lab: Page) -> int:
    return int(re.sub(r"\D", "", lab.locator(".cnt b").inner_text()))


def test_run_live_opens_just_before_the_moment_and_shows_what_is_claimed(
    page: Page, site: Site
) -> None:
    lab = run_live(page, site.url + STOP)
    expect(lab.locator("[data-kind=now]")).to_contain_text("User program")
    (_, _), (first, _), (second, (moved, *_)) = steps(page)
    assert (first, second) == (["t"], ["t"])
    guide = lab.locator(".guide")
    for said in page.locator(".steps .see").all_inner_texts():
        expect(guide.locator(".see")).to_have_text(said)
        guide.get_by_role("button", name="The next step").click(force=True)  # the last is disabled
    height = "[innerHeight, document.documentElement.scrollHeight]"
    window, whole = lab.evaluate(height)
    assert whole <= window, "the strip takes its height from the workbench"
    before = at(lab)
    lab.keyboard.press("t")
    expect(lab.locator(".cnt b")).not_to_have_text(f"#{before:,}")
    expect(lab.locator("[data-kind=ribbon]")).to_contain_text("thinks S, is U")
    called = at(lab)
    lab.keyboard.press("t")
    expect(lab.locator(".cnt b")).to_have_text(f"#{called + int(moved):,}")
    expect(lab.locator("[data-kind=traps] tbody tr").last).to_contain_text("environment call")
    lab.close()


@pytest.mark.long
def test_run_live_in_chinese_stops_at_the_breakpoint_and_at_the_end(page: Page, site: Site) -> None:
    lab = run_live(page, f"{site.url}zh/museum/vm370/")
    expect(lab.locator("html")).to_have_attribute("lang", "zh-Hans")
    _, _, (_, (said, ended, _)), (_, (back,)) = steps(page)
    lab.keyboard.press("r")
    expect(lab.locator("[data-kind=code] tr.now .bp")).to_have_attribute("aria-pressed", "true")
    lab.keyboard.press("r")
    expect(lab.locator(".cnt b")).to_have_text(ended)
    expect(lab.locator("[data-kind=console] .out")).to_contain_text(said)
    lab.keyboard.press("b")
    expect(lab.locator(".cnt b")).to_have_text(back)
    lab.close()


def test_the_steps_above_the_workbench_are_text_and_come_from_a_stop(
    browser: Browser, site: Site
) -> None:
    """A stop's page that somebody has put HTML into, and addresses that are no stop's."""
    attack = """<h1><img src=x onerror="document.title='run'">A stop</h1><ol class="steps"><li>
      <p class="do"><iframe srcdoc="<p>"></iframe>Press</p>
      <div class="see"><script>document.title = "run"</script><b class="got" onclick="1">7</b></div>
    </li></ol>"""
    # Not watched: it leaves while the workbench is loading.
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url.removeprefix(site.url))
        route.fulfill(body=attack, content_type="text/html")

    page.route(re.compile("/(museum|concepts)/[^/]*/$"), answer)
    for stop in ("..%2Fmuseum%2Fcp40", "museum/%3Cimg%3E", "https:%2F%2Fexample.org/", "docs/evil"):
        with page.expect_response("**/guide.js"):
            page.goto(f"{site.url}lab/?{stop}#stop={stop}")
    page.goto(f"{site.url}lab/?#stop=museum/evil")
    expect(page.locator(".guide .got")).to_have_text("7")
    expect(page.locator(".guide a")).to_have_text("A stop")
    assert asked == ["museum/evil/"]
    assert page.locator(".guide :is(img, iframe, script, [onclick])").count() == 0
    page.get_by_role("button", name="Close the steps").click()
    expect(page.locator(".guide")).to_have_count(0)
    context.close()


def test_print_has_the_text_and_leaves_the_switches_out(page: Page, site: Site) -> None:
    page.goto(site.url + STOP)
    page.emulate_media(media="print")
    expect(page.locator(".insight p")).to_be_visible()
    expect(page.locator(".sources li").first).to_be_visible()
    for switch in (".seg-ctl.lang", "[data-controls]", ".cta"):
        expect(page.locator(switch).first).to_be_hidden()


def test_it_works_in_any_folder(
    browser: Browser, site: Site, watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same files below a path, as a project page of a host has them."""
    with watched_page(browser, watch) as page:
        page.route("**/any/folder/**", lambda route: route.continue_(
            url=route.request.url.replace("any/folder/", "")))  # fmt: skip
        page.goto(f"{site.url}any/folder/zh/{STOP}")
        button(page.locator("[data-recording]"), "on").click()
        expect(page.locator("[data-now]")).to_contain_text("客户机用户")
        page.get_by_role("link", name="English").click()
        expect(page).to_have_url(f"{site.url}any/folder/{STOP}")
        expect(page.locator("h1")).to_have_text("CP-40 and CP-67")
