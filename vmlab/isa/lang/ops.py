"""Arithmetic on symbolic values: the operators and methods that a description writes.

Constants are folded, obvious identities vanish, and the width of each result is worked out, so
that the text stays short without an optimiser. All arithmetic is modulo 2**64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vmlab.core.bits import MASK64, sext64, signed
from vmlab.isa.lang.ir import BOOL_OPS, XLEN, Const, Op, TraceError, Value

FOLD: Final[dict[str, Callable[..., int]]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "shl": lambda a, b: a << (b & 63),
    "shr": lambda a, b: a >> (b & 63),
    "sar": lambda a, b: signed(a) >> (b & 63),
    "sext": sext64,
    "clz": lambda a: XLEN - a.bit_length(),
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "ltu": lambda a, b: a < b,
    "leu": lambda a, b: a <= b,
    "lts": lambda a, b: signed(a) < signed(b),
    "les": lambda a, b: signed(a) <= signed(b),
    "both": lambda a, b: a & b,
    "either": lambda a, b: a | b,
}
_COMMUTES: Final = frozenset(["add", "mul", "and", "or", "xor", "eq", "ne", "both", "either"])


def const(value: int) -> Const:
    """A word known when the description is traced; negative numbers are two's complement."""
    return Const(value & MASK64)


def word(value: Value | int) -> Value:
    """A symbolic word from a word or a Python number; a truth value is refused."""
    if isinstance(value, int):
        return const(value)
    if value.truth:
        raise TraceError("a truth value where a word is needed: use .word()")
    return value


def need_truth(*values: Value) -> None:
    """Refuse words where truth values are needed."""
    for value in values:
        if not value.truth:
            raise TraceError("a word where a truth value is needed: compare it, or use .any(mask)")


def _width(name: str, a: Value, b: Value) -> int:
    if name in ("or", "xor"):
        return max(a.width, b.width)
    if name == "and":
        return min(a.width, b.width)
    if name == "add":
        return min(XLEN, max(a.width, b.width) + 1)
    if name == "mul":
        return min(XLEN, a.width + b.width)
    if name == "shl":
        return min(XLEN, a.width + b.value) if isinstance(b, Const) else XLEN
    if name == "shr":
        return max(1, a.width - b.value) if isinstance(b, Const) else a.width
    if name in ("divu", "remu"):
        return a.width
    return 1 if name in BOOL_OPS else XLEN


def _identity(name: str, a: Value, b: Const) -> Value | None:
    """`a op b` where the constant decides the result."""
    if b.value == 0 and name in ("add", "sub", "or", "xor", "shl", "shr", "sar"):
        return a
    if b.value == 0 and name in ("and", "mul"):
        return const(0)
    ones = (1 << a.width) - 1
    if name == "and" and b.value & ones == ones:
        return a
    if name == "shr" and b.value >= a.width:
        return const(0)
    if name == "sext" and a.width < b.value:
        return a
    if name == "both":
        return a if b.value else b
    if name == "either":
        return b if b.value else a
    return None


def make(name: str, a: Value, b: Value) -> Value:
    """`name` applied to two values, folded where the result is already known."""
    from vmlab.isa.lang.trace import current

    if name in ("shl", "shr", "sar") and b.width > 6:
        raise TraceError("a shift amount may have 6 bits: say which with .bits(5, 0)")
    if isinstance(a, Const) and not isinstance(b, Const) and name in _COMMUTES:
        a, b = b, a
    if isinstance(b, Const):
        if isinstance(a, Const) and name in FOLD:
            return Const(int(FOLD[name](a.value, b.value)) & MASK64, truth=name in BOOL_OPS)
        same = _identity(name, a, b)
        if same is not None:
            return same
    return current().bind(Op(name, (a, b), _width(name, a, b), current().block))


def logic(name: str, a: Value, b: Value | int) -> Value:
    """`&` and `|` work on two words or on two truth values, never on one of each."""
    if not a.truth:
        return make(name, a, word(b))
    if not isinstance(b, Value):
        raise TraceError("a truth value combines with truth values only")
    need_truth(a, b)
    return make("both" if name == "and" else "either", a, b)


def invert(a: Value) -> Value:
    """`~a`: all bits of a word, or the opposite of a truth value."""
    from vmlab.isa.lang.trace import current

    if not a.truth:
        return make("xor", a, const(MASK64))
    if isinstance(a, Const):
        return Const(1 - a.value, truth=True)
    return current().bind(Op("negate", (a,), 1, current().block))


def leading_zeros(a: Value) -> Value:
    """The zeros before the highest 1 of a word."""
    from vmlab.isa.lang.trace import current

    if isinstance(a, Const):
        return const(FOLD["clz"](a.value))
    return current().bind(Op("clz", (word(a),), XLEN.bit_length(), current().block))


def truth_to_word(a: Value) -> Value:
    """A truth value as the word 0 or 1."""
    from vmlab.isa.lang.trace import current

    need_truth(a)
    if isinstance(a, Const):
        return const(a.value)
    return current().bind(Op("word", (a,), 1, current().block))
