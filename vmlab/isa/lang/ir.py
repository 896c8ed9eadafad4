"""The small program that tracing leaves behind: values, places, statements, blocks.

Every value is a 64-bit word or a truth value. A word carries `width`, an upper bound on its
significant bits, so that a printer knows where wrapping to 64 bits cannot happen. Values are
compared by identity only: two equal-looking reads are two reads.

A value belongs to the block in which it was made; `trace` refuses its use outside that block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

XLEN: Final = 64

WORD_OPS: Final = frozenset(
    [
        "add",
        "sub",
        "mul",
        "mulhu",
        "mulhs",
        "mulhsu",
        "divu",
        "divs",
        "remu",
        "rems",
        "and",
        "or",
        "xor",
        "shl",
        "shr",
        "sar",
        "sext",
        "select",
        "word",
    ]
)
"""Operations whose result is a word. `sext` has its source width as a constant second argument;
`word` turns a truth value into 0 or 1; divisions are undefined where RISC-V has special cases
(the description guards them)."""
BOOL_OPS: Final = frozenset(["eq", "ne", "ltu", "lts", "leu", "les", "both", "either", "negate"])
"""Operations whose result is a truth value."""


class TraceError(Exception):
    """The description itself is wrong: found while it was traced, never while a guest runs."""


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


class Value:
    """A symbolic word or truth value. Subclasses say where it comes from."""

    __slots__ = ("block", "truth", "width")

    def __init__(self, width: int, block: Block | None, truth: bool = False) -> None:
        self.width = width
        self.block = block
        self.truth = truth

    def __bool__(self) -> bool:
        raise TraceError(
            "a Python `if` on a guest value: it is not known when the description is traced; "
            "use k.when, k.select, & and |"
        )

    def __eq__(self, other: object) -> bool:
        raise TraceError("== on guest values compares the description, not the guest: use .eq()")

    __hash__ = object.__hash__

    # Arithmetic is modulo 2**64; `ops` does the work. Signed comparisons end in s.

    def __add__(self, other: Value | int) -> Value:
        return _words("add", self, other)

    def __radd__(self, other: int) -> Value:
        return _words("add", other, self)

    def __sub__(self, other: Value | int) -> Value:
        return _words("sub", self, other)

    def __rsub__(self, other: int) -> Value:
        return _words("sub", other, self)

    def __mul__(self, other: Value | int) -> Value:
        return _words("mul", self, other)

    def __xor__(self, other: Value | int) -> Value:
        return _words("xor", self, other)

    def __lshift__(self, other: Value | int) -> Value:
        return _words("shl", self, other)

    def __rshift__(self, other: Value | int) -> Value:
        return _words("shr", self, other)

    def __and__(self, other: Value | int) -> Value:
        return _logic("and", self, other)

    def __or__(self, other: Value | int) -> Value:
        return _logic("or", self, other)

    def __invert__(self) -> Value:
        return _invert(self)

    def word(self) -> Value:
        """A truth value as the word 0 or 1."""
        return _truth_to_word(self)

    def bits(self, high: int, low: int) -> Value:
        """Field `self[high:low]`, both ends included, as the manuals write it."""
        return _logic("and", _words("shr", self, low), (1 << (high - low + 1)) - 1)

    def sext(self, width: int) -> Value:
        """The low `width` bits, sign-extended."""
        return _words("sext", self, width)

    def any(self, mask: int) -> Value:
        """True if any bit of the mask is set."""
        return _words("ne", _logic("and", self, mask), 0)

    def none(self, mask: int) -> Value:
        """True if no bit of the mask is set."""
        return _words("eq", _logic("and", self, mask), 0)

    def sar(self, other: Value | int) -> Value:
        """Shift right, copying the sign."""
        return _words("sar", self, other)

    def eq(self, other: Value | int) -> Value:
        return _words("eq", self, other)

    def ne(self, other: Value | int) -> Value:
        return _words("ne", self, other)

    def ltu(self, other: Value | int) -> Value:
        return _words("ltu", self, other)

    def leu(self, other: Value | int) -> Value:
        return _words("leu", self, other)

    def geu(self, other: Value | int) -> Value:
        return _words("leu", other, self)

    def gtu(self, other: Value | int) -> Value:
        return _words("ltu", other, self)

    def lts(self, other: Value | int) -> Value:
        return _words("lts", self, other)

    def ges(self, other: Value | int) -> Value:
        return _words("les", other, self)

    def mulhu(self, other: Value) -> Value:
        """The high 64 bits of the unsigned product."""
        return _words("mulhu", self, other)

    def mulhs(self, other: Value) -> Value:
        """The high 64 bits of the signed product."""
        return _words("mulhs", self, other)

    def mulhsu(self, other: Value) -> Value:
        """The high 64 bits of signed times unsigned."""
        return _words("mulhsu", self, other)

    def divu(self, other: Value) -> Value:
        """Unsigned quotient; the divisor is not 0 (the description guards it)."""
        return _words("divu", self, other)

    def remu(self, other: Value) -> Value:
        """Unsigned remainder; the divisor is not 0."""
        return _words("remu", self, other)

    def divs(self, other: Value) -> Value:
        """Signed quotient, towards zero; the divisor is not 0 and the quotient fits."""
        return _words("divs", self, other)

    def rems(self, other: Value) -> Value:
        """Signed remainder with the dividend's sign; the divisor is not 0 and the quotient fits."""
        return _words("rems", self, other)


def _words(name: str, a: Value | int, b: Value | int) -> Value:
    from vmlab.isa.lang import ops

    return ops.make(name, ops.word(a), ops.word(b))


def _logic(name: str, a: Value, b: Value | int) -> Value:
    from vmlab.isa.lang import ops

    return ops.logic(name, a, b)


def _invert(a: Value) -> Value:
    from vmlab.isa.lang import ops

    return ops.invert(a)


def _truth_to_word(a: Value) -> Value:
    from vmlab.isa.lang import ops

    return ops.truth_to_word(a)


class Const(Value):
    """A value known when the description is traced."""

    __slots__ = ("value",)

    def __init__(self, value: int, truth: bool = False) -> None:
        super().__init__(1 if truth else max(1, value.bit_length()), None, truth)
        self.value = value


class Param(Value):
    """A parameter of a kernel, or an operand field of an instruction that is a number."""

    __slots__ = ("name",)

    def __init__(self, name: str, width: int) -> None:
        super().__init__(width, None)
        self.name = name


class Op(Value):
    """A pure operation on other values."""

    __slots__ = ("args", "name")

    def __init__(self, name: str, args: Sequence[Value], width: int, block: Block) -> None:
        super().__init__(width, block, name in BOOL_OPS)
        self.name = name
        self.args = tuple(args)


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


@dataclass(frozen=True)
class Field:
    """A 64-bit word of the hart's arena. `offset_bytes` counts from the arena's start."""

    name: str
    width: int
    offset_bytes: int
    doc: str = ""


@dataclass(frozen=True)
class Array:
    """Consecutive words of the arena, indexed by a guest value that the text keeps in range."""

    name: str
    length: int
    width: int
    offset_bytes: int
    doc: str = ""


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
    """An integer register named by an operand field (`rd`, `rs1`, ...)."""

    operand: str
    width: int = XLEN


@dataclass(eq=False)
class Variable:
    """A local of one kernel that may be assigned more than once."""

    serial: int
    width: int
    truth: bool = False


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

    `load`, `store`: memory by virtual address; may trap.
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
