"""Encodings: the manual's bit patterns, read as data.

A pattern is written as in the manual's tables, high bits first: `imm[12|10:5] rs2 rs1 000
imm[4:1|11] 1100011`. Digits are fixed bits; a name is an operand field. `rd`, `rs1`, `rs2` name
registers, `rd'` one of x8 to x15 in three bits; `frd` and its like name floating-point registers;
`imm` is sign-extended from its highest bit; every other field is unsigned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from vmlab.core.bits import bits, sext64
from vmlab.core.errors import BrokenInvariant
from vmlab.isa.kit import InstructionKit
from vmlab.isa.lang.ir import Param, Traced
from vmlab.isa.lang.trace import Reg, trace_instruction

REGISTER_FIELDS: Final = frozenset({"rd", "rs1", "rs2"})
FLOAT_FIELDS: Final = frozenset({"frd", "frs1", "frs2", "frs3"})
FIRST_PRIME: Final = 8
"""The first of the eight registers that a field such as rd' can name."""
_DEFAULT_WIDTH: Final = {
    "rd": 5,
    "rs1": 5,
    "rs2": 5,
    "frd": 5,
    "frs1": 5,
    "frs2": 5,
    "frs3": 5,
    "rm": 3,
    "csr": 12,
    "uimm": 5,
    "order": 2,
    "fm": 4,
    "pred": 4,
    "succ": 4,
}
_TOKEN = re.compile(
    r"(?P<digits>[01]+)|(?P<name>[a-z][a-z0-9]*)(?P<prime>')?(\[(?P<slices>[0-9:|]+)\])?"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Instruction bits `high:low` hold bits `value_low` and up of the operand."""

    high: int
    low: int
    value_low: int


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand field of an encoding."""

    name: str
    pieces: tuple[Piece, ...]
    first: int = 0
    """The register that is encoded as 0."""

    @property
    def width(self) -> int:
        """Bits of the operand's value before sign extension, counting implied low zeros."""
        return max(piece.value_low + piece.high - piece.low for piece in self.pieces) + 1

    @property
    def low(self) -> int:
        """The lowest bit that is encoded; those below are zero (a branch offset's bit 0)."""
        return min(piece.value_low for piece in self.pieces)

    @property
    def is_register(self) -> bool:
        return self.name in REGISTER_FIELDS

    @property
    def is_float(self) -> bool:
        """True for the number of a floating-point register: texts index `state.F` with it."""
        return self.name in FLOAT_FIELDS

    @property
    def is_signed(self) -> bool:
        return self.name == "imm"

    def extract(self, word: int) -> int:
        """The operand's value in an instruction word; 64 bits wide when it is signed."""
        value = 0
        for piece in self.pieces:
            value |= bits(word, piece.high, piece.low) << piece.value_low
        return sext64(value, self.width) if self.is_signed else value + self.first

    def insert(self, value: int) -> int:
        """The instruction bits that hold `value`, which must fit (`fits`)."""
        word = 0
        value -= self.first
        for piece in self.pieces:
            top = piece.value_low + piece.high - piece.low
            word |= bits(value, top, piece.value_low) << piece.low
        return word

    def fits(self, value: int) -> bool:
        """True if encoding `value` loses nothing. A signed operand takes negative numbers."""
        return self.extract(self.insert(value)) == (
            value & (1 << 64) - 1 if self.is_signed else value
        )


def parse_pattern(pattern: str) -> tuple[int, int, int, tuple[Operand, ...]]:
    """(mask, match, size in bits, operands) of a pattern in the manual's notation."""
    mask = match = 0
    pieces: dict[str, list[Piece]] = {}
    primes: set[str] = set()
    at = width = sum(_token_width(token) for token in pattern.split())
    if width not in (16, 32):
        raise BrokenInvariant(f"expected a pattern of 16 or 32 bits, found {width} in {pattern!r}")
    for token in pattern.split():
        found = _TOKEN.fullmatch(token)
        assert found is not None
        if found["digits"]:
            for digit in found["digits"]:
                at -= 1
                mask |= 1 << at
                match |= int(digit) << at
            continue
        if found["prime"]:
            primes.add(found["name"])
        for high, low in _slices(found):
            at -= high - low + 1
            pieces.setdefault(found["name"], []).append(Piece(at + high - low, at, low))
    operands = tuple(
        Operand(name, tuple(parts), FIRST_PRIME if name in primes else 0)
        for name, parts in pieces.items()
    )
    return mask, match, width, operands


def _slices(found: re.Match[str]) -> list[tuple[int, int]]:
    text = found["slices"]
    if text is None:
        return [((3 if found["prime"] else _DEFAULT_WIDTH[found["name"]]) - 1, 0)]
    ends = [part.split(":") for part in text.split("|")]
    return [(int(part[0]), int(part[-1])) for part in ends]


def _token_width(token: str) -> int:
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise BrokenInvariant(f"expected digits or a field name, found {token!r}")
    if found["digits"]:
        return len(found["digits"])
    return sum(high - low + 1 for high, low in _slices(found))


@dataclass(eq=False)
class Instruction:
    """One instruction: its encoding, its assembly syntax and its meaning."""

    name: str
    extension: str
    pattern: str
    syntax: str
    body: Callable[..., None]
    doc: str
    unless: tuple[tuple[str, int], ...] = ()
    """Values of operands with which the pattern is something else, or reserved."""
    _traced: Traced | None = field(default=None, repr=False)

    @cached_property
    def _parsed(self) -> tuple[int, int, int, tuple[Operand, ...]]:
        return parse_pattern(self.pattern)

    @property
    def mask(self) -> int:
        return self._parsed[0]

    @property
    def match(self) -> int:
        return self._parsed[1]

    @property
    def size_bytes(self) -> int:
        return self._parsed[2] // 8

    @property
    def operands(self) -> tuple[Operand, ...]:
        return self._parsed[3]

    def matches(self, word: int) -> bool:
        """True if the word encodes this instruction."""
        return word & self.mask == self.match and not any(
            operand.extract(word) == value
            for name, value in self.unless
            for operand in self.operands
            if operand.name == name
        )

    def traced(self) -> Traced:
        """The instruction's text; traced at first use."""
        if self._traced is None:
            given: dict[str, Reg | Param] = {}
            for operand in self.operands:
                width = 64 if operand.is_signed else operand.width
                width = _DEFAULT_WIDTH[operand.name] if operand.is_float else width
                reg = operand.is_register
                given[operand.name] = Reg(operand.name) if reg else Param(operand.name, width)
            self._traced = trace_instruction(self.name, InstructionKit(), self.body, given)
        return self._traced


def decode_fields(instruction: Instruction, word: int) -> dict[str, int]:
    """The operands of an instruction word, by name; signed values as 64 bits."""
    return {operand.name: operand.extract(word) for operand in instruction.operands}


def encode(instruction: Instruction, operands: Mapping[str, int]) -> int:
    """The instruction word. The caller has checked that each operand fits."""
    word = instruction.match
    for operand in instruction.operands:
        word |= operand.insert(operands[operand.name])
    return word


class Extension:
    """Collects the instructions of one extension's file, in text order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.instructions: list[Instruction] = []

    def __call__(
        self, pattern: str, syntax: str = "", name: str = "", **unless: int
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Decorator: the function below is the meaning of the instruction with this pattern, but
        not with an operand that has the value given in `unless`."""

        def declare(body: Callable[..., None]) -> Callable[..., None]:
            mnemonic = name or body.__name__.rstrip("_").replace("_", ".")
            doc = (body.__doc__ or "").strip()
            self.instructions.append(
                Instruction(mnemonic, self.name, pattern, syntax, body, doc, tuple(unless.items()))
            )
            return body

        return declare
