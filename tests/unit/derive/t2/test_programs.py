"""Random pages of code as regions: they do what T0 does, and stop where they should."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from tests.conftest import LONG
from tests.unit.derive.t2.stage import CODE_AT, DATA_AT, Stage
from vmlab.derive.t2.blocks import Page
from vmlab.derive.t2.facts import How
from vmlab.derive.t2.region import WHOLE_ISA, translate
from vmlab.derive.t2.shape import Jumps, shape_of
from vmlab.isa.encoding import Instruction, encode
from vmlab.isa.table import INSTRUCTIONS

CASES: Final = 300 if LONG else 40
RUNS: Final = 30
_POINTERS: Final = (2, 8, 9)
"""sp, s0, s1: they hold addresses and are not written."""
_TRANSLATED: Final = [insn for insn in INSTRUCTIONS if shape_of(insn).translated]
_PLAIN: Final = [insn for insn in _TRANSLATED if shape_of(insn).jumps is Jumps.NEVER]
_COMPUTING: Final = [insn for insn in _PLAIN if not shape_of(insn).accesses]
_ACCESSING: Final = [insn for insn in _PLAIN if shape_of(insn).accesses]
_JUMPING: Final = [insn for insn in _TRANSLATED if shape_of(insn).jumps is not Jumps.NEVER]
_OTHER: Final = [insn for insn in INSTRUCTIONS if not shape_of(insn).translated]


def _operands(rng: Random, insn: Instruction, offset: int, length: int) -> dict[str, int] | None:
    """Operands of an instruction; None if they make it another one."""
    given: dict[str, int] = {}
    accesses = bool(shape_of(insn).accesses)
    for operand in insn.operands:
        top = operand.first + (1 << operand.width) - 1
        if operand.is_register:
            if operand.name == "rs1" and accesses:
                choice = [n for n in _POINTERS if operand.first <= n <= top]
                given["rs1"] = rng.choice(choice)
            else:
                given[operand.name] = rng.randint(operand.first, top)
        elif operand.name == "imm" and shape_of(insn).target is not None and "rs1" not in given:
            given["imm"] = rng.randrange(-offset, length - offset, 2)
        elif operand.name == "imm":
            given["imm"] = rng.randrange(-(1 << operand.width - 1), 1 << operand.width - 1)
            given["imm"] &= ~((1 << operand.low) - 1)
        else:
            given[operand.name] = rng.randrange(1 << operand.width) & ~((1 << operand.low) - 1)
    if shape_of(insn).target is not None:
        given["imm"] = rng.randrange(-offset, length - offset, 2)
    if given.get("rd") in _POINTERS and any(p.operand == "rd" for p in shape_of(insn).writes):
        return None
    fixed = [place.number for place in shape_of(insn).writes if place.number is not None]
    if set(fixed) & set(_POINTERS):
        return None
    given = {name: value & (1 << 64) - 1 for name, value in given.items()}
    names = {operand.name for operand in insn.operands}
    given = {name: value for name, value in given.items() if name in names}
    if not all(operand.fits(given[operand.name]) for operand in insn.operands):
        return None
    return given


def random_page(rng: Random, length: int, other: float = 0.02) -> bytes:
    """A page that begins with random instructions, mostly such that a region has."""
    out = bytearray()
    while len(out) < length:
        draw = rng.random()
        pool = _COMPUTING
        if draw < 0.3:
            pool = _ACCESSING
        elif draw < 0.45:
            pool = _JUMPING
        elif draw < 0.45 + other:
            pool = _OTHER
        insn = rng.choice(pool)
        given = _operands(rng, insn, len(out), length)
        if given is not None:
            word = encode(insn, given)
            if insn.matches(word):
                out += word.to_bytes(insn.size_bytes, "little")
    return bytes(out[:4096]).ljust(4096, b"\0")


def _registers(rng: Random) -> list[int]:
    values = [rng.getrandbits(64) >> rng.choice((0, 0, 32, 56)) for _ in range(31)]
    for number in range(1, 32):
        if rng.random() < 0.2:  # somewhere in the page, for jumps
            values[number - 1] = CODE_AT + rng.randrange(0, 4096, 2)
    for number in _POINTERS:
        values[number - 1] = DATA_AT + 0x2000 + rng.randrange(-0x1000, 0x1000) * (
            8 if rng.random() < 0.1 else 1
        ) // 8 * 8
        if rng.random() < 0.1:
            values[number - 1] = rng.choice((0, 0x1000_0000, 1 << 63)) + rng.randrange(64)
    return values


@pytest.mark.parametrize("case", range(CASES))
def test_random_pages(case: int) -> None:
    rng = Random(f"pages {case}")
    stage = Stage(rng, known=rng.random(), attention=rng.choice((0, 0, 0.3)))
    length = rng.choice((40, 200, 1000, 4096))
    page = random_page(rng, length)
    entries = [rng.randrange(0, length, 2) for _ in range(rng.choice((1, 3, 20)))]
    region = translate(page, entries)
    if region is None:
        site = Page(page, (), WHOLE_ISA)
        assert all(one is None or not one.translated for one in map(site.site, entries))
        return
    stage.show(page, region)
    for _ in range(RUNS):
        stage.set(_registers(rng), rng.randbytes(0x4000))
        offset = rng.choice(list(region.labels))
        budget = rng.choice((0, 1, 5, region.longest, rng.randrange(2000)))
        for _ in range(8):
            how, offset, retired = stage.go(offset, budget)
            budget -= retired
            if how is How.TRAP or offset not in region.labels or budget <= 0:
                break
