"""Arithmetic on fixed-width words, for code that handles concrete values.

The instruction description does not use these: it works on symbolic values (`isa.lang`).
"""

from __future__ import annotations

from typing import Final

XLEN: Final = 64
MASK64: Final = (1 << 64) - 1
MASK32: Final = (1 << 32) - 1


def bits(value: int, high: int, low: int) -> int:
    """Field `value[high:low]`, both ends included, as the manuals write it."""
    return (value >> low) & ((1 << (high - low + 1)) - 1)


def sext(value: int, width: int) -> int:
    """Sign-extend the low `width` bits of `value`; the result is a Python int, maybe negative."""
    sign = 1 << (width - 1)
    return ((value & ((1 << width) - 1)) ^ sign) - sign


def sext64(value: int, width: int) -> int:
    """Sign-extend the low `width` bits of `value` to a 64-bit word."""
    return sext(value, width) & MASK64


def signed(value: int) -> int:
    """A 64-bit word read as two's complement."""
    return sext(value, 64)


def align_down(value: int, unit: int) -> int:
    """The largest multiple of `unit` (a power of two) that is not above `value`."""
    return value & -unit


def align_up(value: int, unit: int) -> int:
    """The smallest multiple of `unit` (a power of two) that is not below `value`."""
    return (value + unit - 1) & -unit
