"""WebAssembly beside Python in the site's own worker: one memory, calls both ways, failures."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.lab import ask, without_compiler


@pytest.fixture(scope="module")
def report(browser: Browser, lab_site: Site) -> dict[str, Any]:
    """What the worker found."""
    with watched_page(browser, Watch()) as page:
        return ask(open_ready(page, lab_site.url), "wasm")


def test_wasm_and_python_share_one_memory_that_may_grow(report: dict[str, Any]) -> None:
    assert report["why not"] is None
    assert report["base"] % 65536 == 0
    for when in ("before", "after"):
        assert report[f"written {when}"] == "0807060504030201"
        assert report[f"read {when}"] == 9
    assert report["zero"]


def test_words_go_both_ways_cheaply(report: dict[str, Any]) -> None:
    assert report["add"] == 5
    assert report["ask"] == 5
    assert report["calls"] == 100_000
    print(f"a call {report['call']:.2f} us, with a call back {report['call back']:.2f} us")
    assert report["call"] < 10
    assert report["call back"] < 20


def test_failures_keep_their_names(report: dict[str, Any]) -> None:
    assert report["told"] == ["Odd: told"] * 2
    assert report["asked"] == ["Odd: asked 7 8"] * 2
    for name in ("trap", "trap again"):
        assert report[name].startswith("BrokenInvariant: wasm: ")
        assert "unreachable" in report[name]


def test_a_block_that_nobody_holds_is_gone(report: dict[str, Any]) -> None:
    assert report["leftovers"] == 0
    assert report["heap"] < 1500 << 20, "twelve machines of 200 MB, one after another"


def test_the_collector_leaves_alone_what_was_imported(report: dict[str, Any]) -> None:
    """Else it would stop a running guest for as long as it takes to look through all of Panel."""
    assert report["frozen"] > 50_000


def test_a_browser_that_compiles_nothing_more_says_so(page: Page, lab_site: Site) -> None:
    page.route("**/worker.js", without_compiler)
    found = ask(open_ready(page, lab_site.url), "wasm")
    assert found.keys() == {"why not"}
    assert found["why not"].startswith("this browser compiles no more WebAssembly")
    assert "refused by this test" in found["why not"]
