"""Words of an instruction, for tests over the whole table."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.derive.syntax import unwritten
from vmlab.isa.encoding import Instruction


def free_bits(instruction: Instruction, reserved: bool = True) -> int:
    """The bits that operands choose; without those of reserved fields if so asked."""
    free = ~instruction.mask & (1 << 8 * instruction.size_bytes) - 1
    for operand in () if reserved else unwritten(instruction):
        free &= ~operand.insert((1 << operand.width) - 1)
    return free


def some_words(instruction: Instruction) -> Iterator[int]:
    """A few encodings with quite different operands."""
    free = free_bits(instruction)
    for fill in (0, free, free & 0x55555555, free & 0xAAAAAAAA):
        if instruction.matches(instruction.match | fill):
            yield instruction.match | fill
