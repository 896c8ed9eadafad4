"""Conditions that end a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, StopAt, Watch

if TYPE_CHECKING:
    from vmlab.session.driving import Driver


class Plan(Protocol):
    """A run in pieces: a step over a line, say (`session.stepping`)."""

    def go(self, driver: Driver, most: int) -> Halt:
        """Drive on for at most `most` instructions: `Halt.BUDGET` is to be called again,
        `Halt.BREAKPOINT` is there."""
        ...


@dataclass(frozen=True, slots=True)
class Until:
    """One condition; make it with the class methods, as in `Until.trap()`.

    A run ends at the instruction where the condition first holds: before the instruction at a
    pc, after a trap has been taken, after the byte that completes a match has been printed.
    """

    at_trap: bool = False
    at_pc: int | None = None
    at_count: int | None = None
    at_mode: Mode | None = None
    at_console: re.Pattern[bytes] | None = None
    plan: Plan | None = None
    """More than one condition says: it drives the run itself."""

    def stop_at(
        self, breakpoints: frozenset[int], watches: tuple[Watch, ...], began: tuple[int, int]
    ) -> StopAt:
        """What the engine looks for in a run that began there. A count and the console's text are
        for the session to see to."""
        stops = breakpoints if self.at_pc is None else breakpoints | {self.at_pc}
        return StopAt(stops, self.at_trap, self.at_mode, began, watches)

    @classmethod
    def trap(cls) -> Until:
        """The next trap has been taken."""
        return cls(at_trap=True)

    @classmethod
    def pc(cls, address: int) -> Until:
        """The instruction at this virtual address is next."""
        return cls(at_pc=address)

    @classmethod
    def count(cls, retired: int) -> Until:
        """This many instructions have retired since reset."""
        return cls(at_count=retired)

    @classmethod
    def mode(cls, mode: Mode | str) -> Until:
        """The hart has entered this mode from another. V is not asked: S is HS or VS, and going
        between the two is no entry."""
        try:
            return cls(at_mode=Mode[mode] if isinstance(mode, str) else Mode(mode))
        except (KeyError, ValueError):
            raise BadInput(f"expected a mode U, S or M, found {mode!r}") from None

    @classmethod
    def console(cls, pattern: str | bytes) -> Until:
        """The guest has printed text, from now on, that matches a regular expression."""
        raw = pattern.encode() if isinstance(pattern, str) else pattern
        try:
            return cls(at_console=re.compile(raw))
        except (re.error, OverflowError, RecursionError) as error:
            raise BadInput(f"expected a regular expression, found {pattern!r}: {error}") from None
