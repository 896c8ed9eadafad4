"""Symbolic values: what a description computes with.

Every value is a 64-bit word or a truth value. A word carries `width`, an upper bound on its
significant bits, so that a printer knows where wrapping to 64 bits cannot happen. Values are
compared by identity only: two equal-looking reads are two reads.

A value belongs to the block in which it was made; `trace` refuses its use outside that block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vmlab.isa.lang.ir import Block

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
        "clz",
    ]
)
"""Operations whose result is a word. `sext` has its source width as a constant second argument;
`word` turns a truth value into 0 or 1; `clz` counts leading zeros, 64 of 0; divisions are undefined
where RISC-V has special cases (the description guards them)."""
BOOL_OPS: Final = frozenset(["eq", "ne", "ltu", "lts", "leu", "les", "both", "either", "negate"])
"""Operations whose result is a truth value."""


class TraceError(Exception):
    """The description itself is wrong: found while it was traced, never while a guest runs."""


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

    def clz(self) -> Value:
        """How many zeros stand before the highest 1; 64 if there is none."""
        return _leading_zeros(self)

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


def _leading_zeros(a: Value) -> Value:
    from vmlab.isa.lang import ops

    return ops.leading_zeros(a)


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
        assert name in WORD_OPS or name in BOOL_OPS, name
        super().__init__(width, block, name in BOOL_OPS)
        self.name = name
        self.args = tuple(args)
