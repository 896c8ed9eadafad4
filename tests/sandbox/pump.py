"""A made-up exercise's words: a tank that is asked, a valve that is changed.

The sandbox of the tests gets this file as the module `pump`; the tests import it by its long name.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.lab import wire


@wire.live("level")
class Tank:
    """Stays with the grader, and counts how often it is asked."""

    def __init__(self, levels: list[int]) -> None:
        self._levels, self.asked = levels, 0

    def level(self, place: int) -> int:
        """How full it is at a place."""
        self.asked += 1
        return self._levels[place]

    def drain(self) -> None:
        """No program may call this."""
        raise AssertionError("a program called what it may not")


@wire.carried
@dataclass
class Valve:
    """A program opens and closes it."""

    opened: bool
    turns: int
