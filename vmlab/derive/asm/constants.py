"""`li`: a short sequence that loads a 64-bit constant, nearly always the one that LLVM finds.

A constant of 32 signed bits takes `lui` and an addition. A longer one is built from the left: make
the upper part, shift it, add the next 12 bits. Taking zeros off either end first, or building the
inverted constant, can be shorter.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.bits import MASK64, sext

Step = tuple[str, int]
"""A step's name in `pseudo.CONSTANT_STEPS` and its immediate."""

_SHORT: Final = 2
"""Two instructions cannot be bettered by dropping leading zeros."""


def constant_steps(value: int) -> list[Step]:
    """The steps that leave `value`, a 64-bit word of either sign, in a register."""
    value = sext(value, 64)
    best = _from_the_left(value)
    if value & 0xFFF and not value & 1 and len(best) >= _SHORT:
        zeros = _trailing_zeros(value)
        tried = [*_from_the_left(value >> zeros), ("left", zeros)]
        if len(tried) < len(best) or -32 <= value >> zeros < 32:
            best = tried
    if value > 0 and len(best) > _SHORT:
        best = min(best, _without_leading_zeros(value), key=len)
    if value < 0 and len(best) > _SHORT + 1:
        best = min(best, [*_without_leading_zeros(~value), ("invert", -1)], key=len)
    return best


def _without_leading_zeros(value: int) -> list[Step]:
    """A number that is not negative, made by shifting a negative one to the right."""
    zeros = 64 - value.bit_length()
    # What is shifted out again may as well be ones.
    starts = [sext(value << zeros | fill, 64) for fill in ((1 << zeros) - 1, 0)]
    return min(([*_from_the_left(start), ("right", zeros)] for start in starts), key=len)


def _from_the_left(value: int) -> list[Step]:
    low = sext(value, 12)
    if -(1 << 31) <= value < 1 << 31:
        upper = (value + 0x800) >> 12 & 0xFFFFF
        if not upper:
            return [("set", low)]
        # Only just below 2**31 does lui make a number that is too low by 2**32: addiw mends that.
        add = "add" if sext(upper << 12, 32) + low == value else "add_word"
        return [("upper", upper), (add, low)] if low else [("upper", upper)]
    rest = sext(value - low & MASK64, 64)
    shift = _trailing_zeros(rest)
    rest >>= shift
    if shift > 12 and not -2048 <= rest < 2048 and -(1 << 31) <= rest << 12 < 1 << 31:
        rest, shift = rest << 12, shift - 12  # lui shifts by 12 for nothing
    steps = [*_from_the_left(rest), ("left", shift)]
    return [*steps, ("add", low)] if low else steps


def _trailing_zeros(value: int) -> int:
    return (value & -value).bit_length() - 1
