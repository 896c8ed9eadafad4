"""Pictures of every screen: `python -m tests.browser.shots --out DIR`.

Each screen in each size, theme and language is one PNG, named SCREEN-SIZE-THEME-LANGUAGE. One
browser and one page; only what has to be is loaded anew. `--references` takes the few that
`test_screens` compares with, after a change that was meant: look at them before they are kept.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import pictures
from tests.browser.conftest import FLAGS, START_MS, chromium, served
from tests.browser.screens import REFERENCES, SCREENS, THEMES, VIEWS, look, shown
from vmlab.cli.sitebuilder.site import build


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.shots", description=__doc__)
    parser.add_argument("--out", type=Path, help="the folder for the PNGs")
    parser.add_argument("--references", action="store_true", help="those that are compared with")
    parser.add_argument("--site", type=Path, help="a site that is built (default: build one)")
    parser.add_argument("--only", nargs="*", help="names of screens (default: all)")
    parser.add_argument("--themes", nargs="*", choices=THEMES, default=THEMES)
    parser.add_argument("--full", action="store_true", help="the whole page, not the first window")
    asked = parser.parse_args()
    screens = tuple(one for one in SCREENS if not asked.only or one.name in asked.only)
    if bool(asked.out) == asked.references:
        parser.error("expected either --out or --references")
    out: Path = asked.out or pictures.FOLDER
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = asked.site or Path(scratch)
        pieces = [] if asked.site else build(folder)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with served(folder, pieces) as site:
            page = browser.new_page(service_workers="block")
            page.set_default_timeout(START_MS)
            for screen, language in shown(page, site.url, screens):
                if asked.references:
                    for one in REFERENCES:
                        if (one.screen, one.language) == (screen.name, language):
                            look(page, one.view, one.theme)
                            pictures.small(page.screenshot()).save(out / one.name, optimize=True)
                    continue
                for view, theme in product(VIEWS, asked.themes):
                    look(page, view, theme)
                    name = f"{screen.name}-{view.name}-{theme}-{language}.png"
                    page.screenshot(path=out / name, full_page=asked.full)
        browser.close()


if __name__ == "__main__":
    main()
