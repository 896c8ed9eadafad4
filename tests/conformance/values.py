"""Operand values at which instructions tend to be wrong: the ends of every range, and random."""

from __future__ import annotations

from random import Random
from typing import Final

from tests.conformance.spike import BOX
from tests.property.ieee import DOUBLE, SINGLE, Form, special_values
from vmlab.core.bits import MASK64
from vmlab.isa.encoding import Operand

CORNERS: Final = tuple(
    value & MASK64
    for value in (
        0, 1, -1, 2, -2, 1 << 63, (1 << 63) - 1, (1 << 63) + 1, 1 << 31, (1 << 31) - 1,
        -(1 << 31), -(1 << 31) - 1, (1 << 32) - 1, 1 << 32, 0xFFFF_FFFF_0000_0000, 0x7F, 0x80,
        0xFF, 0x7FFF, 0x8000, 0xFFFF, 63, 64, 31, 32, 0x5555_5555_5555_5555, 0xAAAA_AAAA_AAAA_AAAA,
        0x8000_0000_8000_0000, 0x7FFF_FFFF_7FFF_FFFF, 3, 5, -3,
    )
)  # fmt: skip
"""Around zero, around every sign bit, around the shift widths, and alternating bits."""


_SPECIAL: Final = {form: special_values(form) for form in (SINGLE, DOUBLE)}


def word64(rng: Random) -> int:
    """A corner, a corner's neighbour, a short number, or any 64 bits."""
    kind = rng.randrange(8)
    if kind < 4:
        return rng.choice(CORNERS)
    if kind == 4:
        return (rng.choice(CORNERS) + rng.randint(-3, 3)) & MASK64
    if kind == 5:
        return rng.getrandbits(rng.randrange(1, 65))
    return rng.getrandbits(64)


def single(rng: Random) -> int:
    """A number in single precision: a special one, one near 1, or any."""
    return _number(rng, SINGLE)


def double(rng: Random) -> int:
    """A number in double precision: a special one, one near 1, or any."""
    return _number(rng, DOUBLE)


def _number(rng: Random, form: Form) -> int:
    kind = rng.randrange(8)
    mask = (1 << form.width) - 1
    if kind < 3:
        return rng.choice(_SPECIAL[form])
    if kind == 3:
        return rng.choice(_SPECIAL[form]) + rng.randint(-4, 4) & mask
    if kind == 4:
        return rng.getrandbits(form.width)
    one = (1 << form.exponent - 1) - 1
    field = one + rng.choice((rng.randint(-2, 2), rng.randint(-40, 40), rng.randint(-100, 100)))
    fraction = rng.getrandbits(form.fraction) & -1 << rng.choice((0, 0, form.fraction - 8))
    return rng.getrandbits(1) << form.width - 1 | field << form.fraction | fraction


def floats(rng: Random) -> int:
    """64 bits as floating-point instructions find them: a double; a single in its box of ones, or
    in a bad one; two singles."""
    kind = rng.randrange(8)
    if kind < 4:
        return double(rng)
    if kind < 6:
        return BOX | single(rng)
    return (single(rng) if kind == 6 else 0xFFFF_FFFF ^ 1 << rng.randrange(32)) << 32 | single(rng)


def operand(rng: Random, field: Operand) -> int:
    """A value for an immediate or another field that names no register; it fits."""
    span = field.width - field.low
    raw = rng.choice(
        (0, 1, (1 << span) - 1, 1 << (span - 1), (1 << (span - 1)) - 1, rng.getrandbits(span))
    )
    value = raw << field.low
    if field.is_signed and value >> (field.width - 1):
        value -= 1 << field.width
    return value
