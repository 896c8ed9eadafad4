"""A stranger's text in a form in which it can be shown: in a terminal, a table, a page.

No control character is left (a terminal obeys them), no direction mark (they turn around what
stands beside them), no line end. HTML is text like any other: who writes a page escapes it there.
"""

from __future__ import annotations

import unicodedata


def plain(text: str, most: int) -> str:
    """At most so many characters, with a backslash and a number for what must not be obeyed."""
    return "".join(map(_shown, text[:most]))[:most]


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode()
