"""A program under construction: machine words from the instruction table, labels, constants.

Not the assembler: a program here must not depend on the text that is under test elsewhere, and
needs no more than this.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from vmlab.core.bits import MASK64, sext
from vmlab.derive.decoder import size_of
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
    """Instructions one behind the other, from `base`."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.data = bytearray()
        self.labels: dict[str, int] = {}
        self._fixes: list[tuple[int, str, Callable[[int, int], int]]] = []

    @property
    def here(self) -> int:
        """The address of the next instruction."""
        return self.base + len(self.data)

    def label(self, name: str) -> None:
        """The next instruction is called `name`."""
        assert name not in self.labels, name
        self.labels[name] = self.here

    def raw(self, word: int) -> None:
        """Any 32 bits, legal or not."""
        self.data += struct.pack("<I", word)

    def short(self, word: int) -> None:
        """Any 16 bits."""
        self.data += struct.pack("<H", word)

    def put(self, word: int, padded: bool = True) -> None:
        """An instruction of any size. A 16-bit one is padded where a handler may skip it, which
        goes on 4 bytes further."""
        if size_of(word) == 4:
            self.raw(word)
            return
        self.short(word)
        if padded:
            self.short(word_of(BY_NAME["c.nop"]))

    def op(self, name: str, **operands: int) -> None:
        """One 32-bit instruction by name."""
        self.raw(word_of(BY_NAME[name], **operands))

    def csr(self, name: str, csr: str | int, rd: int = 0, rs1: int = 0) -> None:
        """A CSR instruction with a register operand, the CSR by name or number."""
        number = CSRS[csr].number if isinstance(csr, str) else csr
        self.op(name, rd=rd, rs1=rs1, csr=number)

    def branch(self, name: str, rs1: int, rs2: int, target: str) -> None:
        """A conditional branch to a label."""
        self.to(target, lambda at, to: word_of(BY_NAME[name], rs1=rs1, rs2=rs2, imm=to - at))

    def jump(self, target: str, rd: int = 0) -> None:
        """`jal` to a label."""
        self.to(target, lambda at, to: word_of(BY_NAME["jal"], rd=rd, imm=to - at))

    def to(self, target: str, make: Callable[[int, int], int], size: int = 4) -> None:
        """An instruction that `make` makes of its own address and a label's."""
        self._fixes.append((len(self.data), target, make))
        self.data += bytes(size)

    def address(self, rd: int, target: str, bias: int = 0) -> None:
        """Load a label's address, relative to pc (two instructions), and add a little."""
        at_auipc = self.here
        self.to(target, lambda at, to: word_of(BY_NAME["auipc"], rd=rd, imm=_high(to + bias - at)))
        self.to(
            target,
            lambda at, to: word_of(
                BY_NAME["addi"], rd=rd, rs1=rd, imm=sext(to + bias - at_auipc, 12)
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
        """The code, with every label in place."""
        for at, target, make in self._fixes:
            word = make(self.base + at, self.labels[target])
            size = size_of(word)
            self.data[at : at + size] = word.to_bytes(size, "little")
        self._fixes.clear()
        return bytes(self.data)


def _high(value: int) -> int:
    """The part that `lui` or `auipc` adds, rounded so that the low 12 bits are signed."""
    return (value + 0x800) & ~0xFFF
