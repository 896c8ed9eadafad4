"""The glossary's terms in another language, for the reports: row by row of its two documents."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_ROW: Final = re.compile(r"^\| \*\*(.+?)\*\*", re.MULTILINE)
_BORDER: Final = re.compile(r", |、")


def translated(docs: Path, language: str) -> dict[str, str]:
    """English terms in lower case, and what they are called; whole rows (`cause, epc, tval`) and
    their terms. Empty for English."""
    other = docs / language / "glossary.md"
    if not other.is_file():
        return {}
    rows = [_ROW.findall(path.read_text("utf-8")) for path in (docs / "glossary.md", other)]
    found: dict[str, str] = {}
    for english, said in zip(*rows, strict=False):
        for one, called in zip(_BORDER.split(english), _BORDER.split(said), strict=False):
            found.setdefault(one.lower(), called)
        found[english.lower()] = said
    return found
