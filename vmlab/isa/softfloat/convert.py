"""Conversions: between the formats, to integers and from integers (unprivileged manual, 20.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.isa.lang import Kernel, Kit, Value
from vmlab.isa.softfloat.formats import (
    F32,
    F64,
    FLAGS_BITS,
    FORMATS,
    NV,
    NX,
    Format,
    is_infinite,
    is_nan,
    is_signaling,
    number_and_flags,
    sign_of,
)
from vmlab.isa.softfloat.parts import give_rounded, rounds_up, shift_right, unpacked


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer type as instructions name it."""

    letters: str
    width: int
    is_signed: bool

    @property
    def most(self) -> int:
        """The largest value."""
        return (1 << self.width - self.is_signed) - 1

    @property
    def least(self) -> int:
        """The magnitude of the smallest value."""
        return 1 << self.width - 1 if self.is_signed else 0


INTEGERS: Final = (
    Integer("w", 32, True),
    Integer("wu", 32, False),
    Integer("l", 64, True),
    Integer("lu", 64, False),
)
"""In the order in which instructions encode them."""


def _to_integer(fmt: Format) -> Kernel:
    """(the integer, exceptions). Of magnitudes up to `least` below zero and `most` above; what is
    beyond, and a NaN, is invalid and gives the nearest limit, or the upper one."""

    def to_integer(k: Kit, rm: Value, fa: Value, least: Value, most: Value) -> None:
        sign = sign_of(fmt, fa)
        minus = sign.ne(0) & ~is_nan(fmt, fa)
        limit = k.select(minus, 0 - least, most)
        exponent, significand = unpacked(k, fmt, fa)
        with k.when(is_nan(fmt, fa) | is_infinite(fmt, fa) | exponent.ges(64)):
            k.ret(limit, NV)
        # The integer part, and what stands behind the point as a fraction of 2**64.
        whole, tail = k.var(0), k.var(significand)
        with k.when(exponent.ges(0)):
            whole.value = significand >> (63 - exponent).bits(5, 0)
            tail.value = (significand << exponent.bits(5, 0)) << 1
        with k.otherwise():
            tail.value = k.call(shift_right, significand, -1 - exponent)
        up = k.call(rounds_up, rm, sign, whole.value & 1, tail.value)
        magnitude = whole.value + up
        with k.when(k.select(minus, least, most).ltu(magnitude)):
            k.ret(limit, NV)
        value = k.select(minus, 0 - magnitude, magnitude)
        k.ret(value, k.select(tail.value.ne(0), NX, 0))

    widths = {"rm": 3, "fa": fmt.width, "least": 64, "most": 64}
    return Kernel(f"{fmt}_to_integer", to_integer, widths, (64, FLAGS_BITS))


def _from_integer(fmt: Format) -> Kernel:
    """The number nearest to an integer of the given sign and magnitude."""

    def from_integer(k: Kit, rm: Value, sign: Value, magnitude: Value) -> None:
        with k.when(magnitude.eq(0)):
            k.ret(0, 0)
        zeros = magnitude.clz().bits(5, 0)
        give_rounded(k, fmt, rm, sign, 63 - zeros, magnitude << zeros)

    widths = {"rm": 3, "sign": 1, "magnitude": 64}
    return Kernel(f"{fmt}_from_integer", from_integer, widths, number_and_flags(fmt))


def _between(source: Format, target: Format) -> Kernel:
    """A number of one format as one of the other."""

    def convert(k: Kit, rm: Value, fa: Value) -> None:
        with k.when(is_nan(source, fa)):
            k.ret(target.nan, k.select(is_signaling(source, fa), NV, 0))
        sign = sign_of(source, fa)
        with k.when(is_infinite(source, fa)):
            k.ret((sign << target.width - 1) | target.infinity, 0)
        exponent, significand = unpacked(k, source, fa)
        give_rounded(k, target, rm, sign, exponent, significand)

    widths = {"rm": 3, "fa": source.width}
    return Kernel(f"{source}_to_{target}", convert, widths, number_and_flags(target))


TO_INTEGER: Final = {fmt: _to_integer(fmt) for fmt in FORMATS}
FROM_INTEGER: Final = {fmt: _from_integer(fmt) for fmt in FORMATS}
BETWEEN: Final = {(F32, F64): _between(F32, F64), (F64, F32): _between(F64, F32)}
