"""Which values of a text get a name, and which stand where they are used.

Tracing binds every value at its place. Printing them all as locals would be slow and unreadable;
so a value used once moves into its use, unless something that it read may have changed between.
Both printers (Python, WebAssembly) print from here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from vmlab.isa.lang.ir import (
    Bind,
    Block,
    Effect,
    Element,
    If,
    Jump,
    Leave,
    Loop,
    Op,
    RaiseTrap,
    Read,
    Return,
    Statement,
    Traced,
    Value,
    Write,
    walk,
)


@dataclass(eq=False)
class Assign:
    """Give the value a local."""

    value: Op | Read


@dataclass(eq=False)
class When:
    """A condition with its two scheduled branches."""

    condition: Value
    then: list[Step]
    otherwise: list[Step]


@dataclass(eq=False)
class Repeat:
    """A loop with its scheduled body."""

    body: list[Step]


Step = Assign | When | Repeat | Write | Effect | Leave | Return | RaiseTrap | Jump


def operands(value: Value) -> tuple[Value, ...]:
    """The values that a value is computed from."""
    if isinstance(value, Op):
        return value.args
    if isinstance(value, Read) and isinstance(value.place, Element):
        return (value.place.index,)
    return ()


def used_by(statement: Statement) -> tuple[Value, ...]:
    """The values that a statement uses itself (not those of nested blocks)."""
    if isinstance(statement, Write):
        index = (statement.place.index,) if isinstance(statement.place, Element) else ()
        return (*index, statement.value)
    if isinstance(statement, Effect):
        return statement.args
    if isinstance(statement, If):
        return (statement.condition,)
    if isinstance(statement, Return):
        return statement.values
    if isinstance(statement, RaiseTrap):
        return (statement.cause, statement.tval)
    if isinstance(statement, Jump):
        return (statement.target,)
    return ()


class _Scheduler:
    def __init__(self, root: Block) -> None:
        self.uses: Counter[int] = Counter()
        self._count(root)
        self.pending: dict[int, tuple[Op | Read, bool]] = {}

    def _count(self, root: Block) -> None:
        """Uses by what is alive; a value that nothing uses is not counted and so not printed."""
        stack: list[Value] = []
        for statement in walk(root):
            stack += used_by(statement)
        seen: set[int] = set()
        while stack:
            value = stack.pop()
            self.uses[id(value)] += 1
            if id(value) not in seen:
                seen.add(id(value))
                stack += operands(value)

    def _consume(self, values: tuple[Value, ...]) -> bool:
        """Mark pending values as printed inside this use; True if any of them reads state."""
        reads = False
        for value in values:
            entry = self.pending.pop(id(value), None)
            if entry is not None:
                inner = self._consume(operands(value))
                reads = reads or entry[1] or inner
        return reads

    def _reads(self, value: Op | Read) -> bool:
        if isinstance(value, Read):
            return True
        return any(self.pending[id(arg)][1] for arg in value.args if id(arg) in self.pending)

    def _flush(self, steps: list[Step]) -> None:
        """Name the pending values that the next statement could change."""
        chosen = [value for value, reads in self.pending.values() if reads]
        # A pending operand is printed inside its user: only the outermost are named.
        inner = {id(arg) for value in chosen for arg in operands(value)}
        for value in chosen:
            if id(value) not in inner:
                self._consume((value,))
                steps.append(Assign(value))

    def block(self, block: Block) -> list[Step]:
        steps: list[Step] = []
        for statement in block.statements:
            if isinstance(statement, Bind):
                self._bind(statement.value, steps)
                continue
            self._consume(used_by(statement))
            if isinstance(statement, If):
                self._flush(steps)
                then = self.block(statement.then)
                otherwise = self.block(statement.otherwise)
                if then or otherwise:
                    steps.append(When(statement.condition, then, otherwise))
            elif isinstance(statement, Loop):
                self._flush(steps)
                steps.append(Repeat(self.block(statement.body)))
            else:
                if isinstance(statement, Write | Effect):
                    self._flush(steps)
                steps.append(statement)
        return steps

    def _bind(self, value: Op | Read, steps: list[Step]) -> None:
        uses = self.uses[id(value)]
        if uses == 0:
            return
        if uses == 1:
            self.pending[id(value)] = (value, self._reads(value))
            return
        self._consume(operands(value))
        steps.append(Assign(value))


@cache
def schedule(traced: Traced) -> Sequence[Step]:
    """The text as steps; a value without an `Assign` stands where it is used. Kept, since an
    instruction is printed again for every place that it stands at."""
    return _Scheduler(traced.body).block(traced.body)
