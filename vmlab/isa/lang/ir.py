"""The small program that tracing leaves behind: places, statements, blocks, kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from vmlab.core.bits import XLEN
from vmlab.isa.lang.value import BOOL_OPS, WORD_OPS, Const, Op, Param, TraceError, Value

__all__ = [
    "BOOL_OPS",
    "WORD_OPS",
    "XLEN",
    "Array",
    "Bind",
    "Block",
    "Const",
    "Effect",
    "Element",
    "Field",
    "If",
    "Jump",
    "Kernel",
    "Leave",
    "Loop",
    "Op",
    "Param",
    "Place",
    "RaiseTrap",
    "Read",
    "Result",
    "Return",
    "Statement",
    "TraceError",
    "Traced",
    "Value",
    "Variable",
    "Write",
    "XReg",
    "walk",
]


class Block:
    """A sequence of statements, nested under at most one parent."""

    __slots__ = ("parent", "statements")

    def __init__(self, parent: Block | None = None) -> None:
        self.parent = parent
        self.statements: list[Statement] = []

    def encloses(self, other: Block | None) -> bool:
        """True if `other` is this block or nested in it."""
        while other is not None:
            if other is self:
                return True
            other = other.parent
        return False


class Read(Value):
    """The content of a place at the moment where the read stands in the text."""

    __slots__ = ("place",)

    def __init__(self, place: Place, block: Block) -> None:
        super().__init__(place.width, block)
        self.place = place


class Result(Value):
    """One of the results of a statement: a call, a load."""

    __slots__ = ("index", "source")

    def __init__(self, source: Effect, index: int, width: int, block: Block) -> None:
        super().__init__(width, block)
        self.source = source
        self.index = index


# Places ------------------------------------------------------------------------------------


WORD_BYTES: Final = XLEN // 8


@dataclass(frozen=True)
class Field:
    """A 64-bit word of the hart's arena. `offset_bytes` counts from the arena's start."""

    name: str
    width: int
    offset_bytes: int
    doc: str = ""

    @cached_property
    def slot(self) -> int:
        """Its index in the arena seen as 64-bit words."""
        return self.offset_bytes // WORD_BYTES


@dataclass(frozen=True)
class Array:
    """Consecutive words of the arena, indexed by a guest value that the text keeps in range."""

    name: str
    length: int
    width: int
    offset_bytes: int
    doc: str = ""

    @cached_property
    def slot(self) -> int:
        """The index of its first word in the arena seen as 64-bit words."""
        return self.offset_bytes // WORD_BYTES


@dataclass(frozen=True, eq=False)
class Element:
    """One element of an array."""

    array: Array
    index: Value

    @property
    def width(self) -> int:
        return self.array.width


@dataclass(frozen=True)
class XReg:
    """An integer register: named by an operand field (`rd`, `rs1`, ...), or always the same."""

    operand: str
    width: int = XLEN
    number: int | None = None
    """The register, where no operand field chooses it."""


@dataclass(eq=False)
class Variable:
    """A local of one kernel that may be assigned more than once."""

    serial: int
    width: int


Place = Field | Element | XReg | Variable


# Statements --------------------------------------------------------------------------------


@dataclass(eq=False)
class Bind:
    """Give a pure operation or a read its place in the text."""

    value: Op | Read


@dataclass(eq=False)
class Write:
    """Assign to a place."""

    place: Place
    value: Value


@dataclass(eq=False)
class Effect:
    """Something beyond reading and writing places: `what` names the primitive or call.

    `load`, `store`, and the atomic ones of `verify.BY_ADDRESS`: memory by virtual address; may
    trap.
    `ram_load`, `ram_store`: RAM by physical address, already checked.
    `mmio_load`, `mmio_store`, `mmio_fetch`: a device.
    `call`: a kernel. `hook`: tells an engine that something it may have cached has changed.
    `note`: a record for listeners; absent where nobody can listen. `count`: an event counter.
    """

    what: str
    args: tuple[Value, ...]
    name: str = ""
    size_bytes: int = 0
    kernel: Kernel | None = None
    results: tuple[Result, ...] = ()


@dataclass(eq=False)
class If:
    condition: Value
    then: Block
    otherwise: Block


@dataclass(eq=False)
class Loop:
    body: Block


@dataclass(eq=False)
class Leave:
    """Leave the innermost loop."""


@dataclass(eq=False)
class Return:
    values: tuple[Value, ...]


@dataclass(eq=False)
class RaiseTrap:
    """End the instruction with an exception; nothing has been written yet (verified)."""

    cause: Value
    tval: Value


@dataclass(eq=False)
class Jump:
    """Set the address of the next instruction."""

    target: Value


Statement = Bind | Write | Effect | If | Loop | Leave | Return | RaiseTrap | Jump


# Programs ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Traced:
    """One traced program: its number parameters, its text, and how many values it returns."""

    params: tuple[Param, ...]
    body: Block
    results: int


@dataclass(eq=False)
class Kernel:
    """A system operation, described once: a function over words that returns words."""

    name: str
    function: Callable[..., None]
    widths: dict[str, int]
    result_widths: tuple[int, ...]
    _traced: Traced | None = field(default=None, repr=False)

    def traced(self) -> Traced:
        """The kernel's text; traced at first use."""
        if self._traced is None:
            from vmlab.isa.lang.trace import trace_kernel

            self._traced = trace_kernel(self)
        return self._traced

    def __call__(self, *args: Any) -> None:
        raise TraceError(f"{self.name} is a kernel: call it with k.call({self.name}, ...)")


def walk(block: Block) -> Sequence[Statement]:
    """All statements of a block and the blocks nested in it, in text order."""
    found: list[Statement] = []
    for statement in block.statements:
        found.append(statement)
        if isinstance(statement, If):
            found += walk(statement.then)
            found += walk(statement.otherwise)
        elif isinstance(statement, Loop):
            found += walk(statement.body)
    return found
