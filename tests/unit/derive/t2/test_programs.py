"""Random pages of code as regions: they do what T0 does, and stop where they should."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

import pytest

from tests.conftest import LONG
from tests.unit.derive.t2.pages import (
    ACCESSING,
    JUMPING,
    TRANSLATED,
    page_with,
    random_data,
    random_page,
    random_registers,
)
from tests.unit.derive.t2.stage import Stage, play, region_of
from vmlab.derive.t2.accesses import ACCESSES
from vmlab.derive.t2.blocks import Page
from vmlab.derive.t2.facts import How
from vmlab.derive.t2.region import WHOLE_ISA, translate
from vmlab.derive.t2.shape import Jumps, shape_of
from vmlab.isa.encoding import Instruction
from vmlab.isa.extensions import isa_word

CASES: Final = 400 if LONG else 40
RUNS: Final = 30
JUMPING_LONG: Final = [insn for insn in JUMPING if insn.size_bytes == 4]


@pytest.mark.parametrize("case", range(CASES))
def test_random_pages_do_what_t0_does(case: int) -> None:
    rng = Random(f"pages {case}")
    length = rng.choice((40, 200, 1000, 4096))
    page = random_page(rng, length)
    entries = [rng.randrange(0, length, 2) for _ in range(rng.choice((1, 3, 20)))]
    region = translate(page, entries)
    if region is None:
        sites = map(Page(page, (), WHOLE_ISA).site, entries)
        assert all(site is None or not site.translated for site in sites)
        return
    stage = Stage(rng, known=rng.choice((rng.random(), 1)), attention=rng.choice((0, 0, 0.3)))
    stage.show(page, region)
    for _ in range(RUNS):
        stage.set(random_registers(rng), random_data(rng))
        play(stage, rng.choice((0, 1, 5, region.longest, rng.randrange(2000))))


@pytest.mark.parametrize("case", range(CASES // 4))
def test_pages_of_a_machine_without_16_bit_instructions(case: int) -> None:
    """A jump to an address that is no multiple of 4 traps, at the jump."""
    isa = "rv64ima"
    rng = Random(f"long only {case}")
    stage = Stage(rng, isa=isa)
    insns = [insn for insn in TRANSLATED if insn.size_bytes == 4 and insn not in ACCESSING]
    page = page_with(rng, rng.choices([*insns, *JUMPING_LONG * 3], k=200), 800)
    region = translate(page, range(0, 800, 40), isa=isa_word(isa))
    assert region is not None
    stage.show(page, region)
    for _ in range(RUNS):
        stage.set(random_registers(rng), random_data(rng))
        play(stage, rng.randrange(400))


@pytest.mark.parametrize("case", range(CASES // 4))
def test_random_bytes_as_code(case: int) -> None:
    rng = Random(f"bytes {case}")
    page = rng.randbytes(4096)
    region = region_of(page, rng.sample(range(0, 4096, 2), rng.choice((3, 30, 1000))))
    stage = Stage(rng, attention=0.1)
    stage.show(page, region)
    for _ in range(RUNS):
        stage.set(random_registers(rng), random_data(rng))
        play(stage, rng.randrange(100))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    yield Stage(Random("each"))


@pytest.mark.parametrize("insn", TRANSLATED, ids=lambda insn: insn.name)
def test_each_instruction_does_what_t0_does(insn: Instruction, stage: Stage) -> None:
    rng = stage.rng = Random(f"each {insn.name}")
    length = 24 * insn.size_bytes
    page = page_with(rng, [insn] * 24, length)
    region = region_of(page, range(0, length, insn.size_bytes))
    if shape_of(insn).jumps is Jumps.NEVER:
        assert region.instructions == 24
    stage.show(page, region)
    stage.known, stage.attention = 0.5, 0.1
    for offset in region.labels:
        stage.set(random_registers(rng), random_data(rng))
        play(stage, rng.randrange(1, 40), offset)


@pytest.mark.parametrize("insn", ACCESSING, ids=lambda insn: insn.name)
def test_each_access_may_end_the_region(insn: Instruction, stage: Stage) -> None:
    """Before the instruction, because T1's tables do not know the page; where it is a call, by a
    trap before anything is written, or after it because something wants attention."""
    rng = stage.rng = Random(f"ends {insn.name}")
    count, calls = 6, bool(shape_of(insn).accesses & set(ACCESSES))
    page = page_with(rng, [insn] * count, count * insn.size_bytes)
    region = region_of(page, range(0, count * insn.size_bytes, insn.size_bytes))
    stage.show(page, region)
    for attention, lost, how in ((0.0, 1.0, How.TRAP), (1.0, 0.0, How.ATTEND)):
        stage.known, stage.attention = 0.0, attention
        for offset in region.labels:
            stage.set(random_registers(rng, lost), random_data(rng))
            found, after, retired = stage.go(offset, 100)
            if not calls:
                assert (found, after, retired) == (How.ALONE, offset, 0)
                continue
            wanted = (how, offset, 0) if how is How.TRAP else (how, offset + insn.size_bytes, 1)
            # A store-conditional without a reservation may trap; its pointer may be odd.
            assert (found, after, retired) == wanted or found is How.TRAP
