"""The rows of an RV64 machine: every instruction of the table, and for CSR instructions every CSR.

An instruction is tried with a few choices of operands. M's CSRs share a row each instruction, as do
counters that read zero: that is what they have in common below M.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from vmlab.core.modes import Mode
from vmlab.derive.decoder import decoder
from vmlab.derive.disasm import disassemble
from vmlab.isa import zicsr
from vmlab.isa.csrs import CSRS, Csr
from vmlab.isa.encoding import Instruction, Operand, encode
from vmlab.isa.extensions import extensions_of
from vmlab.isa.table import ALWAYS, INSTRUCTIONS

POINTER: Final = 8
"""The register that points into the program's page; x2 does, too, for the forms that mean sp."""
SOURCES: Final = (10, 11)
"""Registers that CSR instructions write from; between them, every bit is 0 once and 1 once."""
_OPERANDS: Final = (
    {"rd": 9, "rs1": POINTER, "rs2": 10, "frd": 9, "frs1": 8, "frs2": 10, "frs3": 11},
    {"rd": 0, "rs1": 0, "rs2": 0, "frd": 0, "frs1": 0, "frs2": 0, "frs3": 0},
)
_NUMBERS: Final = (8, 1, 0, 2, 3, 16, 4096)
"""Immediates and such to try: the first two that the field can hold."""
_SOURCES: Final = frozenset({"rs1", "uimm"})


@dataclass(frozen=True, slots=True)
class Form:
    """One row: its name, and the instruction words that are tried."""

    name: str
    words: tuple[int, ...]


def forms(isa: str, instructions: Sequence[Instruction] = INSTRUCTIONS) -> list[Form]:
    """The rows of a machine with this ISA."""
    here = extensions_of(isa) | ALWAYS
    found: list[Form] = []
    for one in instructions:
        if one.extension not in here:
            continue
        if any(operand.name == "csr" for operand in one.operands):
            found += _csr_forms(one, here)
        else:
            found.append(Form(one.name, tuple(words_of(one, here))))
    return found


def words_of(one: Instruction, here: frozenset[str]) -> Iterator[int]:
    """Words of an instruction with different operands, those that mean something else left out."""
    decode = decoder(here)
    seen = set()
    for registers in _OPERANDS:
        for choice in range(2):
            operands = {
                operand.name: _value(operand, registers, choice) for operand in one.operands
            }
            word = encode(one, operands)
            found = decode(word)
            if word not in seen and found is not None and found.match == one.match:
                seen.add(word)
                yield word


def _value(operand: Operand, registers: dict[str, int], choice: int) -> int:
    if operand.name in registers:
        wanted = registers[operand.name]
        return wanted if operand.fits(wanted) else POINTER + wanted % 8
    fitting = [number for number in _NUMBERS if operand.fits(number)]
    return fitting[min(choice, len(fitting) - 1)]


def _csr_forms(one: Instruction, here: frozenset[str]) -> Iterator[Form]:
    reads = one.body is zicsr.csrrs
    sources = (31, 10) if _is_number(one) else SOURCES
    for name, group in csr_groups(here):
        tried = sources if len(group) == 1 else sources[:1]
        changing = [_csr_word(one, csr.number, source) for csr in group for source in tried]
        yield Form(f"{one.name} {name}", tuple(changing))
        if reads:
            words = tuple(_csr_word(one, csr.number, 0) for csr in group)
            yield Form(_read_name(words[0], name), words)


def _is_number(one: Instruction) -> bool:
    """True for the forms with an immediate."""
    return any(operand.name == "uimm" for operand in one.operands)


def _csr_word(one: Instruction, csr: int, source: int) -> int:
    values = {"csr": csr, "rd": 9}
    return encode(
        one,
        {op.name: source if op.name in _SOURCES else values[op.name] for op in one.operands},
    )


def _read_name(word: int, name: str) -> str:
    """What a programmer calls reading a CSR: `rdtime`, or `csrr sepc`."""
    mnemonic, _, operands = disassemble(word).partition(" ")
    return f"{mnemonic} {name}" if "," in operands else mnemonic


def csr_groups(here: frozenset[str]) -> list[tuple[str, list[Csr]]]:
    """The CSRs of the machine: one a group, but for M's and for counters that read zero."""

    def group_of(csr: Csr) -> str:
        if csr.lowest_mode is Mode.M:
            return "(of M)"
        return "hpmcounter3..31" if csr.extension == "zihpm" else csr.name

    rows = [csr for csr in CSRS.values() if csr.extension is None or csr.extension in here]
    ordered = sorted(rows, key=lambda csr: (group_of(csr), csr.number))
    return [(name, list(group)) for name, group in groupby(ordered, group_of)]
