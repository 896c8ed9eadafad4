"""The description printed as Python that counts what it does: one addition a straight run.

An *operation* is what stands once in the text of an instruction or kernel: an arithmetic or
logical operation, a read or a write of a register or a word of state, an access to memory, a call,
a jump. A call or an access by virtual address is one, and what its kernel does is counted there.
What only tells an engine or a listener something (`hook`, `note`, `count`) is none.

    counted[0] += 4        the run below has four operations: read rs1, extend, add, write rd
    x[rd] = x[rs1] + ...

An expression counts whole, though Python may leave out the second half of an `and`: so the number
belongs to the description and the path through it, and not to the language it is printed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vmlab.derive.pysrc import Printer
from vmlab.derive.schedule import Assign, Repeat, Step, When, operands, used_by
from vmlab.isa.lang.ir import Effect, Jump, Op, Read, Value, Write
from vmlab.isa.lang.verify import BY_ADDRESS

COUNTED: Final = "counted"
"""The name of the list whose first number the printed source adds to."""
_FREE: Final = frozenset({"hook", "note", "count"})
"""Effects that tell somebody something and do nothing to the machine."""


def straight_runs(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """The steps in pieces of which all runs if the first does: a piece ends behind a branch, a
    loop, and an access that may trap."""
    start = 0
    for at, step in enumerate(steps, 1):
        may_trap = isinstance(step, Effect) and step.what in BY_ADDRESS
        if may_trap or isinstance(step, When | Repeat):
            yield steps[start:at]
            start = at
    if start < len(steps):
        yield steps[start:]


class CountingPrinter(Printer):
    """Prints what `Printer` prints, and before each straight run how much there is in it."""

    def steps(self, steps: Sequence[Step]) -> None:
        for run in straight_runs(steps):
            operations = self._operations(run)
            if operations:
                self.emit(f"{COUNTED}[0] += {operations}")
            super().steps(run)

    def _operations(self, run: Sequence[Step]) -> int:
        """How many operations a run has by itself: not in the branches of its last step."""
        total, named = 0, set(self.names)
        for step in run:
            if isinstance(step, Assign):
                total += self._inside(step.value, named)
                named.add(id(step.value))
                continue
            if isinstance(step, Repeat):
                continue
            values = (step.condition,) if isinstance(step, When) else used_by(step)
            total += sum(self._inside(value, named) for value in values)
            works = isinstance(step, Effect) and step.what not in _FREE
            total += works or isinstance(step, Write | Jump)
        return total

    def _inside(self, value: Value, named: set[int]) -> int:
        """The operations that are written where the value is used; none if it has a name."""
        if id(value) in named or self.known(value) is not None:
            return 0
        if not isinstance(value, Op | Read):
            return 0
        return 1 + sum(self._inside(part, named) for part in operands(value))
