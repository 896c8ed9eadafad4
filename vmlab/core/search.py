"""Searching text that grows by a byte at a time, without reading all of it after each byte.

A match that the newest byte completes cannot begin further back than the regex is long. How long
that is, its parsed form says; it is read here, and what is not known counts as "anywhere". One
that may be of any length but holds no end of a line begins in the line that is being written.
"""

from __future__ import annotations

import re
import warnings
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

_NEWLINE: Final = 10
_ONE: Final = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.RANGE, op.CATEGORY}
_REPEATS: Final = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
_WITH_NEWLINE: Final = {op.CATEGORY_SPACE, op.CATEGORY_NOT_DIGIT, op.CATEGORY_NOT_WORD}
ANYWHERE: Final = None


class _Unknown(Exception):
    """A part of a regex that this module does not understand."""


class Search:
    """Looks for a regex in text that only grows, after each byte."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.pattern = pattern
        try:
            with warnings.catch_warnings(action="ignore"):  # said when it was compiled
                tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
            self._length = _length(tree)
            self._lines = not _holds_newline(tree, bool(pattern.flags & re.DOTALL))
        except _Unknown:
            self._length, self._lines = ANYWHERE, False

    def first(self, text: bytes | bytearray, start: int) -> int:
        """Where a match may begin that was not there before the last byte came; not before
        `start`."""
        if self._length is not ANYWHERE:
            # One byte more: `\\B` and `$` look at the byte behind the match.
            return max(start, len(text) - self._length - 1)
        if self._lines:
            # The newest byte may be the end of the line that the match is in.
            return max(start, text.rfind(b"\n", start, max(start, len(text) - 1)) + 1)
        return start

    def grew(self, text: bytes | bytearray, start: int = 0) -> bool:
        """True if `text` from `start` on matches now; its last byte is new."""
        return self.pattern.search(text, self.first(text, start)) is not None


def _length(tree: Any) -> int | None:
    """The most bytes that a match looks at, what it looks ahead at included."""
    total = 0
    for kind, value in tree:
        if kind in _ONE:
            part: int | None = 1
        elif kind is op.AT:
            part = 0
        elif kind in _REPEATS:
            _, most, inner = value
            one = _length(inner)
            unlimited = most is op.MAXREPEAT and one != 0
            part = ANYWHERE if one is None or unlimited else one * int(most) if one else 0
        else:
            lengths = [_length(inner) for inner in _inner(kind, value)]
            part = ANYWHERE if ANYWHERE in lengths else max(lengths)  # type: ignore[type-var]
        if part is None:
            return ANYWHERE
        total += part
    return total


def _holds_newline(tree: Any, dotall: bool) -> bool:
    """True if a match may hold, or look at, the end of a line."""
    for kind, value in tree:
        if kind is op.LITERAL:
            found = value == _NEWLINE
        elif kind is op.NOT_LITERAL:
            found = value != _NEWLINE
        elif kind is op.ANY:
            found = dotall
        elif kind is op.IN:
            found = _set_has_newline(value)
        elif kind is op.AT:
            found = False
        elif kind in _REPEATS:
            found = _holds_newline(value[2], dotall)
        else:
            found = any(_holds_newline(inner, dotall) for inner in _inner(kind, value))
        if found:
            return True
    return False


def _set_has_newline(items: Any) -> bool:
    negated = found = False
    for kind, value in items:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            found |= value == _NEWLINE
        elif kind is op.RANGE:
            found |= value[0] <= _NEWLINE <= value[1]
        else:
            found |= value in _WITH_NEWLINE
    return found != negated


def _inner(kind: Any, value: Any) -> list[Any]:
    """The parts of which a match has one."""
    if kind is op.SUBPATTERN:
        _, flags, unset, inner = value
        if flags or unset:  # as in (?s:.): what is inside follows other rules
            raise _Unknown
        return [inner]
    if kind is op.BRANCH:
        return list(value[1])
    if kind is op.ATOMIC_GROUP:
        return [value]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [value[1]]
    raise _Unknown  # references to groups: as long as what they refer to
