"""What an instruction is written with: the Kit, and what RISC-V adds to it.

`pc` and `next_pc` are operands of every instruction; the framework advances pc when the text
does not jump.
"""

from __future__ import annotations

from vmlab.isa.causes import (
    ILLEGAL_INSTRUCTION,
    INSTRUCTION_ADDRESS_MISALIGNED,
    VIRTUAL_INSTRUCTION,
)
from vmlab.isa.extensions import has
from vmlab.isa.lang import Kit, Reg, Value
from vmlab.isa.lang.ir import Param


class InstructionKit(Kit):
    """Traces one instruction."""

    def __init__(self) -> None:
        super().__init__()
        self.pc: Value = Param("pc", 64)
        self.next_pc: Value = Param("next_pc", 64)
        self.word: Value = Param("word", 32)

    def number(self, reg: Reg) -> Value:
        """The number of the register that an operand field names (not its content)."""
        return Param(reg.operand, 5)

    def jump(self, target: Value) -> None:
        """Continue at the even address `target`. Without 16-bit instructions it must be a
        multiple of 4; another raises an exception here, at the jump (2.5)."""
        with self.when(target.any(2) & ~has(self, "zca")):
            self.trap(INSTRUCTION_ADDRESS_MISALIGNED, target)
        self.go(target)

    def illegal(self) -> None:
        """Raise an illegal-instruction exception; tval is the instruction (Spike's choice)."""
        self.trap(ILLEGAL_INSTRUCTION, self.word)

    def virtual_instruction(self) -> None:
        """Raise the exception of what HS may and VS or VU may not; tval as for `illegal`."""
        self.trap(VIRTUAL_INSTRUCTION, self.word)
