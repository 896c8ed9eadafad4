"""The decoder against the table it is generated from."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.unit.words import some_words
from vmlab.derive.decoder import decode, decoder, size_of
from vmlab.isa.encoding import Instruction
from vmlab.isa.extensions import BUILT
from vmlab.isa.table import ALWAYS, INSTRUCTIONS


def test_no_word_matches_two_patterns() -> None:
    long = [insn for insn in INSTRUCTIONS if insn.size_bytes == 4]
    for one, other in combinations(long, 2):
        common = one.mask & other.mask
        assert one.match & common != other.match & common, f"{one.name} overlaps {other.name}"


def test_no_word_of_16_bits_matches_two_patterns() -> None:
    short = [insn for insn in INSTRUCTIONS if insn.size_bytes == 2]
    for word in range(1 << 16):
        found = [insn for insn in short if insn.matches(word)]
        assert len(found) <= 1, f"{word:#06x}: {[insn.name for insn in found]}"
        assert decode(word) is (found[0] if found else None) or size_of(word) == 4


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=lambda i: i.name)
def test_every_pattern_decodes_to_its_instruction(instruction: Instruction) -> None:
    words = list(some_words(instruction))
    assert words
    for word in words:
        assert decode(word) is instruction


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=lambda i: i.name)
def test_a_machine_decodes_what_it_has(instruction: Instruction) -> None:
    word = next(some_words(instruction))
    everything = decoder(BUILT)
    assert everything(word) is instruction
    without = decoder(BUILT - {instruction.extension})
    expected = instruction if instruction.extension in ALWAYS else None
    assert without(word) is expected


@pytest.mark.parametrize("word", [0, 0xFFFFFFFF, 0x0000100B, 0x04001013, 0x0004, 0x8000])
def test_a_word_of_no_built_instruction_decodes_to_none(word: int) -> None:
    assert decode(word) is None
