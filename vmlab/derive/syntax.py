"""How an instruction's operands are written: the table's `syntax` column, taken apart.

The assembler and the disassembler both read a syntax such as `rd, imm(rs1)` through this module, so
that neither knows an instruction by its name. `target` stands for the operand `imm` written as an
address; an operand that the syntax leaves out (the reserved fields of a fence) is zero. A register
by its own name (`sp`) is written, and encoded nowhere: it can be no other.

`order` is written behind the mnemonic: `amoadd.w.aqrl`. A rounding mode is written last, and only
if it is not the usual one: dynamic, or what the syntax names (`rm=rne`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.isa.encoding import FLOAT_FIELDS, REGISTER_FIELDS, Instruction, Operand
from vmlab.isa.registers import FLOAT_NUMBERS, REGISTER_NUMBERS
from vmlab.isa.softfloat.formats import DYN, ROUNDING_MODES

FENCE_LETTERS: Final = ((8, "i"), (4, "o"), (2, "r"), (1, "w"))
"""Device input and output, memory reads and writes: the bits of a fence's operands (2.7)."""

UPPER_BITS: Final = 32
"""An upper immediate is written as the high bits of so many, also where fewer are encoded."""
ROUNDING: Final = "rm"
ORDER: Final = "order"
ORDER_SUFFIXES: Final = ("", ".rl", ".aq", ".aqrl")
"""Release and acquire, by the value of `order` (13.1)."""

_SLOT = re.compile(r"\s*(?P<name>[^\s,()]*)(?:\((?P<base>[^\s,()]+)\))?\s*")


@dataclass(frozen=True, slots=True)
class Slot:
    """One written operand: `rd`, or `imm(rs1)`, whose `base` is rs1; `(rs1)` has no name. One
    that has a `usual` value may be left out where it is the last."""

    name: str
    base: str = ""
    usual: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that stand in it."""
        return tuple(name for name in (self.name, self.base) if name)

    def __str__(self) -> str:
        return f"{self.name}({self.base})" if self.base else self.name


class Kind(Enum):
    """What a programmer writes in a slot."""

    REGISTER = "a register"
    FLOAT = "a floating-point register"
    ROUNDING = "a rounding mode"
    NUMBER = "a number"
    UPPER = "the upper bits of a number"
    TARGET = "an address"
    CSR = "a CSR"
    FENCE = "a set of the letters i, o, r, w"


def parse_slots(text: str) -> tuple[Slot, ...]:
    """The slots of a syntax, or of a row's right side: `rd, 0(ra)`."""
    if not text.strip():
        return ()
    slots = []
    for part in text.split(","):
        found = _SLOT.fullmatch(part)
        if found is None:
            raise BrokenInvariant(f"expected an operand such as rd or imm(rs1), found {part!r}")
        name, _, mode = found["name"].partition("=")
        usual = ROUNDING_MODES[mode] if mode else DYN if name == ROUNDING else None
        slots.append(Slot(name, found["base"] or "", usual))
    return tuple(slots)


@cache
def slots_of(instruction: Instruction) -> tuple[Slot, ...]:
    """The slots of an instruction, in the order in which they are written."""
    return parse_slots(instruction.syntax)


@cache
def operand_of(instruction: Instruction, name: str) -> Operand:
    """The encoded operand that a slot's name means."""
    wanted = "imm" if name == "target" else name
    for operand in instruction.operands:
        if operand.name == wanted:
            return operand
    raise BrokenInvariant(f"expected {wanted} in {instruction.name}'s pattern, as its syntax says")


@cache
def unwritten(instruction: Instruction) -> tuple[Operand, ...]:
    """Operands that are encoded but not written: reserved fields, zero in what we assemble."""
    names = {part for slot in slots_of(instruction) for part in slot.names}
    written = {"imm" if name == "target" else name for name in names}
    written.add(ORDER)
    return tuple(operand for operand in instruction.operands if operand.name not in written)


@cache
def suffixes(instruction: Instruction) -> tuple[str, ...]:
    """What may stand behind the mnemonic, by the value of `order`."""
    ordered = any(operand.name == ORDER for operand in instruction.operands)
    return ORDER_SUFFIXES if ordered else ("",)


def is_fixed(name: str) -> bool:
    """True if a slot's name is a register by its own name."""
    return name in REGISTER_NUMBERS


@cache
def kind_of(instruction: Instruction, name: str) -> Kind:
    """What is written for a slot's name in this instruction."""
    if name in REGISTER_FIELDS or is_fixed(name):
        return Kind.REGISTER
    if name in FLOAT_FIELDS:
        return Kind.FLOAT
    if name == ROUNDING:
        return Kind.ROUNDING
    if name == "target":
        return Kind.TARGET
    if name == "csr":
        return Kind.CSR
    if name in ("pred", "succ"):
        return Kind.FENCE
    operand = operand_of(instruction, name)
    # lui and auipc: the 20 bits themselves are written, not the number that they make. Smaller
    # steps (a compressed load's multiples of 4) are written as the whole number.
    return Kind.UPPER if operand.is_signed and operand.low >= 12 else Kind.NUMBER


ROUNDING_NAMES: Final = {value: name for name, value in ROUNDING_MODES.items()}


def rounding_text(value: int) -> str:
    """A rounding mode by its name; a reserved one by its number."""
    return ROUNDING_NAMES.get(value, str(value))


def is_register_name(text: str) -> bool:
    """True if the text names a register of either file: nothing else may have that name."""
    return text in REGISTER_NUMBERS or text in FLOAT_NUMBERS


def fence_text(value: int) -> str:
    """A fence operand as letters; the empty set is written 0."""
    return "".join(letter for bit, letter in FENCE_LETTERS if value & bit) or "0"


def fence_value(text: str) -> int | None:
    """The bits of a set of letters in their order (`rw`, not `wr`), None if it is not one."""
    value = sum(bit for bit, letter in FENCE_LETTERS if letter in text)
    return value if text == fence_text(value) and value else None
