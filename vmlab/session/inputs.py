"""What reaches a run from outside: what is typed into the guest's console, and what somebody
changes in the machine (`session.edits`), each with the step at which it came.

Going back keeps it, so that going forward again meets it at the same step; something else that
comes in the past drops what had come later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vmlab.core.errors import BadInput
from vmlab.engine.api import Engine
from vmlab.machine.platform import Machine
from vmlab.session import edits
from vmlab.session.edits import Edit, Place
from vmlab.trace.recording import Packed


@dataclass(frozen=True, slots=True)
class Input:
    """Console input: `data` arrived when the machine had made `step` steps."""

    step: int
    data: bytes


Given = Input | Edit
"""Input of either kind."""


def give(machine: Machine, engine: Engine, given: Given) -> None:
    """Input arrives."""
    if isinstance(given, Edit):
        edits.apply(machine, engine, given)
    else:
        machine.receive(given.data)


def packed(given: Given) -> Packed:
    """As a file holds it."""
    if isinstance(given, Edit):
        return given.step, given.data, given.place.value, given.number
    return given.step, given.data


def unpacked(found: Packed) -> Given:
    """What a file held. Raises `BadInput` for a place of a change that this version lacks."""
    if len(found) == 2:
        return Input(*found)
    step, data, place, number = found
    try:
        return Edit(step, Place(place), number, data)
    except ValueError:
        places = ", ".join(known.value for known in Place)
        raise BadInput(f"expected a change of {places}, found {place!r}") from None


class Inputs:
    """All input of a run, in order of steps, and how much of it the guest has received."""

    def __init__(self, given: Iterable[Given] = ()) -> None:
        self._given = list(given)
        self.delivered = 0
        """How many pieces the guest has received."""

    def __bool__(self) -> bool:
        return bool(self._given)

    def all(self) -> tuple[Given, ...]:
        """The input of the whole run, what is still to come included."""
        return tuple(self._given)

    def until(self, step: int) -> tuple[Given, ...]:
        """The input that has arrived after `step` steps."""
        return tuple(given for given in self._given if given.step <= step)

    def add(self, given: Given) -> None:
        """Somebody types or changes something now: what had been recorded for later is dropped."""
        self._given = [*self.until(given.step), given]

    def next_step(self) -> int | None:
        """When the next piece arrives, or None if there is none."""
        at = self.delivered
        return self._given[at].step if at < len(self._given) else None

    def deliver(self, step: int, receive: Callable[[Given], None]) -> None:
        """Hand over what is due after `step` steps."""
        while (due := self.next_step()) is not None and due <= step:
            given = self._given[self.delivered]
            self.delivered += 1
            receive(given)

    def rewind(self, delivered: int) -> None:
        """The machine was restored to where it had received this many pieces."""
        self.delivered = delivered
