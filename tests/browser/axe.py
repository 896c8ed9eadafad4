"""Asks axe (WCAG 2.1, A and AA) about a page: what it finds is a list of sentences.

axe-core is a file of its own, from npm, checked against a digest. It is put into the page by the
test's end of the browser, so the page's Content-Security-Policy stays as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.store import Store

VERSION = "4.14.1"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# What passed is as long as the page, and would take longer to bring here than to find.
RUN = """async ([type, values]) => {
  const { violations } = await axe.run(document, { runOnly: { type, values } });
  return violations;
}"""


def script() -> Path:
    """axe's own program."""
    return fetch.npm_package(Store(), "axe-core", VERSION, SHA256) / "axe.min.js"


def violations(page: Page, colours_only: bool = False) -> list[str]:
    """What axe has against the page as it is now. A theme changes nothing but colours: of a page
    that was looked at in one theme, `colours_only` looks at what another changes."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(script().read_text("utf-8"))
    asked = ["rule", ["color-contrast"]] if colours_only else ["tag", RULES]
    found: list[dict[str, Any]] = page.evaluate(RUN, asked)
    return [
        f"{one['id']}: {one['help']}: {node['target'][0]}: {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]
