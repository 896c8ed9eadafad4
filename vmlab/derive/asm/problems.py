"""What is wrong with a source file, and where: all of it at once, not only the first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vmlab.core.errors import BadInput
from vmlab.derive.asm.hints import did_you_mean

MOST_SHOWN: Final = 50
"""Problems listed in a message: a file of another kind would make thousands."""


class Position(NamedTuple):
    """A place in the source; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: what was expected there and what was found."""

    at: Position
    message: str
    found: str = ""
    known: Collection[str] = field(default=(), compare=False)
    """The word that was found and those it may have been meant to be."""


class Wrong(Exception):
    """A mistake met while reading or evaluating; the driver collects it as a `Problem`."""

    def __init__(
        self, at: Position, message: str, found: str = "", known: Collection[str] = ()
    ) -> None:
        super().__init__(message)
        self.problem = Problem(at, message, found, known)


class AsmErrors(BadInput):
    """The problems of one source, in its order.

    The message has a line `name:line:column: expected ..., found ...` for each.
    """

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = tuple(sorted(set(problems), key=lambda one: (one.at, one.message)))
        # Near misses are looked for here, so that a large file of another kind costs no time.
        lines = [
            f"{name}:{one.at.line}:{one.at.column}: {one.message}"
            + did_you_mean(one.found, one.known)
            for one in self.problems[:MOST_SHOWN]
        ]
        if len(self.problems) > MOST_SHOWN:
            lines.append(f"{name}: and {len(self.problems) - MOST_SHOWN} more")
        super().__init__("\n".join(lines))
