"""Random code for regions, and states to run it from."""

from __future__ import annotations

from random import Random
from typing import Final

from tests.unit.derive.t2.stage import CODE_AT, DATA_AT, DATA_BYTES
from vmlab.derive.t2.shape import Jumps, shape_of
from vmlab.isa.encoding import Instruction, Operand, encode
from vmlab.isa.table import INSTRUCTIONS

POINTERS: Final = (2, 8, 9)
"""sp, s0, s1: they hold addresses and are not written."""
TRANSLATED: Final = [insn for insn in INSTRUCTIONS if shape_of(insn).translated]
ACCESSING: Final = [insn for insn in TRANSLATED if shape_of(insn).accesses]
JUMPING: Final = [insn for insn in TRANSLATED if shape_of(insn).jumps is not Jumps.NEVER]
COMPUTING: Final = [
    insn
    for insn in TRANSLATED
    if not shape_of(insn).accesses and shape_of(insn).jumps is Jumps.NEVER
]
OTHER: Final = [insn for insn in INSTRUCTIONS if not shape_of(insn).translated]


def _number(rng: Random, insn: Instruction, operand: Operand, offset: int, length: int) -> int:
    if operand.is_register:
        last = operand.first + (1 << operand.width) - 1
        if operand.name == "rs1" and shape_of(insn).accesses:
            return rng.choice([n for n in POINTERS if operand.first <= n <= last])
        return rng.randint(operand.first, last)
    low = (1 << operand.low) - 1
    if operand.name == "imm" and shape_of(insn).target is not None and rng.random() < 0.95:
        return rng.randrange(-offset, length - offset, 2) & ~low
    if operand.is_signed:
        return rng.randrange(-1 << operand.width - 1, 1 << operand.width - 1) & ~low
    return operand.first + rng.randrange(1 << operand.width) & ~low


def random_word(rng: Random, insn: Instruction, offset: int, length: int) -> int:
    """The instruction with random operands; its jumps lead into the code of this length."""
    while True:
        given = {
            operand.name: _number(rng, insn, operand, offset, length) & (1 << 64) - 1
            for operand in insn.operands
        }
        if not all(operand.fits(given[operand.name]) for operand in insn.operands):
            continue
        written = {
            given.get(place.operand) if place.number is None else place.number
            for place in shape_of(insn).writes
        }
        word = encode(insn, given)
        if insn.matches(word) and (not _may_be(insn) or not written & set(POINTERS)):
            return word


def page_with(rng: Random, insns: list[Instruction], length: int) -> bytes:
    """A page that begins with these instructions with random operands."""
    out = bytearray()
    for insn in insns:
        word = random_word(rng, insn, len(out), length)
        out += word.to_bytes(insn.size_bytes, "little")
    return bytes(out[:4096]).ljust(4096, b"\0")


def random_page(rng: Random, length: int) -> bytes:
    """A page that begins with random instructions, nearly all of which a region has."""
    writable = [insn for insn in COMPUTING + ACCESSING + JUMPING if _may_be(insn)]
    pools = [
        [insn for insn in pool if insn in writable] for pool in (COMPUTING, ACCESSING, JUMPING)
    ]
    insns: list[Instruction] = []
    size = 0
    while size < length:
        pool = rng.choices([*pools, OTHER], [55, 28, 15, 2])[0]
        insns.append(rng.choice(pool))
        size += insns[-1].size_bytes
    return page_with(rng, insns, length)


def _may_be(insn: Instruction) -> bool:
    """False for c.addi16sp, which always writes a pointer."""
    return not {place.number for place in shape_of(insn).writes} & set(POINTERS)


def random_registers(rng: Random, lost: float = 0.1) -> list[int]:
    """x1 to x31. Pointers lead into the data, but for a few that are lost."""
    values = [rng.getrandbits(64) >> rng.choice((0, 0, 32, 56)) for _ in range(31)]
    for at in range(31):
        if rng.random() < 0.2:  # somewhere in the page, for jumps
            values[at] = CODE_AT + rng.randrange(0, 4096, 2)
    for number in POINTERS:
        aligned = 8 if rng.random() < 0.9 else 1
        values[number - 1] = DATA_AT + rng.randrange(DATA_BYTES // 4, 3 * DATA_BYTES // 4, aligned)
        if rng.random() < lost:
            values[number - 1] = rng.choice((0, 0x3000_0000, 1 << 63)) + rng.randrange(64)
    return values


def random_data(rng: Random) -> bytes:
    """What the pointers lead to."""
    return rng.randbytes(DATA_BYTES)
