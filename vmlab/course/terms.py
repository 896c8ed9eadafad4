"""The terms of the glossary (`web/docs/glossary.md`): a hint names one of them as its concept.

The glossaries of the languages have the same rows in the same order, which a test wants. So what a
term is called in another language stands in its glossary and nowhere else.
"""

from __future__ import annotations

import re
from typing import Final

_SOURCE: Final = re.compile(r"^\| \*\*(.+?)\*\*", re.MULTILINE)
BORDER: Final = re.compile(r", |、")
"""Between the terms of a row that has several."""
_ASIDE: Final = re.compile(r"（.*?）")


def rows(markdown: str) -> tuple[str, ...]:
    """What stands in bold at the begin of each row: one term, or several."""
    return tuple(_SOURCE.findall(markdown))


def each(markdown: str) -> list[list[str]]:
    """The terms of each row, and after several the row itself."""
    plain = [_ASIDE.sub("", row) for row in rows(markdown)]
    return [[*dict.fromkeys((*BORDER.split(row), row))] for row in plain]


def translated(text: str, english: str) -> dict[str, str]:
    """Each term of the English glossary, and each row, in lower case, as another one has it."""
    found: dict[str, str] = {}
    for mine, other in zip(each(english), each(text), strict=False):
        for one, called in zip(mine, other, strict=False):
            found.setdefault(one.lower(), called)
        found[mine[-1].lower()] = other[-1]
    return found
