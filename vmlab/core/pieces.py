"""Work in pieces: it may be put down between two of them and taken up again.

What does such work is a generator that yields where it may be put down and returns what it has
made. Where nobody waits it is done `at_once`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

_Made = TypeVar("_Made")
Pieces = Generator[None, None, _Made]
"""Yields between two pieces, and returns what is made."""


def at_once(pieces: Pieces[_Made]) -> _Made:
    """All that is left of it, with no pause."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            made: _Made = end.value
            return made
