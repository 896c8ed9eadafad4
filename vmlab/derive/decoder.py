"""The decoder: which instruction an instruction word is.

Generated from the table's patterns, never written by hand. The major opcode, the size bits and
funct3 choose a handful of candidates; each is then compared under its mask. No word matches two
patterns (tests/unit/derive/test_decoder.py), so the order of the candidates does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vmlab.isa.encoding import Instruction
from vmlab.isa.table import INSTRUCTIONS

KEY_MASK: Final = 0b111_00000_1111111
"""funct3 and opcode: the bits that separate most instructions."""

Candidates = dict[int, tuple[tuple[int, int, Instruction], ...]]


def candidates_of(instructions: Iterable[Instruction]) -> Candidates:
    """(mask, match, instruction) of the instructions that a key can mean, for each key."""
    found: dict[int, list[tuple[int, int, Instruction]]] = {}
    for instruction in instructions:
        row = (instruction.mask, instruction.match, instruction)
        for key in _keys(instruction):
            found.setdefault(key, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def _keys(instruction: Instruction) -> list[int]:
    """Every value of the key bits that agrees with the pattern: lui has funct3 free, so eight."""
    keys = [instruction.match & KEY_MASK]
    for bit in range(KEY_MASK.bit_length()):
        if KEY_MASK >> bit & 1 and not instruction.mask >> bit & 1:
            keys += [key | 1 << bit for key in keys]
    return keys


_CANDIDATES: Final = candidates_of(INSTRUCTIONS)


def decode(word: int) -> Instruction | None:
    """The instruction that a word encodes, or None: then fetching it is an illegal instruction.

    A word ending in 0b11 is 32 bits; a 16-bit encoding is looked up in the low half of the word.
    """
    for mask, match, instruction in _CANDIDATES.get(word & KEY_MASK, ()):
        if word & mask == match:
            return instruction
    return None
