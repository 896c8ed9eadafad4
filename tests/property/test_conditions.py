"""Conditions of breakpoints: C's operators on 64-bit words, and a sentence for everything else."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.session.conditions import DEEPEST, LONGEST, Unreadable, parse

SYMBOLS = {0x8000_0000: "start", 0x8000_1000: "count"}


class Reads:
    """Register n holds n * 3 - 1, memory at a holds the bytes a, a + 1, ..."""

    pc = 0x8000_0040
    mode = Mode.S
    virtual = False

    def register(self, number: int) -> int:
        return number * 3 - 1 & MASK64 if number else 0

    def csr(self, number: int) -> int:
        return number

    def memory(self, address: int, size_bytes: int) -> int:
        if address < 16:
            raise Unreadable(address)
        return int.from_bytes(bytes((address + at) & 0xFF for at in range(size_bytes)), "little")


def value(text: str) -> int:
    return parse(text, SYMBOLS).value(Reads())


WORDS = st.one_of(st.integers(0, 80), st.integers(0, MASK64))
BINARY: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: (a + b) & MASK64,
    "-": lambda a, b: (a - b) & MASK64,
    "*": lambda a, b: (a * b) & MASK64,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": lambda a, b: (a << (b & 63)) & MASK64,
    ">>": lambda a, b: a >> (b & 63),
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "&&": lambda a, b: int(bool(a) and bool(b)),
    "||": lambda a, b: int(bool(a) or bool(b)),
}
LEAVES = WORDS.map(lambda word: (hex(word), word))


def joined(inner: st.SearchStrategy[tuple[str, int]]) -> st.SearchStrategy[tuple[str, int]]:
    two = st.tuples(inner, st.sampled_from(sorted(BINARY)), inner).map(
        lambda one: (f"({one[0][0]} {one[1]} {one[2][0]})", BINARY[one[1]](one[0][1], one[2][1]))
    )
    minus = inner.map(lambda one: (f"-{one[0]}", -one[1] & MASK64))
    inverse = inner.map(lambda one: (f"~ {one[0]}", one[1] ^ MASK64))
    negated = inner.map(lambda one: (f"!{one[0]}", int(not one[1])))
    return st.one_of(two, minus, inverse, negated)


@given(st.recursive(LEAVES, joined, max_leaves=6))
def test_an_expression_is_what_its_tree_says(expression: tuple[str, int]) -> None:
    text, wanted = expression
    if len(text) <= LONGEST:
        assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 + 2 * 3", 7),
        ("1 << 2 + 1", 8),
        ("1 | 2 == 2", 1),
        ("6 & 3 == 3", 0),
        ("1 || 0 && 0", 1),
        ("7 - 2 - 1", 4),
        ("010", 10),
        ("a0 == 29 && x10 == a0 && fp == s0", 1),
        ("mode == S", 1),
        ("V", 0),
        ("mode < M", 1),
        ("pc - start", 0x40),
        ("scause", 0x142),
        ("u8[count]", 0),
        ("u16[count + 1]", 0x0201),
        ("u64[count]", 0x0706050403020100),
        ("s8[0x80001080] == -128", 1),
        ("u32[u8[count] + 0x80001004]", 0x07060504),
    ],
)
def test_names_levels_and_memory(text: str, wanted: int) -> None:
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "expected", "at"),
    [
        ("", "a number", 0),
        ("a0 ==", "a number", 5),
        ("a0 = 3", "a number, a name or an operator", 3),
        ("(a0", ")", 3),
        ("a0 b0", "an operator or the end", 3),
        ("u8[1", "]", 4),
        ("nobody == 1", "a register", 0),
        ("0x1ffffffffffffffff", "64 bits", 0),
        ("1e5", "a number", 0),
        ("__import__('os')", "a register", 0),
        ("a0; a1", "a number, a name or an operator", 2),
    ],
)
def test_an_error_says_what_was_expected_and_points_at_it(
    text: str, expected: str, at: int
) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text, SYMBOLS)
    first, _, caret = str(refused.value).split("\n")
    assert expected in first
    assert caret.index("^") == at


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with suppress(BadInput, Unreadable):
        parse(text, SYMBOLS).holds(Reads())


def test_depth_and_length_are_bounded() -> None:
    for text in ("(" * 200, "-" * (DEEPEST + 2) + "1", "u8[" * 100, "1" + " " * LONGEST):
        with pytest.raises(BadInput):
            parse(text, SYMBOLS)


def test_memory_that_cannot_be_read_is_said() -> None:
    with pytest.raises(Unreadable, match="nothing can be read at va 0x8"):
        value("u8[8] == 1")
