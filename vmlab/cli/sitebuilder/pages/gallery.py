"""The gallery: a page a widget, with its parameters and its text twin, and a link to it live.

What the widgets are stands in web/site/pages/widgets.json, which `web.site.gallery_data` makes and
a test keeps up to date: this builder does not import Panel.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from vmlab.cli.sitebuilder import nav
from vmlab.cli.sitebuilder.pages.shell import Shell
from vmlab.core.errors import BadInput

HERE: Final = nav.GALLERY.path
SCHEMA: Final = "vmlab/widgets/1"


def widgets(web: Path) -> list[dict[str, Any]]:
    """The rows of the file, by kind. Raises `BadInput` for another schema."""
    data = json.loads((web / "site" / "pages" / "widgets.json").read_text("utf-8"))
    if data["schema"] != SCHEMA:
        raise BadInput(f"widgets.json: expected schema {SCHEMA}, found {data['schema']}")
    return list(data["widgets"])


def document_of(doc: str) -> str:
    """The page of a section, seen from the site's root, without the language's folder."""
    name, mark, section = doc.partition("#")
    return f"docs/{name}.html{mark}{section}"


def files(web: Path, shell: Shell) -> dict[str, bytes]:
    """Every page by its place in the site."""
    rows = widgets(web)
    made: dict[str, bytes] = {}
    for language in nav.LANGUAGES:
        shared: dict[str, Any] = {"live": nav.LIVE.path, "document_of": document_of}
        place, page = shell.page(
            "gallery.html", language, f"{HERE}index.html", HERE, rows=rows, **shared
        )
        made[place] = page
        for at, one in enumerate(rows):
            near = [
                (key, rows[other])
                for key, other in (("previous", at - 1), ("next", at + 1))
                if 0 <= other < len(rows)
            ]
            place, page = shell.page(
                "widget.html", language, f"{HERE}{one['kind']}.html", HERE,
                one=one, near=near, **shared,
            )  # fmt: skip
            made[place] = page
    return made
