"""Soft float against floating point by definition, and against numpy's.

Both printings are the same text (tests/differential), so the Python form is what is asked here.
"""

from __future__ import annotations

import struct
from random import Random
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.property import ieee
from tests.property.ieee import DOUBLE, SINGLE, Form, Mode
from vmlab.core.bits import MASK64
from vmlab.engine.binding import PRIMITIVES, bind
from vmlab.isa.softfloat.convert import INTEGERS, Integer
from vmlab.machine.arena import Arena

_ARENA: Final = Arena(4096)
KERNELS: Final[dict[str, Any]] = bind(_ARENA, [0] * 32, {name: lambda *_: 0 for name in PRIMITIVES})
NAMES: Final = {SINGLE: "f32", DOUBLE: "f64"}
FORMS: Final = (SINGLE, DOUBLE)
AMOUNT: Final = 100_000 if LONG else 1_500
"""Random operands of each operation, format and mode together."""

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: NAMES[form])


def call(form: Form, name: str, *args: int) -> Any:
    return KERNELS[f"{NAMES[form]}_{name}"](*args)


def numbers(form: Form, seed: str) -> Any:
    """Endless operands: special values and their neighbours, any bits, and numbers near others."""
    rng, special = Random(seed), ieee.special_values(form)
    mask = (1 << form.width) - 1
    while True:
        kind = rng.randrange(6)
        if kind < 2:
            yield rng.choice(special)
        elif kind == 2:
            yield rng.choice(special) + rng.randint(-4, 4) & mask
        elif kind == 3:  # exponents near 0, where sums cancel and products meet a third
            one = (1 << form.exponent - 1) - 1
            field = one + rng.randint(-form.fraction - 3, form.fraction + 3)
            sign = rng.getrandbits(1) << form.width - 1
            yield sign | field << form.fraction | rng.getrandbits(form.fraction)
        elif kind == 4:  # few bits: exact results and ties
            yield rng.getrandbits(form.width) & mask << form.fraction - rng.randrange(1, 12)
        else:
            yield rng.getrandbits(form.width)


ARITHMETIC: Final = {
    "add": (ieee.add, 2),
    "mul": (ieee.multiply, 2),
    "div": (ieee.divide, 2),
    "fma": (ieee.multiply_add, 3),
    "sqrt": (ieee.square_root, 1),
}


@every_form
@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_is_the_exact_result_rounded(form: Form, name: str) -> None:
    oracle, operands = ARITHMETIC[name]
    source = numbers(form, f"{name}{form.width}")
    modes = list(Mode)
    for at in range(AMOUNT):
        mode, args = modes[at % 5], [next(source) for _ in range(operands)]
        found = call(form, name, mode.value, *args)
        assert found == oracle(form, mode, *args), (mode, *map(hex, args))


@every_form
@pytest.mark.parametrize("name", ["add", "mul", "div"])
def test_special_values_with_each_other(form: Form, name: str) -> None:
    oracle, _ = ARITHMETIC[name]
    special = ieee.special_values(form)
    for at, a in enumerate(special):
        for b in special:
            mode = list(Mode)[(at + b) % 5]
            found = call(form, name, mode.value, a, b)
            assert found == oracle(form, mode, a, b), (mode, hex(a), hex(b))


@given(st.data())
def test_a_fused_multiply_add_near_cancellation(data: st.DataObject) -> None:
    """The third operand is the opposite of the rounded product, or its neighbour: what is left is
    the error of a product, many places down."""
    form = data.draw(st.sampled_from(FORMS))
    bits = st.integers(0, (1 << form.width) - 1)
    mode = data.draw(st.sampled_from(Mode))
    a, b = data.draw(bits), data.draw(bits)
    c, _ = ieee.multiply(form, Mode.RNE, a, b)
    c ^= 1 << form.width - 1
    c = c + data.draw(st.integers(-3, 3)) & (1 << form.width) - 1
    assert call(form, "fma", mode.value, a, b, c) == ieee.multiply_add(form, mode, a, b, c)


@every_form
@pytest.mark.parametrize("mode", Mode, ids=lambda mode: mode.name)
def test_results_at_the_edges_of_the_format(form: Form, mode: Mode) -> None:
    """Products that round to the smallest normal number, to the largest subnormal one, to nothing,
    and to infinity: tininess is decided after rounding."""
    rng = Random(form.width)
    one = (1 << form.exponent - 1) - 1 << form.fraction
    for edge in (1, 1 << form.fraction, form.infinity):
        for _ in range(AMOUNT // 20):
            a = edge + rng.randint(-3, 1)
            b = one + rng.choice((-1, 1)) * rng.getrandbits(rng.randrange(1, form.fraction))
            for scaled in (a, a | 1 << form.width - 1):
                args = (scaled & (1 << form.width) - 1, b)
                expected = ieee.multiply(form, mode, *args)
                assert call(form, "mul", mode.value, *args) == expected, args


@every_form
def test_comparisons_and_choices(form: Form) -> None:
    source, special = numbers(form, "compare"), ieee.special_values(form)
    pairs = [(a, b) for a in special for b in special]
    pairs += [(next(source), next(source)) for _ in range(AMOUNT)]
    for a, b in pairs:
        for name in ("eq", "lt", "le"):
            assert call(form, name, a, b) == ieee.compare(form, a, b, name), (name, hex(a), hex(b))
        for name in ("min", "max"):
            assert call(form, name, a, b) == ieee.choose(form, a, b, name), (name, hex(a), hex(b))
        assert call(form, "classify", a) == ieee.classify(form, a)


@every_form
@pytest.mark.parametrize("integer", INTEGERS, ids=lambda integer: integer.letters)
def test_conversions_to_integers(form: Form, integer: Integer) -> None:
    source = numbers(form, integer.letters)
    least, most = integer.least, integer.most
    limits = [next(source) for _ in range(AMOUNT // 4)]
    for value in (least, most + 1):  # halves around the limits, in what the format has of them
        bits, _ = ieee.exact(form, Mode.RTZ, ieee.Fraction(value), False)
        limits += [bits + step for step in range(-3, 4) if bits + step >= 0]
    limits += [bits | 1 << form.width - 1 for bits in limits]
    for a in limits:
        for mode in Mode:
            value, flags = ieee.to_integer(form, mode, a, least, most)
            found = call(form, "to_integer", mode.value, a, least, most)
            assert found == (value & MASK64, flags), (mode, hex(a))


@every_form
def test_conversions_from_integers(form: Form) -> None:
    rng = Random(form.width)
    for at in range(AMOUNT):
        mode = list(Mode)[at % 5]
        magnitude = rng.getrandbits(rng.randrange(1, 65))
        if at % 3 == 0:
            magnitude = max(0, (1 << rng.randrange(64)) + rng.randint(-2, 2)) & MASK64
        negative = magnitude > 0 and rng.random() < 0.5
        value = ieee.Fraction(-magnitude if negative else magnitude)
        found = call(form, "from_integer", mode.value, int(negative), magnitude)
        assert found == ieee.exact(form, mode, value, False), (mode, magnitude, negative)


@pytest.mark.parametrize(("source", "target"), [(SINGLE, DOUBLE), (DOUBLE, SINGLE)])
def test_conversions_between_the_formats(source: Form, target: Form) -> None:
    given, rng = numbers(source, "between"), Random("between")
    for at in range(AMOUNT):
        mode, bits = list(Mode)[at % 5], next(given)
        if source is DOUBLE and at % 2:  # a double with the exponent of a single
            field = 1023 + rng.randint(-152, 130)
            bits = rng.getrandbits(1) << 63 | field << 52 | rng.getrandbits(52)
        found = KERNELS[f"{NAMES[source]}_to_{NAMES[target]}"](mode.value, bits)
        assert found == ieee.convert(source, target, mode, bits), (mode, hex(bits))


NUMPY: Final = {
    "add": (np.add, 2),
    "mul": (np.multiply, 2),
    "div": (np.divide, 2),
    "sqrt": (np.sqrt, 1),
}


@every_form
@pytest.mark.parametrize("name", NUMPY)
def test_numpy_computes_the_same_to_nearest(form: Form, name: str) -> None:
    """Somebody else's arithmetic, this processor's: bits only, and NaNs as NaNs."""
    operation, operands = NUMPY[name]
    source = numbers(form, f"numpy{name}")
    word, kind = (np.uint32, np.float32) if form is SINGLE else (np.uint64, np.float64)
    columns = [np.array([next(source) for _ in range(AMOUNT)], word) for _ in range(operands)]
    with np.errstate(all="ignore"):
        theirs = operation(*(column.view(kind) for column in columns))
    for at, args in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        bits, _ = call(form, name, 0, *args)
        expected = form.nan if np.isnan(theirs[at]) else int(theirs.view(word)[at])
        assert bits == expected, [hex(arg) for arg in args]


def test_the_oracle_knows_what_python_knows() -> None:
    """Python's own doubles, through their bits: the oracle is not wrong in our favour."""
    source = numbers(DOUBLE, "python")
    for _ in range(AMOUNT):
        a, b = next(source), next(source)
        x, y = (struct.unpack("<d", struct.pack("<Q", bits))[0] for bits in (a, b))
        for expected, found in (
            (x + y, ieee.add(DOUBLE, Mode.RNE, a, b)[0]),
            (x * y, ieee.multiply(DOUBLE, Mode.RNE, a, b)[0]),
        ):
            bits = struct.unpack("<Q", struct.pack("<d", expected))[0]
            assert found == (DOUBLE.nan if expected != expected else bits)
