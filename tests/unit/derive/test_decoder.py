"""The decoder against the table it is generated from."""

from __future__ import annotations

from itertools import combinations

import pytest

from vmlab.derive.decoder import decode
from vmlab.isa.encoding import Instruction
from vmlab.isa.table import INSTRUCTIONS


def test_no_word_matches_two_patterns() -> None:
    for one, other in combinations(INSTRUCTIONS, 2):
        common = one.mask & other.mask
        assert one.match & common != other.match & common, f"{one.name} overlaps {other.name}"


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=lambda i: i.name)
def test_every_pattern_decodes_to_its_instruction(instruction: Instruction) -> None:
    free = ~instruction.mask & (1 << 8 * instruction.size_bytes) - 1
    for fill in (0, free, free & 0x55555555, free & 0xAAAAAAAA):
        assert decode(instruction.match | fill) is instruction


@pytest.mark.parametrize("word", [0, 0xFFFFFFFF, 0x0000100B, 0x04001013, 0x9002])
def test_a_word_of_no_built_instruction_decodes_to_none(word: int) -> None:
    assert decode(word) is None
