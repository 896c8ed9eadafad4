"""Conditions of breakpoints: a small language that only reads.

    condition = or-expression, to its end
    or   = and { "||" and }              shift = sum { ("<<" | ">>") sum }
    and  = bits { "&&" bits }            sum   = product { ("+" | "-") product }
    bits = xor { "|" xor }               product = unary { "*" unary }
    xor  = mask { "^" mask }             unary = ("!" | "~" | "-") unary | primary
    mask = equal { "&" equal }           primary = number | name | memory | "(" or ")"
    equal = order { ("==" | "!=") order }
    order = shift { ("<" | "<=" | ">" | ">=") shift }
    memory = ( "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" ) "[" or "]"

Everything is a 64-bit number without a sign, as the hart has it; what is compared is either. A name
is a register (`a0`, `x10`, `pc`), a CSR, `mode` and `V`, a mode (`U`, `S`, `M`), or a symbol, which
is its address. Memory is read by virtual address, as a load would be now, little-endian. It is C's
order of operators; there is no assignment, no call and no other language behind it. A condition is
a function of the machine's state alone: so it holds at the same places forward and back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.isa.csrs import CSRS
from vmlab.isa.registers import ABI_NAMES

LONGEST: Final = 400
"""Characters of a condition."""
DEEPEST: Final = 40
"""Parentheses, brackets and signs inside one another."""
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?![0-9A-Za-z_])"
    r"|(?P<name>[A-Za-z_.$][A-Za-z0-9_.$]*)"
    r"|(?P<mark>\|\||&&|==|!=|<=|>=|<<|>>|[-+*|^&<>!~()\[\]]))"
)
_SIZES: Final = {
    "u8": (1, False), "u16": (2, False), "u32": (4, False), "u64": (8, False),
    "s8": (1, True), "s16": (2, True), "s32": (4, True),
}  # fmt: skip
_REGISTERS: Final = {name: at for at, name in enumerate(ABI_NAMES)} | {
    "fp": 8, **{f"x{at}": at for at in range(32)},
}  # fmt: skip
_LEVELS: Final = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="),
    ("<<", ">>"), ("+", "-"), ("*",),
)  # fmt: skip


class Unreadable(Exception):
    """Memory that a condition asks for has no translation, or is not RAM."""

    def __init__(self, address: int) -> None:
        super().__init__(f"nothing can be read at va {address:#x}")


class Reads(Protocol):
    """What a condition may ask of the machine; nothing in it changes anything."""

    def register(self, number: int) -> int: ...

    @property
    def pc(self) -> int: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def virtual(self) -> bool: ...

    def csr(self, number: int) -> int: ...
    def memory(self, address: int, size_bytes: int) -> int:
        """Raises `Unreadable`."""


Value = Callable[[Reads], int]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that has been understood; equal texts are equal."""

    text: str
    value: Value

    def holds(self, reads: Reads) -> bool:
        """Whether it holds now. Raises `Unreadable`."""
        return self.value(reads) != 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def parse(text: str, symbols: Mapping[int, str]) -> Condition:
    """Understand a condition. Raises `BadInput` that says what was expected, with a caret under
    what was found."""
    if len(text) > LONGEST:
        raise BadInput(f"expected a condition of at most {LONGEST} characters, found {len(text)}")
    parser = _Parser(text, symbols)
    value = parser.level(0)
    if parser.kind != "end":
        raise parser.error("an operator or the end")
    return Condition(" ".join(text.split()), value)


class _Parser:
    def __init__(self, text: str, symbols: Mapping[int, str]) -> None:
        self._text, self._symbols = text, symbols
        self._at = self._start = 0
        self._deep = 0
        self.kind, self._word = "", ""
        self._next()

    def error(self, expected: str) -> BadInput:
        """What was expected where the parser stands."""
        found = "its end" if self.kind == "end" else self._word or self._text[self._start]
        shown = "".join(letter if letter.isprintable() else " " for letter in self._text)
        return BadInput(f"expected {expected}, found {found}:\n{shown}\n{' ' * self._start}^")

    def _next(self) -> None:
        rest = self._text[self._at :]
        self._start = self._at + len(rest) - len(rest.lstrip())
        if not rest.strip():
            self.kind, self._word = "end", ""
            return
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            self.kind, self._word = "none", ""
            raise self.error("a number, a name or an operator")
        self.kind = str(found.lastgroup)
        self._word = found[self.kind]
        self._at = found.end()

    def _takes(self, *marks: str) -> str | None:
        if self.kind != "mark" or self._word not in marks:
            return None
        taken = self._word
        self._next()
        return taken

    def level(self, at: int) -> Value:
        """Operators of this level and of those that bind tighter."""
        if at == len(_LEVELS):
            return self._unary()
        value = self.level(at + 1)
        while (mark := self._takes(*_LEVELS[at])) is not None:
            value = _joined(mark, value, self.level(at + 1))
        return value

    def _unary(self) -> Value:
        self._deep += 1
        if self._deep > DEEPEST:
            raise self.error(f"at most {DEEPEST} levels of parentheses and signs")
        mark = self._takes("!", "~", "-")
        value = self._primary() if mark is None else _signed(mark, self._unary())
        self._deep -= 1
        return value

    def _primary(self) -> Value:
        word, kind = self._word, self.kind
        if kind == "number":
            number = int(word) if word.isdigit() else int(word, 0)
            if number > MASK64:
                raise self.error("a number of 64 bits")
            self._next()
            return lambda reads: number
        if kind == "name":
            start = self._start
            self._next()
            if word in _SIZES and self.kind == "mark" and self._word == "[":
                return self._memory(*_SIZES[word])
            return self._named(word, start)
        if self._takes("("):
            value = self.level(0)
            if not self._takes(")"):
                raise self.error(")")
            return value
        raise self.error("a number, a register, a CSR, a symbol, u8[...] to u64[...] or (")

    def _memory(self, size_bytes: int, signed: bool) -> Value:
        self._next()
        address = self.level(0)
        if not self._takes("]"):
            raise self.error("]")
        sign = 1 << 8 * size_bytes - 1

        def read(reads: Reads) -> int:
            value = reads.memory(address(reads), size_bytes)
            return (value ^ sign) - sign & MASK64 if signed else value

        return read

    def _named(self, name: str, start: int) -> Value:
        if name in _REGISTERS:
            number = _REGISTERS[name]
            return lambda reads: reads.register(number)
        if name == "pc":
            return lambda reads: reads.pc
        if name == "mode":
            return lambda reads: reads.mode.value
        if name == "V":
            return lambda reads: int(reads.virtual)
        if name in Mode.__members__:
            mode = Mode[name].value
            return lambda reads: mode
        if name in CSRS:
            csr = CSRS[name].number
            return lambda reads: reads.csr(csr)
        address = next((at for at, known in self._symbols.items() if known == name), None)
        if address is None:
            self.kind, self._word, self._start = "name", name, start
            raise self.error("a register, a CSR, mode, V, U, S, M or a symbol")
        return lambda reads: address


def _signed(mark: str, value: Value) -> Value:
    if mark == "!":
        return lambda reads: int(not value(reads))
    if mark == "~":
        return lambda reads: value(reads) ^ MASK64
    return lambda reads: -value(reads) & MASK64


_COMPARED: Final[Mapping[str, Callable[[int, int], int]]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b & 63) & MASK64,  # as sll: six bits of the amount
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b & MASK64,
    "-": lambda a, b: a - b & MASK64,
    "*": lambda a, b: a * b & MASK64,
}


def _joined(mark: str, left: Value, right: Value) -> Value:
    if mark == "||":
        return lambda reads: int(bool(left(reads)) or bool(right(reads)))
    if mark == "&&":
        return lambda reads: int(bool(left(reads)) and bool(right(reads)))
    both = _COMPARED[mark]
    return lambda reads: both(left(reads), right(reads))
