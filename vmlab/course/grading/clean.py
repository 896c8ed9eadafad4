"""Text of strangers on its way to a terminal, a spreadsheet, a page or a file's name.

A student's name may hold an escape sequence, markup, a right-to-left override, a formula, a path.
Pages are escaped by Jinja; what is here makes text visible, and harmless elsewhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from vmlab.views.table import visible

LONGEST: Final = 200
_FORMULA: Final = "=+-@＝＋－＠"
"""What a spreadsheet takes for the beginning of a formula. It reads the wide forms, too."""
_RESERVED: Final = re.compile(r"(index|con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""The class's own page, and names that Windows keeps for devices."""


def shown(text: str, longest: int = LONGEST) -> str:
    """As people may see it: one line, composed characters, nothing hidden, not too long."""
    text = visible(unicodedata.normalize("NFC", text.strip()[: longest + 1]))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def cell(text: str, longest: int = LONGEST) -> str:
    """As a spreadsheet may have it: what would be a formula begins with an apostrophe."""
    text = shown(text, longest)
    return f"'{text}" if text.lstrip()[:1] and text.lstrip()[0] in _FORMULA else text


def folded(text: str) -> str:
    """For telling whether two names are the same."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def file_stem(text: str) -> str:
    """A file's name for a student: the id itself if that is a plain name, else with a few digits of
    its hash, so that no two students share a page and no name leads out of a folder."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-")[:60]
    if plain and plain == text and not _RESERVED.fullmatch(plain):
        return plain
    return f"{plain or 'student'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
