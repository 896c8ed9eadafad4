"""The tables as data: unique, complete, and meaning stands nowhere else."""

from __future__ import annotations

import itertools

import pytest

from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS
from vmlab.isa.csrs import BY_NUMBER, CSRS
from vmlab.isa.encoding import Instruction, decode_fields, encode, parse_pattern
from vmlab.isa.state import ARENA_HART_BYTES, ARRAYS, FIELDS
from vmlab.isa.table import INSTRUCTIONS, all_kernels


def test_no_two_encodings_overlap() -> None:
    for a, b in itertools.combinations(INSTRUCTIONS, 2):
        common = a.mask & b.mask
        told_apart = a.match & common != b.match & common
        # Forms of 16 bits that overlap say for which operands they are not meant.
        assert told_apart or a.unless or b.unless, (a.name, b.name)


@pytest.mark.parametrize("insn", INSTRUCTIONS, ids=lambda insn: insn.name)
def test_every_instruction_covers_its_word_and_traces(insn: Instruction) -> None:
    covered = insn.mask
    for operand in insn.operands:
        for piece in operand.pieces:
            bits = ((1 << (piece.high - piece.low + 1)) - 1) << piece.low
            assert covered & bits == 0
            covered |= bits
    assert covered == (1 << 8 * insn.size_bytes) - 1
    assert insn.traced().body.statements or insn.name in ("fence", "c.nop")
    assert insn.doc, "a reader sees the docstring in the reference"


def test_names_numbers_and_places_are_unique() -> None:
    assert len({insn.name for insn in INSTRUCTIONS}) == len(INSTRUCTIONS)
    assert len(BY_NUMBER) == len(CSRS)
    assert len({kernel.name for kernel in all_kernels()}) == len(all_kernels())
    places = [(field.offset_bytes, 8) for field in FIELDS.values()]
    places += [(array.offset_bytes, 8 * array.length) for array in ARRAYS.values()]
    for (start, length), (after, _) in itertools.pairwise(sorted(places)):
        assert start + length <= after
    assert max(start + length for start, length in places) <= ARENA_HART_BYTES


def test_negative_immediates_survive_encoding() -> None:
    (branch,) = (insn for insn in INSTRUCTIONS if insn.name == "beq")
    word = encode(branch, {"rs1": 3, "rs2": 4, "imm": -4096 & (1 << 64) - 1})
    assert decode_fields(branch, word) == {"rs1": 3, "rs2": 4, "imm": -4096 & (1 << 64) - 1}


def test_patterns_of_a_wrong_width_are_refused() -> None:
    with pytest.raises(Exception, match="16 or 32 bits"):
        parse_pattern("imm[11:0] rs1 000 rd")


def test_priorities_order_the_interrupts_as_the_manual_does() -> None:
    order = sorted(INTERRUPTS.values(), key=lambda cause: cause.priority)
    assert [cause.number for cause in order] == [11, 3, 7, 9, 1, 5, 12, 10, 2, 6]
    assert {cause.number for cause in EXCEPTIONS.values()} == {
        *range(14), 15, 20, 21, 22, 23
    }  # fmt: skip
