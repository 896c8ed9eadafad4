"""A program under construction: machine words from the instruction table, labels, constants.

Not the assembler: a program here must not depend on the text that is under test elsewhere, and
needs no more than this.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from vmlab.core.bits import MASK64, sext
from vmlab.isa.csrs import CSRS
from vmlab.isa.encoding import Instruction, encode
from vmlab.isa.table import INSTRUCTIONS

BY_NAME: Final = {instruction.name: instruction for instruction in INSTRUCTIONS}


def word_of(instruction: Instruction, **operands: int) -> int:
    """The instruction word; operands that are not given are 0. Raises if one does not fit."""
    given = {operand.name: operands.pop(operand.name, 0) for operand in instruction.operands}
    assert not operands, f"{instruction.name} has no {sorted(operands)}"
    for operand in instruction.operands:
        value = given[operand.name] & MASK64 if operand.is_signed else given[operand.name]
        assert operand.fits(value), f"{instruction.name}: {operand.name}={value:#x} does not fit"
        given[operand.name] = value
    return encode(instruction, given)


class Code:
    """Instructions at consecutive addresses from `base`."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.words: list[int] = []
        self.labels: dict[str, int] = {}
        self._fixes: list[tuple[int, str, Callable[[int, int], int]]] = []

    @property
    def here(self) -> int:
        """The address of the next instruction."""
        return self.base + 4 * len(self.words)

    def label(self, name: str) -> None:
        """The next instruction is called `name`."""
        assert name not in self.labels, name
        self.labels[name] = self.here

    def raw(self, word: int) -> None:
        """Any 32-bit word, legal or not."""
        self.words.append(word)

    def op(self, name: str, **operands: int) -> None:
        """One instruction by name."""
        self.words.append(word_of(BY_NAME[name], **operands))

    def csr(self, name: str, csr: str | int, rd: int = 0, rs1: int = 0) -> None:
        """A CSR instruction with a register operand, the CSR by name or number."""
        number = CSRS[csr].number if isinstance(csr, str) else csr
        self.op(name, rd=rd, rs1=rs1, csr=number)

    def branch(self, name: str, rs1: int, rs2: int, target: str) -> None:
        """A conditional branch to a label."""
        self._to(target, lambda at, to: word_of(BY_NAME[name], rs1=rs1, rs2=rs2, imm=to - at))

    def jump(self, target: str, rd: int = 0) -> None:
        """`jal` to a label."""
        self._to(target, lambda at, to: word_of(BY_NAME["jal"], rd=rd, imm=to - at))

    def _to(self, target: str, make: Callable[[int, int], int]) -> None:
        self._fixes.append((len(self.words), target, make))
        self.words.append(0)

    def address(self, rd: int, target: str) -> None:
        """Load a label's address, relative to pc (two instructions)."""
        self._to(target, lambda at, to: word_of(BY_NAME["auipc"], rd=rd, imm=_high(to - at)))
        at_auipc = len(self.words) - 1
        self._to(
            target,
            lambda at, to: word_of(
                BY_NAME["addi"], rd=rd, rs1=rd, imm=sext(to - self.base - 4 * at_auipc, 12)
            ),
        )

    def li(self, rd: int, value: int) -> None:
        """Load any 64-bit constant; one to eight instructions."""
        value = sext(value, 64)
        if -2048 <= value < 2048:
            self.op("addi", rd=rd, rs1=0, imm=value)
        elif -(1 << 31) <= value < (1 << 31):
            self.op("lui", rd=rd, imm=sext(_high(value), 32))
            if low := sext(value, 12):
                self.op("addiw", rd=rd, rs1=rd, imm=low)
        else:
            low = sext(value, 12)
            rest = (value - low) >> 12
            shift = 12
            while rest % 2 == 0:
                rest >>= 1
                shift += 1
            self.li(rd, rest)
            self.op("slli", rd=rd, rs1=rd, shamt=shift)
            if low:
                self.op("addi", rd=rd, rs1=rd, imm=low)

    def bytes(self) -> bytes:
        """The words, with every label in place."""
        for index, target, make in self._fixes:
            self.words[index] = make(self.base + 4 * index, self.labels[target])
        self._fixes.clear()
        return struct.pack(f"<{len(self.words)}I", *self.words)


def _high(value: int) -> int:
    """The part that `lui` or `auipc` adds, rounded so that the low 12 bits are signed."""
    return (value + 0x800) & ~0xFFF
