"""The decoder: which instruction an instruction word is.

Generated from the table's patterns, never written by hand. The major opcode, the size bits and
funct3 choose a handful of candidates; each is then compared under its mask. No word matches two
patterns (tests/unit/derive/test_decoder.py), so the order of the candidates does not matter.

A word ending in 0b11 is 32 bits; any other is 16 bits, and only its low half counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from vmlab.isa.encoding import Instruction
from vmlab.isa.extensions import BUILT
from vmlab.isa.table import ALWAYS, INSTRUCTIONS

KEY_MASK: Final = 0b111_00000_1111111
"""funct3 and opcode: the bits that separate most 32-bit instructions."""
SHORT_KEY_MASK: Final = 0b111_00000000000_11
"""The same of 16-bit instructions."""
LONG: Final = 0b11

Candidates = dict[int, tuple[tuple[int, int, Instruction], ...]]


def size_of(word: int) -> int:
    """Bytes of an instruction, from its lowest bits (unprivileged manual, 1.5)."""
    return 4 if word & LONG == LONG else 2


def key_mask(word: int) -> int:
    """The bits of a word by which its candidates are found."""
    return KEY_MASK if word & LONG == LONG else SHORT_KEY_MASK


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
    mask = key_mask(instruction.match)
    keys = [instruction.match & mask]
    for bit in range(mask.bit_length()):
        if mask >> bit & 1 and not instruction.mask >> bit & 1:
            keys += [key | 1 << bit for key in keys]
    return keys


@cache
def decoder(extensions: frozenset[str]) -> Callable[[int], Instruction | None]:
    """The decoder of a machine that has these extensions; the privileged instructions always."""
    here = extensions | ALWAYS
    candidates = candidates_of(insn for insn in INSTRUCTIONS if insn.extension in here)

    def decode(word: int) -> Instruction | None:
        for mask, match, instruction in candidates.get(word & key_mask(word), ()):
            if word & mask == match and (not instruction.unless or instruction.matches(word)):
                return instruction
        return None

    return decode


_decode_all = decoder(BUILT)


def decode(word: int) -> Instruction | None:
    """The instruction that a word encodes with all that is built, or None: then fetching it is
    an illegal instruction."""
    return _decode_all(word)
