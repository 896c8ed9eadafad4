"""Taking numbers apart and putting results together: unpack, shift, round."""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kernel, Kit, Value, kernel
from vmlab.isa.softfloat.formats import (
    FORMATS,
    NX,
    OF,
    RDN,
    RMM,
    RNE,
    RUP,
    UF,
    Format,
    number_and_flags,
)

TOP: Final = 1 << 63
"""The significand of 1, and half a unit of what stands above a tail."""


def _unpack(fmt: Format) -> Kernel:
    """(exponent, significand) of a finite number; the significand of a zero is 0."""

    def unpack(k: Kit, bits: Value) -> None:
        field = bits.bits(fmt.width - 2, fmt.fraction_bits)
        fraction = bits & fmt.fraction
        with k.when(field.ne(0)):
            k.ret(field - fmt.bias, (fraction << 63 - fmt.fraction_bits) | TOP)
        with k.when(fraction.eq(0)):
            k.ret(0, 0)
        # A subnormal number: fraction * 2**(1 - bias - fraction_bits), moved up to bit 63.
        zeros = fraction.clz()
        k.ret(k.const(64 - fmt.bias - fmt.fraction_bits) - zeros, fraction << zeros.bits(5, 0))

    return Kernel(f"{fmt}_unpack", unpack, {"bits": fmt.width}, (64, 64))


UNPACK: Final = {fmt: _unpack(fmt) for fmt in FORMATS}


def unpacked(k: Kit, fmt: Format, bits: Value) -> tuple[Value, Value]:
    """(exponent, significand) of a finite number."""
    exponent, significand = k.calls(UNPACK[fmt], bits)
    return exponent, significand


# Shifting right without forgetting: what falls out leaves its mark in bit 0 ("sticky") ---------


def jam(word: Value, lost: Value) -> Value:
    """The word, its lowest bit set if what was lost below it is not 0."""
    return word | lost.ne(0).word()


@kernel(64, value=64, count=64)
def shift_right(k: Kit, value: Value, count: Value) -> None:
    """Shifted right by any count."""
    with k.when(count.geu(64)):
        k.ret(value.ne(0).word())
    by = count.bits(5, 0)
    k.ret(jam(value >> by, value & ((k.const(1) << by) - 1)))


@kernel(64, 64, high=64, low=64, count=64)
def shift_pair_right(k: Kit, high: Value, low: Value, count: Value) -> None:
    """128 bits shifted right by any count that is not 0."""
    with k.when(count.geu(64)):
        k.ret(0, jam(k.call(shift_right, high, count - 64), low))
    by = count.bits(5, 0)
    moved = (low >> by) | (high << (64 - by).bits(5, 0))
    k.ret(high >> by, jam(moved, low & ((k.const(1) << by) - 1)))


# Rounding --------------------------------------------------------------------------------------


@kernel(1, rm=3, sign=1, odd=1, tail=64)
def rounds_up(k: Kit, rm: Value, sign: Value, odd: Value, tail: Value) -> None:
    """1 if the magnitude is to be raised by a unit. `tail` is what stands below the unit, as a
    fraction of 2**64; `odd` is the unit's own bit."""
    with k.when(rm.eq(RNE)):
        k.ret((tail.geu(TOP + 1) | (tail.eq(TOP) & odd.ne(0))).word())
    with k.when(rm.eq(RMM)):
        k.ret(tail.geu(TOP).word())
    outwards = (rm.eq(RUP) & sign.eq(0)) | (rm.eq(RDN) & sign.ne(0))
    k.ret((outwards & tail.ne(0)).word())


def _round(fmt: Format) -> Kernel:
    """The number nearest in the sense of `rm`, and the exceptions. Bit 0 of the significand may
    stand for more below it. A significand of 0 is a zero."""
    spare = 64 - fmt.precision
    """Bits of a significand that the format has no room for."""

    def round_(k: Kit, rm: Value, sign: Value, exponent: Value, significand: Value) -> None:
        signed = sign << fmt.width - 1
        with k.when(significand.eq(0)):
            k.ret(signed, 0)

        def raised(word: Value) -> Value:
            kept = word >> spare
            up = k.call(rounds_up, rm, sign, kept & 1, word << 64 - spare)
            return kept + up

        most = 2 * fmt.bias + 1
        biased = exponent + fmt.bias
        word, field, tiny = k.var(significand), k.var(biased), k.var(0, 1)
        with k.when(biased.lts(1)):
            # Below the normal numbers, unless rounding with no bound below makes it one.
            carries = raised(significand) >> fmt.precision
            tiny.value = (biased.ne(0) | carries.eq(0)).word()
            word.value = k.call(shift_right, significand, 1 - biased)
            field.value = 1
        with k.when(field.value.ges(most)):
            field.value = most
        # The leading 1 of a significand adds to the exponent; so does the carry out of it.
        units = raised(word.value)
        magnitude = ((field.value - 1) << fmt.fraction_bits) + units
        with k.when(magnitude.geu(fmt.infinity)):
            nearest = rm.eq(RNE) | rm.eq(RMM)
            outwards = (rm.eq(RUP) & sign.eq(0)) | (rm.eq(RDN) & sign.ne(0))
            limit = k.select(nearest | outwards, fmt.infinity, fmt.infinity - 1)
            k.ret(signed | limit, OF | NX)
        inexact = (word.value << 64 - spare).ne(0)
        flags = k.select(tiny.value.ne(0), UF | NX, NX)
        k.ret(signed | magnitude.bits(fmt.width - 2, 0), k.select(inexact, flags, 0))

    widths = {"rm": 3, "sign": 1, "exponent": 64, "significand": 64}
    return Kernel(f"{fmt}_round", round_, widths, number_and_flags(fmt))


ROUND: Final = {fmt: _round(fmt) for fmt in FORMATS}


def give_rounded(
    k: Kit, fmt: Format, rm: Value, sign: Value, exponent: Value, significand: Value
) -> None:
    """Return the rounded number and the exceptions from the kernel."""
    k.ret(*k.calls(ROUND[fmt], rm, sign, exponent, significand))
