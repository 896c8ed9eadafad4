"""Random code that writes itself: what no directed test thinks of."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from tests.conftest import LONG
from tests.tiers.programs import program, start
from tests.tiers.sides import ALL, Twins
from vmlab.derive.asm import assemble
from vmlab.engine.api import Halt
from vmlab.isa.table import INSTRUCTIONS
from vmlab.machine import memmap

_HARMLESS: Final = [
    insn
    for insn in INSTRUCTIONS
    if insn.extension in ("i", "zmmul", "zca", "zba", "zbb", "zbs")
    and {"rd"} <= {operand.name for operand in insn.operands}
    and "rs1" in {operand.name for operand in insn.operands}
    and "(" not in insn.syntax
]
RANDOM_PROGRAMS: Final = 400 if LONG else 40
CODE_BYTES: Final = 512


def _word(rng: Random) -> bytes:
    """An instruction that computes in a0 to a5 (or, through bad luck, anything else)."""
    insn = rng.choice(_HARMLESS)
    word = rng.getrandbits(8 * insn.size_bytes) & ~insn.mask | insn.match
    for operand in insn.operands:
        if operand.is_register:
            clear = operand.insert(operand.first + (1 << operand.width) - 1)
            word = word & ~clear | operand.insert(rng.randrange(10, 16))
    return word.to_bytes(insn.size_bytes, "little")


def _code(rng: Random) -> bytes:
    """Computing, and stores of what was computed (or of good words) into this same code."""
    out = bytearray()
    while len(out) < CODE_BYTES:
        if rng.random() < 0.3:
            at = rng.randrange(0, CODE_BYTES, 2)
            store = rng.choice(("sb", "sh", "sw", "sd"))
            source = rng.choice(("a0", "a1", "a3", "s2", "s3", "s4", "s5"))
            fence = "fence.i\n" if rng.random() < 0.2 else ""
            out += assemble(f"{store} {source}, {at}(s0)\n{fence}", "t.S").section(".text").data
        else:
            out += _word(rng)
    return bytes(out)


@pytest.mark.parametrize("case", range(RANDOM_PROGRAMS))
def test_random_code_that_writes_itself(case: int) -> None:
    rng = Random(f"writes itself {case}")
    place = memmap.RAM + rng.choice((0x3000, 0x2F00, 0x2FF2, 0x3002))
    words = [int.from_bytes(_word(rng).ljust(8, _word(rng)[:1]), "little") for _ in range(4)]
    source = (
        start(rng.choice("MSU"))
        + f"""
    body:
        li s0, {place & ~7:#x}
        li s2, {words[0]:#x}
        li s3, {words[1]:#x}
        li s4, {words[2]:#x}
        li s5, {words[3]:#x}
        li s6, 12
    1:  li t0, {place:#x}
        la s9, back
        jr t0
    back:
        addi s6, s6, -1
        bnez s6, 1b
        ecall
    """
    )
    made = program(source)
    jump = assemble(f"li t0, {made.labels['back']:#x}\njr t0\nnop", "t.S").section(".text").data
    made.segments = [*made.segments, (place, _code(rng) + jump)]
    misaligned = rng.choice(("trap", "done"))
    twins = Twins(made, misaligned=misaligned, listen=rng.choice((ALL, ALL & ~ALL)))
    while twins.retired < 6_000 and twins.sides[0].machine.finisher.written is None:
        if twins.run(rng.choice((1, 2, 3, 7, 50, 1000))) not in (Halt.BUDGET, Halt.REQUEST):
            break
    twins.check_all()
