"""Expressions: reading them, and their values.

Operators bind as GNU's and LLVM's assemblers have it, which is not C's order: `* / % << >>` first,
then `| & ^`, then `+ -`. Values are whole numbers of any size on the way; whoever uses one checks
that it fits. `>>` of a negative number shifts its 64-bit form, as those assemblers do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from vmlab.core.bits import MASK64, bits, sext
from vmlab.derive.asm.problems import Position, Wrong
from vmlab.derive.asm.tokens import Statement, T, Token

_PRECEDENCE: Final = {
    "*": 3, "/": 3, "%": 3, "<<": 3, ">>": 3,
    "|": 2, "&": 2, "^": 2,
    "+": 1, "-": 1,
}  # fmt: skip
_RELOCATIONS: Final = ("%hi", "%lo", "%pcrel_hi", "%pcrel_lo")
_MOST_BITS: Final = 128
_DEEPEST: Final = 40
"""Parentheses inside each other: what Python's stack holds with ease."""
_MOST_OPERATORS: Final = 100


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    at: Position


@dataclass(frozen=True, slots=True)
class Name:
    """A symbol, a register or a CSR: where it stands tells. `1f` is a name too."""

    text: str
    at: Position


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    of: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expr
    right: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Relocation:
    """`%hi(x)` and its like: the part of an address that one instruction of a pair holds."""

    operator: str
    of: Expr
    at: Position


Expr = Number | Name | Unary | Binary | Relocation


class Reader:
    """The tokens of one statement, read from left to right."""

    def __init__(self, statement: Statement) -> None:
        self._tokens = statement
        self._index = 0
        self._depth = 0
        self._operators = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._index]

    def peek(self, ahead: int = 1) -> Token:
        return self._tokens[min(self._index + ahead, len(self._tokens) - 1)]

    def next(self) -> Token:
        token = self.now
        if token.kind is not T.END:
            self._index += 1
        return token

    def at_end(self) -> bool:
        return self.now.kind is T.END

    def at_mark(self, mark: str) -> bool:
        return self.now.kind is T.MARK and self.now.text == mark

    def take_mark(self, mark: str) -> bool:
        """True, and past it, if the mark stands here."""
        if self.at_mark(mark):
            self._index += 1
            return True
        return False

    def expect(self, kind: T, what: str) -> Token:
        if self.now.kind is not kind:
            raise Wrong(self.now.at, f"expected {what}, found {self.now}")
        return self.next()

    def expect_mark(self, mark: str, where: str = "") -> None:
        if not self.take_mark(mark):
            raise Wrong(self.now.at, f"expected '{mark}'{where}, found {self.now}")

    def expect_end(self) -> None:
        if not self.at_end():
            raise Wrong(self.now.at, f"expected the end of the statement, found {self.now}")

    def expression(self, least: int = 1) -> Expr:
        """An expression whose operators bind at least as tightly as `least`."""
        if self._depth == 0:
            self._operators = 0
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Wrong(self.now.at, f"expected at most {_DEEPEST} levels of parentheses")
        left = self._prefixed()
        while self.now.kind is T.MARK and _PRECEDENCE.get(self.now.text, 0) >= least:
            operator = self._operator()
            right = self.expression(_PRECEDENCE[operator.text] + 1)
            left = Binary(operator.text, left, right, operator.at)
        self._depth -= 1
        return left

    def _prefixed(self) -> Expr:
        signs = []
        while self.now.kind is T.MARK and self.now.text in "+-~":
            signs.append(self._operator())
        value = self._primary()
        for sign in reversed(signs):
            value = Unary(sign.text, value, sign.at)
        return value

    def _operator(self) -> Token:
        self._operators += 1
        if self._operators > _MOST_OPERATORS:
            raise Wrong(self.now.at, f"expected at most {_MOST_OPERATORS} operators")
        return self.next()

    def _primary(self) -> Expr:
        token = self.next()
        match token.kind:
            case T.NUMBER:
                return Number(read_number(token), token.at)
            case T.CHAR:
                return Number(ord(token.text), token.at)
            case T.NAME | T.LOCAL:
                return Name(token.text, token.at)
            case T.RELOCATION:
                if token.text not in _RELOCATIONS:
                    known = ", ".join(_RELOCATIONS)
                    raise Wrong(token.at, f"expected one of {known}, found {token}")
                self.expect_mark("(")
                inner = self.expression()
                self.expect_mark(")")
                return Relocation(token.text, inner, token.at)
        if token.kind is T.MARK and token.text == "(":
            inner = self.expression()
            self.expect_mark(")", " to match '('")
            return inner
        raise Wrong(token.at, f"expected a number, a symbol or '(', found {token}")


def read_number(token: Token) -> int:
    """The value of 42, 0x2a, 0b101010 or 052."""
    text = token.text.lower()
    try:
        if text.startswith("0") and text.isdigit():
            return int(text, 8)
        return int(text, 0)
    except ValueError:
        raise Wrong(
            token.at, f"expected a number such as 42, 0x2a or 0b101010, found {token}"
        ) from None


class Scope(Protocol):
    """What an expression can ask of the assembly around it."""

    def symbol(self, name: Name, depth: int) -> int:
        """The value of a symbol, or `Wrong`."""

    def defines(self, name: str) -> bool:
        """True if there is a symbol of this name, wherever it is defined."""

    def paired(self, address: int, at: Position) -> int:
        """How far the target of the `%pcrel_hi` at `address` is from there, or `Wrong`."""


def evaluate(expr: Expr, scope: Scope, here: int, depth: int = 0) -> int:
    """The value of an expression in an instruction at `here` (negative: not known yet). Raises
    `Wrong`."""
    if depth > _MOST_OPERATORS + _DEEPEST:
        raise Wrong(expr.at, "expected a value, found definitions nested too deep")
    match expr:
        case Number(value=value):
            return value
        case Name(text="."):
            if here < 0:
                raise Wrong(expr.at, "expected a value known here, found the location '.'")
            return here
        case Name():
            return scope.symbol(expr, depth)
        case Unary(operator=operator, of=of):
            value = evaluate(of, scope, here, depth + 1)
            return -value if operator == "-" else ~value if operator == "~" else value
        case Binary(left=left, right=right):
            a = evaluate(left, scope, here, depth + 1)
            b = evaluate(right, scope, here, depth + 1)
            result = _apply(expr, a, b)
            if result.bit_length() > _MOST_BITS:
                raise Wrong(expr.at, f"expected numbers of at most {_MOST_BITS} bits on the way")
            return result
        case Relocation(operator=operator, of=of):
            value = evaluate(of, scope, here, depth + 1)
            return _relocate(expr, value, scope, here)


def _apply(expr: Binary, a: int, b: int) -> int:
    match expr.operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "|":
            return a | b
        case "&":
            return a & b
        case "^":
            return a ^ b
        case "<<" | ">>":
            if not 0 <= b < _MOST_BITS:
                raise Wrong(expr.at, f"expected a shift by 0..{_MOST_BITS - 1}, found {b}")
            if expr.operator == "<<":
                return a << b
            return (a & MASK64 if a < 0 else a) >> b
    if b == 0:
        raise Wrong(expr.at, "expected a divisor other than 0")
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)  # as C has it: towards zero
    return quotient if expr.operator == "/" else a - quotient * b


def _relocate(expr: Relocation, value: int, scope: Scope, here: int) -> int:
    """The upper 20 bits are rounded so that adding the sign-extended lower 12 gives the value."""
    if expr.operator == "%pcrel_lo":
        return sext(scope.paired(value, expr.at), 12)
    if expr.operator == "%lo":
        return sext(value, 12)
    reach = sext(value, 64) if expr.operator == "%hi" else value - here
    if not -(1 << 31) - 0x800 <= reach < (1 << 31) - 0x800:
        found = f"{value:#x}" if expr.operator == "%hi" else f"{value:#x}, {reach:#x} away"
        advice = "; use `la`, which counts from pc" if expr.operator == "%hi" else ""
        raise Wrong(
            expr.of.at, f"expected an address that 32 signed bits reach, found {found}{advice}"
        )
    return bits(reach + 0x800, 31, 12)
