"""Source, call stack and breakpoints in a real browser, from one page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import axe
from tests.browser.conftest import Site, Watch, open_ready, watched_page


@pytest.fixture(scope="module")
def nano(browser: Browser, site: Site) -> Iterator[tuple[Page, Watch]]:
    """nano at its beginning."""
    watch = Watch()
    with watched_page(browser, watch) as page:
        yield open_ready(page, f"{site.url}#u=1&g=nano"), watch


def test_source_stack_and_conditions_work_together(nano: tuple[Page, Watch]) -> None:
    page, watch = nano
    code, stack = page.locator("[data-kind=code]"), page.locator("[data-kind=stack]")
    points = page.locator("[data-kind=points]")
    page.locator("[data-tab=points]").click()

    # A condition that is none is refused with a caret, and nothing is set.
    place, condition = points.locator(".pt-form input").all()
    place.fill("sys_write")
    condition.fill("a1 >")
    points.locator(".pt-form button").click()
    expect(page.locator(".msg")).to_contain_text("expected a number")
    expect(points.locator(".pt tr")).to_have_count(0)

    # One that is stops where it holds, and is counted; the address says where it stands.
    place.fill("sys_write")
    condition.fill("mode == S && u64[a0 + 8] > 1")
    points.locator(".pt-form button").click()
    expect(points.locator(".pt tr")).to_have_count(1)
    assert not any("sources-" in url for url in watch.requests)  # not before somebody looks
    page.locator("[data-command=run]").click()
    expect(page.locator(".tag.state")).to_contain_text("reakpoint")
    expect(points.locator(".pt .n")).to_contain_text("hits: 1")
    page.wait_for_function("() => location.hash.includes('b=80201cf4')")

    # The source comes when it is asked for, with the instructions of each line below it.
    code.locator("select").select_option("both")
    expect(code.locator(".src-line.now .tx")).to_contain_text("static long sys_write")
    assert any("sources-" in url for url in watch.requests)
    expect(code.locator(".sub")).to_have_text("nano/syscall.c:10")
    expect(code.locator(".src-line.now + tr.now .mn")).to_have_count(1)

    # The stack ends at the trap and says what it interrupted; a frame's code is shown.
    page.locator("[data-tab=stack]").click()
    expect(stack.locator("li").first).to_contain_text("sys_write")
    expect(stack.locator(".empty")).to_contain_text("environment call from U. It interrupted")
    stack.locator("li button").nth(1).click()
    expect(code.locator(".sub")).to_contain_text("nano/trap.c:42")
    code.get_by_text("Back to pc").click()
    expect(code.locator(".sub")).to_have_text("nano/syscall.c:10")
    assert axe.violations(page) == []

    # Keys: over a line, out of the function, to a symbol. A click on a line sets a breakpoint.
    page.locator("h2").first.click()
    page.keyboard.press("o")
    expect(code.locator(".sub")).not_to_have_text("nano/syscall.c:10")
    expect(code.locator(".sub")).to_contain_text("nano/syscall.c:")
    page.keyboard.press("f")
    expect(stack.locator("li").first).to_contain_text("trap_from_user")
    page.keyboard.press("g")
    page.keyboard.type("process_fork")
    page.keyboard.press("Enter")
    expect(code.locator(".sub")).to_have_text("nano/proc.c:53")
    code.locator(".src-line.now .bp").click()
    page.locator("[data-tab=points]").click()
    expect(points.locator(".pt tr")).to_have_count(2)
    expect(points.locator(".pt tr b").nth(1)).to_have_text("process_fork")
    points.locator(".pt tr").nth(1).get_by_role("checkbox").uncheck()
    expect(code.locator(".src-line .bp.off")).to_have_count(1)
    assert axe.violations(page) == []
