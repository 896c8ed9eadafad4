"""`li` loads every 64-bit constant: the sequences are run by a small evaluator of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from vmlab.core.bits import MASK64, sext64
from vmlab.derive.asm import assemble
from vmlab.derive.decoder import decode
from vmlab.isa.encoding import decode_fields

MOST_INSTRUCTIONS = 8


STEPS: dict[str, Callable[[int, Mapping[str, int]], int]] = {
    "lui": lambda x, f: f["imm"],
    "addi": lambda x, f: x + f["imm"],
    "addiw": lambda x, f: sext64(x + f["imm"], 32),
    "xori": lambda x, f: x ^ f["imm"],
    "slli": lambda x, f: x << f["shamt"],
    "srli": lambda x, f: x >> f["shamt"],
}


def value_left_by(code: bytes) -> int:
    """x10 after running straight-line code that only makes constants."""
    x = [0] * 32
    for at in range(0, len(code), 4):
        word = int.from_bytes(code[at : at + 4], "little")
        instruction = decode(word)
        assert instruction is not None
        fields = decode_fields(instruction, word)
        x[fields["rd"]] = STEPS[instruction.name](x[fields.get("rs1", 0)], fields) & MASK64
    return x[10]


spread_out = st.builds(
    lambda start, left, inverted: (start << left ^ -inverted) & MASK64,
    st.integers(0, MASK64),
    st.integers(0, 63),
    st.booleans(),
)


@given(st.one_of(st.integers(-(1 << 63), MASK64), spread_out, st.integers(-5000, 5000)))
@example(0x7FFF_F800)
@example(0x7FFF_FFFF)
@example(-0x8000_0000)
@example(0x8000_0000)
@example(MASK64)
@example(1 << 63)
def test_li_loads_the_constant(value: int) -> None:
    code = assemble(f"li a0, {value}").section(".text").data
    assert value_left_by(code) == value & MASK64
    assert len(code) <= 4 * MOST_INSTRUCTIONS
