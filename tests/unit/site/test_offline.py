"""The list that the service worker keeps: every piece once, and a new version for each change."""

from __future__ import annotations

import hashlib
import json
import re

from vmlab.cli.sitebuilder import offline
from vmlab.cli.sitebuilder.pieces import DIGEST, Piece
from vmlab.cli.sitebuilder.site import web_folder

KEY = "0123456789abcdef"
PIECES = [
    Piece("index.html", b"<!doctype html>"),
    Piece("favicon.svg", b"<svg/>"),
    Piece(f"museum/{KEY}/museum.js", b"let x;"),
    Piece(f"archives/vmlab-{KEY}.zip", b"PK"),
    Piece(f"runtime/{KEY}/pyodide.mjs", b"export {}"),
    Piece("jupyter/lab/index.html", b"<html>"),
    Piece(f"jupyter/{KEY}/kernel.zip", b"PKPK"),
]


def listed(pieces: list[Piece]) -> dict[str, object]:
    made = offline.worker(web_folder(), pieces, DIGEST.search).decode()
    found = re.search(r"^const SITE = (\{.*\});", made, re.MULTILINE)
    assert found
    return dict(json.loads(found[1]))


def test_every_piece_is_listed_once_by_its_kind() -> None:
    site = listed(PIECES)
    digest = hashlib.sha256(b"<svg/>").hexdigest()[:16]
    assert site["pages"] == {"index.html": hashlib.sha256(b"<!doctype html>").hexdigest()[:16],
                             "favicon.svg": digest}  # fmt: skip
    assert site["files"] == [f"museum/{KEY}/museum.js"]
    assert site["large"] == [f"archives/vmlab-{KEY}.zip", f"runtime/{KEY}/pyodide.mjs"]
    assert site["jupyter"] == {
        "pages": {"jupyter/lab/index.html": hashlib.sha256(b"<html>").hexdigest()[:16]},
        "files": [f"jupyter/{KEY}/kernel.zip"],
    }
    assert site["bytes"] == {"pages": 15 + 6 + 6, "large": 2 + 9, "jupyter": 6 + 4}


def test_each_change_is_a_new_version_and_nothing_else_is() -> None:
    changed = [Piece("index.html", b"<!doctype html>!"), *PIECES[1:]]
    assert listed(PIECES)["version"] == listed(PIECES[::-1])["version"]
    assert listed(PIECES)["version"] != listed(changed)["version"]


def test_the_scripts_that_come_later_leave_the_worker_out() -> None:
    names = {path.name for path in offline.scripts(web_folder())}
    assert offline.WORKER not in names
    assert "keeper.js" in names
