"""The console's transcript, and searching what has been printed since a run began."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from vmlab.core.search import Search


class Printer(Protocol):
    """A device that prints: the UART, the virtio console."""

    on_output: Callable[[int], None]
    sent: int


class Console:
    """Collects what printers print. After going back or ahead, they know how much of it stands."""

    def __init__(self, printers: Sequence[Printer]) -> None:
        self.printed = bytearray()
        self.on_output: Callable[[int], None] = lambda byte: None
        self._printers = printers
        self._run = bytearray()
        """All that this run has printed, what lies ahead included."""
        self._from = 0
        self._search: Search | None = None
        for printer in printers:
            printer.on_output = self._byte

    def _byte(self, byte: int) -> None:
        self.printed.append(byte)
        if len(self.printed) > len(self._run):
            self._run.append(byte)
        self.on_output(byte)

    def begin_with(self, text: bytes) -> None:
        """This had been printed before the run was opened."""
        self.printed[:] = self._run[:] = text

    def arm(self) -> None:
        """Search only what is printed from now on."""
        self._from = len(self.printed)

    def search(self, pattern: re.Pattern[bytes]) -> bool:
        """True if the text printed since `arm` matches; `$` is its end so far. Asked after each
        byte, it looks only where a match may begin that this byte completes."""
        if self._search is None or self._search.pattern is not pattern:
            self._search = Search(pattern)
        return self._search.grew(self.printed, self._from)

    def go_to(self) -> None:
        """The printers were restored: the text is what they had printed then."""
        self.printed[:] = self._run[: sum(printer.sent for printer in self._printers)]
        self._from = min(self._from, len(self.printed))

    def cut(self) -> None:
        """The run takes another course from here: what it printed later is not of this run."""
        del self._run[len(self.printed) :]
