"""The disassembler: an instruction word as the text that a programmer would write.

Derived from the table's patterns and syntaxes; common cases are shown as the pseudo-instructions
of `derive.pseudo`. The text assembles to the same word again, unless it names a symbol.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, assert_never

from vmlab.core.bits import MASK64, bits, signed
from vmlab.derive.decoder import LONG, decode, size_of
from vmlab.derive.pseudo import SHOWN
from vmlab.derive.syntax import (
    ORDER,
    UPPER_BITS,
    Kind,
    Slot,
    fence_text,
    fence_value,
    is_fixed,
    kind_of,
    operand_of,
    parse_slots,
    rounding_text,
    slots_of,
    suffixes,
    unwritten,
)
from vmlab.isa.csrs import BY_NUMBER, CSRS
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.registers import ABI_NAMES, FLOAT_NAMES, FLOAT_NUMBERS, REGISTER_NUMBERS

NO_SYMBOLS: Final[Mapping[int, str]] = MappingProxyType({})


def disassemble(word: int, address: int = 0, symbols: Mapping[int, str] = NO_SYMBOLS) -> str:
    """The text of the instruction `word` at `address`; `.word 0x...` for what is none, `.half`
    for what has 16 bits.

    `symbols` names addresses: a jump's target is shown as `<loop+0x8>` where it is known, in hex
    otherwise. A word whose reserved fields are not zero is shown as `.word`, with a remark.
    """
    instruction = decode(word)
    data = _data(word)
    if instruction is None:
        return data
    fields = decode_fields(instruction, word)
    if any(fields[operand.name] for operand in unwritten(instruction)):
        return f"{data} # {instruction.name} with reserved fields that are not zero"

    def written(name: str) -> str:
        if is_fixed(name):
            return name
        value = fields[operand_of(instruction, name).name]
        return _written(instruction, name, value, address, symbols)

    for row in _pseudo_forms(instruction):
        if row.fits(fields):
            texts = {name: written(real) for name, real in row.names.items()}
            return _line(row.name, row.slots, texts)
    slots = slots_of(instruction)
    if slots and slots[-1].usual is not None and fields[slots[-1].name] == slots[-1].usual:
        slots = slots[:-1]
    texts = {part: written(part) for slot in slots for part in slot.names}
    mnemonic = instruction.name + suffixes(instruction)[fields.get(ORDER, 0)]
    return _line(mnemonic, slots, texts)


def _data(word: int) -> str:
    """The word as a directive. One of 16 bits has nothing in its high half."""
    is_short = size_of(word) < size_of(LONG) and not word >> 16
    return f".half {word:#06x}" if is_short else data_word(word)


def data_word(word: int) -> str:
    """32 bits as a directive."""
    return f".word {word:#010x}"


def location(address: int, symbols: Mapping[int, str]) -> str | None:
    """`loop+0x8`: the nearest symbol at or below an address, None if all are above it."""
    exact = symbols.get(address)
    if exact is not None:
        return exact
    addresses = _addresses(symbols)
    index = bisect_right(addresses, address) - 1
    if index < 0:
        return None
    start = addresses[index]
    return f"{symbols[start]}+{address - start:#x}"


def _line(mnemonic: str, slots: tuple[Slot, ...], texts: Mapping[str, str]) -> str:
    shown = [
        f"{texts.get(slot.name, '')}({texts[slot.base]})" if slot.base else texts[slot.name]
        for slot in slots
    ]
    return f"{mnemonic} {', '.join(shown)}".rstrip()


def _written(
    instruction: Instruction, name: str, value: int, address: int, symbols: Mapping[int, str]
) -> str:
    kind = kind_of(instruction, name)
    match kind:
        case Kind.REGISTER:
            return ABI_NAMES[value]
        case Kind.FLOAT:
            return FLOAT_NAMES[value]
        case Kind.ROUNDING:
            return rounding_text(value)
        case Kind.NUMBER:
            return str(signed(value))
        case Kind.UPPER:
            operand = operand_of(instruction, name)
            return f"{bits(value, UPPER_BITS - 1, operand.low):#x}"
        case Kind.TARGET:
            target = (address + value) & MASK64
            known = location(target, symbols)
            return f"{target:#x}" if known is None else f"<{known}>"
        case Kind.CSR:
            return BY_NUMBER[value].name if value in BY_NUMBER else f"{value:#x}"
        case Kind.FENCE:
            return fence_text(value)
        case _:
            assert_never(kind)


@dataclass(frozen=True, slots=True)
class _PseudoForm:
    """A row of the table, read backwards: which fields must have which values, and what is left."""

    name: str
    slots: tuple[Slot, ...]
    fixed: tuple[tuple[str, int], ...]
    same: tuple[tuple[str, str], ...]
    """Fields that must be equal: what is written once stands for both."""
    names: Mapping[str, str]
    """The real instruction's slot name for each name of the written form."""

    def fits(self, fields: Mapping[str, int]) -> bool:
        if any(fields[one] != fields[other] for one, other in self.same):
            return False
        return all(fields[field] == value for field, value in self.fixed)


@cache
def _pseudo_forms(instruction: Instruction) -> tuple[_PseudoForm, ...]:
    found = []
    for row in SHOWN:
        meaning = row.expansion[0]
        if meaning.name != instruction.name:
            continue
        slots = parse_slots(row.operands)
        free = {part for slot in slots for part in slot.names}
        fixed: list[tuple[str, int]] = []
        same: list[tuple[str, str]] = []
        names: dict[str, str] = {}
        for real, given in zip(slots_of(instruction), parse_slots(meaning.operands), strict=True):
            for name, text in ((real.name, given.name), (real.base, given.base)):
                if text in free:
                    if text in names:
                        same.append((names[text], name))
                    names[text] = name
                elif name:
                    field = operand_of(instruction, name).name
                    fixed.append((field, _constant(instruction, name, text)))
        found.append(_PseudoForm(row.name, slots, tuple(fixed), tuple(same), names))
    return tuple(found)


def _constant(instruction: Instruction, name: str, text: str) -> int:
    """The field value of a constant in the table: a register, a CSR, letters or a number."""
    kind = kind_of(instruction, name)
    if kind is Kind.REGISTER:
        return REGISTER_NUMBERS[text]
    if kind is Kind.FLOAT:
        return FLOAT_NUMBERS[text]
    if kind is Kind.CSR:
        return CSRS[text].number
    if kind is Kind.FENCE and text != "0":
        return fence_value(text) or 0
    return int(text, 0) & MASK64


_last_sorted: tuple[Mapping[int, str], list[int]] = (NO_SYMBOLS, [])


def _addresses(symbols: Mapping[int, str]) -> list[int]:
    """The addresses in order. A kernel has 100,000 of them and a screen asks again for each line,
    so the last answer is kept."""
    global _last_sorted  # noqa: PLW0603  one remembered answer, nothing to pass around
    if _last_sorted[0] is not symbols or len(_last_sorted[1]) != len(symbols):
        _last_sorted = (symbols, sorted(symbols))
    return _last_sorted[1]
