"""Word to text to word again, for every instruction and every pseudo-instruction of the tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.words import free_bits
from vmlab.derive.asm import assemble
from vmlab.derive.decoder import decode, size_of
from vmlab.derive.disasm import disassemble
from vmlab.derive.syntax import is_fixed, operand_of, slots_of
from vmlab.isa.encoding import Instruction, decode_fields, encode
from vmlab.isa.table import INSTRUCTIONS

BASE = 0x8000_0000
each = settings(max_examples=settings.default.max_examples // 4)  # five hundred tests share them


def assembled_word(text: str) -> int:
    section = assemble(text, text_base=BASE).section(".text")
    assert section.size_bytes == size_of(int.from_bytes(section.data, "little")), text
    return int.from_bytes(section.data, "little")


def words_of(instruction: Instruction) -> st.SearchStrategy[int]:
    """Words of the instruction with any operands; reserved fields are zero."""
    free = free_bits(instruction, reserved=False)
    words = st.integers(0, (1 << 32) - 1).map(lambda bits: bits & free | instruction.match)
    return words.filter(instruction.matches)


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=lambda one: one.name)
@each
@given(data=st.data())
def test_a_word_disassembles_to_text_that_assembles_to_it(
    instruction: Instruction, data: st.DataObject
) -> None:
    word = data.draw(words_of(instruction))
    assert decode(word) is instruction
    assert assembled_word(disassemble(word, BASE)) == word


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=lambda one: one.name)
@each
@given(data=st.data())
def test_decoding_gives_back_what_was_encoded(
    instruction: Instruction, data: st.DataObject
) -> None:
    word = data.draw(words_of(instruction))
    assert encode(instruction, decode_fields(instruction, word)) == word


@given(st.integers(0, (1 << 32) - 1))
def test_any_word_disassembles_to_text_that_assembles_to_it(word: int) -> None:
    word &= (1 << 8 * size_of(word)) - 1
    assert assembled_word(disassemble(word, BASE)) == word


def test_every_syntax_names_operands_of_its_pattern() -> None:
    for instruction in INSTRUCTIONS:
        for slot in slots_of(instruction):
            for name in slot.names:
                assert is_fixed(name) or operand_of(instruction, name)
