"""What a region has to know of an instruction before it is printed, from its text alone.

A region prints what touches registers and memory only, with its accesses and its jump where they
are easily found. All else is T1's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

from vmlab.derive.schedule import Assign, Step, When, operands, schedule, used_by
from vmlab.derive.t1.handlers import in_place
from vmlab.derive.wasm.helpers import PRODUCTS
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import (
    Bind,
    Effect,
    Jump,
    Op,
    Param,
    RaiseTrap,
    Read,
    Value,
    Write,
    XReg,
    walk,
)
from vmlab.isa.lang.verify import BY_ADDRESS


class Jumps(Enum):
    """Whether the text sets the address of the next instruction."""

    NEVER = "never"
    PERHAPS = "perhaps"
    ALWAYS = "always"


@dataclass(frozen=True)
class Shape:
    """One instruction's text. `steps` are those that a region prints: of an instruction that jumps
    perhaps, those before the condition."""

    translated: bool
    jumps: Jumps
    steps: tuple[Step, ...]
    condition: Value | None
    """Of an instruction that jumps perhaps."""
    taken: bool
    """It jumps if the condition has this value."""
    target: Value | None
    refuses: tuple[Value, ...]
    """Conditions under which the target is refused; where one is not known to fail, a branch is
    T1's."""
    reads: tuple[XReg, ...]
    writes: tuple[XReg, ...]
    links: tuple[XReg, ...]
    """Registers that are given the next instruction's address."""
    accesses: frozenset[str]
    products: bool
    """It needs the helpers for wide products."""


@cache
def shape_of(instruction: Instruction) -> Shape:
    """The shape of an instruction."""
    traced = instruction.traced()
    steps = tuple(schedule(traced))
    jump = _jump(steps)
    writes = [s for s in walk(traced.body) if isinstance(s, Write) and isinstance(s.place, XReg)]
    values = list(_values(instruction))
    reads = [v.place for v in values if isinstance(v, Read) and isinstance(v.place, XReg)]
    accesses = [s.what for s in walk(traced.body) if isinstance(s, Effect)]
    return Shape(
        translated=in_place(instruction) and jump is not None and _is_plain(steps),
        jumps=jump.jumps if jump else _any_jump(steps),
        steps=jump.steps if jump else steps,
        condition=jump.condition if jump else None,
        taken=bool(jump and jump.taken),
        target=jump.target if jump else None,
        refuses=jump.refuses if jump else (),
        reads=tuple(reads),
        writes=tuple(s.place for s in writes if isinstance(s.place, XReg)),
        links=tuple(
            s.place
            for s in writes
            if isinstance(s.place, XReg)
            and isinstance(s.value, Param)
            and s.value.name == "next_pc"
        ),
        accesses=frozenset(what for what in accesses if what in BY_ADDRESS),
        products=any(isinstance(v, Op) and v.name in PRODUCTS for v in values),
    )


@dataclass(frozen=True)
class _Found:
    jumps: Jumps
    steps: tuple[Step, ...]
    condition: Value | None = None
    taken: bool = True
    target: Value | None = None
    refuses: tuple[Value, ...] = ()


def _jump(steps: tuple[Step, ...]) -> _Found | None:
    """Where the text jumps; None if that is nowhere that we print."""
    where = [at for at, step in enumerate(steps) if _jumps_in(step)]
    if not where:
        return _Found(Jumps.NEVER, steps)
    if len(where) > 1:
        return None
    step = steps[where[0]]
    if isinstance(step, Jump):
        return _Found(Jumps.ALWAYS, steps, target=step.target)
    if where[0] + 1 != len(steps) or not isinstance(step, When):
        return None
    if step.then and step.otherwise:
        return None
    return _branch(steps[:-1], step)


def _branch(before: tuple[Step, ...], step: When) -> _Found | None:
    """A jump under a condition, after conditions that refuse its target."""
    *first, last = step.then or step.otherwise
    refuses: list[Value] = []
    for one in first:
        if isinstance(one, When) and not one.otherwise and _only_traps(one.then):
            refuses.append(one.condition)
        elif not isinstance(one, Assign):
            return None
    if not isinstance(last, Jump):
        return None
    return _Found(
        Jumps.PERHAPS, before, step.condition, bool(step.then), last.target, tuple(refuses)
    )


def _only_traps(steps: Sequence[Step]) -> bool:
    return bool(steps) and all(isinstance(step, RaiseTrap | Assign) for step in steps)


def _jumps_in(step: Step) -> bool:
    if isinstance(step, When):
        return any(map(_jumps_in, step.then)) or any(map(_jumps_in, step.otherwise))
    return isinstance(step, Jump)


def _any_jump(steps: Sequence[Step]) -> Jumps:
    if any(isinstance(step, Jump) for step in steps):
        return Jumps.ALWAYS
    return Jumps.PERHAPS if any(map(_jumps_in, steps)) else Jumps.NEVER


def _is_plain(steps: Sequence[Step], top: bool = True) -> bool:
    """True if accesses stand at the top, and no trap does: that would be all there is."""
    for step in steps:
        if isinstance(step, When):
            if not _is_plain(step.then, False) or not _is_plain(step.otherwise, False):
                return False
        elif isinstance(step, Effect):
            if not top or step.what not in BY_ADDRESS:
                return False
        elif isinstance(step, RaiseTrap) and top:
            return False
    return True


def _values(instruction: Instruction) -> Iterator[Value]:
    """Every value that the text uses."""
    todo: list[Value] = []
    for statement in walk(instruction.traced().body):
        todo += used_by(statement)
        if isinstance(statement, Bind):
            todo.append(statement.value)
    seen: set[int] = set()
    while todo:
        value = todo.pop()
        if id(value) not in seen:
            seen.add(id(value))
            todo += operands(value)
            yield value
