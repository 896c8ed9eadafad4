"""All pages of text of one site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder.exhibits import Museum
from vmlab.cli.sitebuilder.pages import gallery
from vmlab.cli.sitebuilder.pages.documents import Documents
from vmlab.cli.sitebuilder.pages.shell import Shell

FILES: Final = ("docs.css", "docs.js")
"""What only these pages use."""
SCRIPTS: Final = ("theme.js", "museum.js", "docs.js", "keeper.js")


def shell(web: Path, sheets: Sequence[str], places: Mapping[str, str]) -> Shell:
    """The frame. `sheets` are the museum's, `places` say where a file of the page lies, by name."""
    return Shell(web, [*sheets, places["docs.css"]], {name: places[name] for name in SCRIPTS})


def files(web: Path, frame: Shell, museum: Museum) -> dict[str, bytes]:
    """Every page by its place in the site."""
    return Documents(web / "docs", frame, museum).files() | gallery.files(web, frame)
