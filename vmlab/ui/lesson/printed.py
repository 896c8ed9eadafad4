"""What a step printed: text, and sentences that are said anew when the language changes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

from vmlab.ui.i18n import t

MOST_CHARS: Final = 40_000
"""Of one step or one check. A loop that prints is no reason to fill a page."""


class Printed(io.TextIOBase):
    """A text stream that also takes sentences."""

    def __init__(self) -> None:
        self._parts: list[str | Callable[[], str]] = []
        self._left = MOST_CHARS

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if len(text) > self._left:
            if self._left:
                self._parts += [text[: self._left], lambda: "\n" + t("(more was printed)") + "\n"]
            self._left = 0
        elif text:
            self._left -= len(text)
            self._parts.append(text)
        return len(text)

    def say(self, sentence: Callable[[], str]) -> None:
        """A line of its own."""
        self._parts.append(lambda: sentence() + "\n")

    @property
    def text(self) -> str:
        """All of it, in the language that is spoken now."""
        return "".join(part if isinstance(part, str) else part() for part in self._parts)
