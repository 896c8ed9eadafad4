"""What is typed into the guest's console: each piece with the step at which it arrived.

Going back keeps it, so that going forward again meets it at the same step; typing something else
in the past drops what had come later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Input:
    """Console input: `data` arrived when the machine had made `step` steps."""

    step: int
    data: bytes


class Inputs:
    """All input of a run, in order of steps, and how much of it the guest has received."""

    def __init__(self, given: Iterable[Input] = ()) -> None:
        self._given = list(given)
        self.delivered = 0
        """How many pieces the guest has received."""

    def __bool__(self) -> bool:
        return bool(self._given)

    def all(self) -> tuple[Input, ...]:
        """The input of the whole run, what is still to come included."""
        return tuple(self._given)

    def until(self, step: int) -> tuple[Input, ...]:
        """The input that has arrived after `step` steps."""
        return tuple(given for given in self._given if given.step <= step)

    def add(self, step: int, data: bytes) -> None:
        """Somebody types now, at `step`: what had been recorded for later is dropped."""
        self._given = [*self.until(step), Input(step, data)]

    def next_step(self) -> int | None:
        """When the next piece arrives, or None if there is none."""
        at = self.delivered
        return self._given[at].step if at < len(self._given) else None

    def deliver(self, step: int, receive: Callable[[bytes], None]) -> None:
        """Hand over what is due after `step` steps."""
        while (due := self.next_step()) is not None and due <= step:
            receive(self._given[self.delivered].data)
            self.delivered += 1

    def rewind(self, delivered: int) -> None:
        """The machine was restored to where it had received this many pieces."""
        self.delivered = delivered
