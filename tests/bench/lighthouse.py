"""Lighthouse's scores of the museum and of the workbench, on a phone and on a desktop.

Its phone is a slow one by its own model: four times slower than this machine, behind a slow network
(`--throttling-method=simulate`). Scores are of 100; nothing is asserted. Lighthouse comes from npm
(a hundred megabytes, kept in the cache), so this runs only when it is named.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.browser.conftest import FLAGS, chromium, served
from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.site import build
from vmlab.cli.sitebuilder.store import Store

ON_REQUEST = True
VERSION = "12.2.3"
PAGES = {"museum": "", "museum, a stop": "museum/cp40/", "workbench": "lab/"}
FORMS: dict[str, list[str]] = {"phone": [], "desktop": ["--preset=desktop"]}
SCORES = ("performance", "accessibility", "best-practices", "seo")
TIMES = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
}
LIMIT_S = 180


def _installed(store: Store) -> Path:
    def install(target: Path) -> None:
        target.mkdir()
        wanted = ["install", "--silent", "--no-audit", "--no-fund", f"lighthouse@{VERSION}"]
        subprocess.run([*fetch._npm(fetch.node(store)), *wanted], cwd=target, check=True)

    return store.get(f"lighthouse/{VERSION}", install) / "node_modules/lighthouse/cli/index.js"


def figures() -> Iterator[str]:
    """A line a page and form."""
    store = Store()
    program = _installed(store)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "site"
        with served(folder, build(folder)) as site:
            for name, place in PAGES.items():
                for form, options in FORMS.items():
                    found = _report(store, program, site.url + place, options)
                    yield f"{name:<15} {form:<8} {_line(found)}"


def _report(store: Store, program: Path, url: str, options: list[str]) -> dict[str, Any]:
    command = [
        str(fetch.node(store)), str(program), url, *options, "--quiet", "--output=json",
        f"--only-categories={','.join(SCORES)}", f"--chrome-flags={' '.join(FLAGS)}",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        env=os.environ | {"CHROME_PATH": chromium()},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    return dict(json.loads(done.stdout))


def _line(found: dict[str, Any]) -> str:
    scores = [
        f"{name} {100 * (found['categories'][name]['score'] or 0):.0f}"
        for name in SCORES
        if name in found["categories"]
    ]
    times = [f"{name} {found['audits'][key]['displayValue']}" for key, name in TIMES.items()]
    failed = [
        audit["id"]
        for category in ("accessibility", "best-practices", "seo")
        for ref in found["categories"][category]["auditRefs"]
        if (audit := found["audits"][ref["id"]])["score"] == 0 and ref["weight"]
    ]
    return ", ".join([*scores, *times]) + (f"; not met: {', '.join(failed)}" if failed else "")
