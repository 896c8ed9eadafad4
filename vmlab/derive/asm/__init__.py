"""The assembler, derived from the instruction table.

`assemble` takes a source to a program at its addresses, `derive.objfile` that to an ELF file.
The order of the steps: `tokens` -> `expressions` and `forms` (an instruction and its operands) or
`directives` -> `builder` -> `layout` -> `assembler`.
"""

from __future__ import annotations

from vmlab.derive.asm.assembler import Assembled, Section, Symbol, assemble
from vmlab.derive.asm.problems import AsmErrors, Position, Problem

__all__ = ["AsmErrors", "Assembled", "Position", "Problem", "Section", "Symbol", "assemble"]
