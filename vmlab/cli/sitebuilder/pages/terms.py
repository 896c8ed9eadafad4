"""The glossary's terms: each row of its page has an anchor, and a term that a lesson introduces
leads there.

An anchor is made from the English term, so that it is the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from vmlab.cli.sitebuilder.pages.markdown import anchor_of
from vmlab.course.terms import BORDER, each, rows

GLOSSARY: Final = "glossary"
"""The document's name."""
_ROW: Final = re.compile(r"<tr>\s*<td><strong>(.*?)</strong></td>")
_BOLD: Final = re.compile(r"<strong>([^<]+)</strong>")


def anchors(english: str) -> tuple[str, ...]:
    """The anchor of each row, from the English text."""
    return tuple(f"term-{anchor_of(BORDER.split(one)[0])}" for one in rows(english))


def anchored(html: str, names: Sequence[str]) -> str:
    """The rendered glossary, whose rows have these anchors, in order."""
    where = iter(names)

    def row(found: re.Match[str]) -> str:
        name = next(where, None)
        return found[0] if name is None else found[0].replace("<tr>", f'<tr id="{name}">', 1)

    return _ROW.sub(row, html)


def by_term(text: str, english: str) -> dict[str, str]:
    """Each term of a glossary, in lower case, and the anchor of its row; rows of several terms
    (`cause, epc, tval`) as a whole, too."""
    found: dict[str, str] = {}
    for said, name in zip(each(text), anchors(english), strict=False):
        for term in said:
            found.setdefault(term.lower(), name)
    return found


def linked(html: str, terms: Mapping[str, str], glossary: str) -> str:
    """A lesson's HTML whose bold terms lead to the glossary's page, as far as it has them. English
    ones may stand in the plural."""

    def lead(found: re.Match[str]) -> str:
        said = found[1].lower()
        name = terms.get(said) or terms.get(said.removesuffix("s")) or terms.get(said + "s")
        if name is None:
            return found[0]
        return f'<strong><a class="term" href="{glossary}#{name}">{found[1]}</a></strong>'

    return _BOLD.sub(lead, html)
