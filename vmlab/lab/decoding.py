"""A decoder for exercises: a word of code as a record with names."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.core.bits import MASK32
from vmlab.derive.decoder import decode as decode_instruction
from vmlab.derive.decoder import size_of
from vmlab.isa.csrs import BY_NUMBER
from vmlab.isa.encoding import decode_fields
from vmlab.lab.wire import record


@record
@dataclass(frozen=True, slots=True)
class Insn:
    """An instruction. Operands that it does not have are 0; `csr` is "" then.

    `name` is the manual's ("csrrw", "sret", "c.lw"); `size_bytes` is 2 or 4.
    """

    name: str
    rd: int = 0
    rs1: int = 0
    rs2: int = 0
    imm: int = 0
    uimm: int = 0
    csr: str = ""
    size_bytes: int = 4


def decode(word: int) -> Insn | None:
    """The instruction that a word encodes (the low 16 bits for a compressed one); None if none.

    A CSR that the tables do not know is written as its number: "0x7c0".
    """
    word &= MASK32
    found = decode_instruction(word)
    if found is None:
        return None
    fields = decode_fields(found, word)
    number = fields.get("csr")
    row = BY_NUMBER.get(number) if number is not None else None
    csr = "" if number is None else row.name if row else f"{number:#x}"
    named = {key: fields.get(key, 0) for key in ("rd", "rs1", "rs2", "imm", "uimm")}
    return Insn(found.name, **named, csr=csr, size_bytes=size_of(word))
