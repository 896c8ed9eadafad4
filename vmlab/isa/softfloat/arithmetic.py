"""Sum, product, quotient and square root.

What is exact in 128 bits is computed so and rounded once: a fused multiply-add is a product and a
sum, and a sum is one whose words below the first are 0. Quotients and roots are made digit by
digit, as by hand, to two bits more than the format has; the remainder is the sticky bit.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.softfloat.formats import (
    DZ,
    NV,
    RDN,
    Format,
    for_each_format,
    is_infinite,
    is_nan,
    is_signaling,
    is_zero,
    number_and_flags,
    sign_of,
)
from vmlab.isa.softfloat.parts import TOP, give_rounded, jam, shift_pair_right, unpacked

DIGIT_BITS: Final = 11
"""Of a quotient's digit: a remainder of 53 bits has room for so many more in a word."""


def _nan(k: Kit, fmt: Format, invalid: Value, *numbers: Value) -> None:
    """Return the canonical NaN if the operation is invalid or a number is a NaN; a signaling one
    makes it invalid."""
    found = invalid
    for bits in numbers:
        invalid = invalid | is_signaling(fmt, bits)
        found = found | is_nan(fmt, bits)
    with k.when(found | invalid):
        k.ret(fmt.nan, k.select(invalid, NV, 0))


# Sums ------------------------------------------------------------------------------------------


@kernel(
    1, 64, 64,
    rm=3,
    sign_a=1, exponent_a=64, high_a=64, low_a=64,
    sign_b=1, exponent_b=64, high_b=64, low_b=64,
)  # fmt: skip
def float_sum(
    k: Kit,
    rm: Value,
    sign_a: Value,
    exponent_a: Value,
    high_a: Value,
    low_a: Value,
    sign_b: Value,
    exponent_b: Value,
    high_b: Value,
    low_b: Value,
) -> None:
    """(sign, exponent, significand) of the sum of two numbers whose significands have 128 bits,
    of which the lowest eleven are 0. A sum that is exactly 0 is negative only when rounding down,
    or if both were (IEEE 754, 6.3)."""
    down = rm.eq(RDN).word()
    alike = sign_a.eq(sign_b)
    with k.when((high_a | high_b).eq(0)):
        k.ret(k.select(alike, sign_a, down), 0, 0)
    with k.when(high_a.eq(0)):
        k.ret(sign_b, exponent_b, jam(high_b, low_b))
    with k.when(high_b.eq(0)):
        k.ret(sign_a, exponent_a, jam(high_a, low_a))

    # The one with the larger exponent stays; the other moves right by the difference. Both move
    # by one place more, to make room for a carry.
    swapped = exponent_a.lts(exponent_b)
    sign = k.select(swapped, sign_b, sign_a)
    exponent = k.select(swapped, exponent_b, exponent_a) + 1
    high, low = k.select(swapped, high_b, high_a), k.select(swapped, low_b, low_a)
    other = exponent - k.select(swapped, exponent_a, exponent_b)
    moved_high, moved_low = k.calls(
        shift_pair_right,
        k.select(swapped, high_a, high_b),
        k.select(swapped, low_a, low_b),
        other,
    )
    high, low = high >> 1, (high << 63) | (low >> 1)

    total_sign, total_high, total_low = k.var(sign, 1), k.var(0), k.var(0)
    with k.when(alike):
        sum_low = low + moved_low
        total_low.value = sum_low
        total_high.value = high + moved_high + sum_low.ltu(low).word()
    with k.otherwise():
        total_low.value = low - moved_low
        total_high.value = high - moved_high - low.ltu(moved_low).word()
        with k.when(total_high.value.lts(0)):  # with equal exponents the other may be larger
            total_sign.value = sign ^ 1
            total_high.value = 0 - total_high.value - total_low.value.ne(0).word()
            total_low.value = 0 - total_low.value

    # Move the leading 1 to its place.
    at = k.var(exponent)
    with k.when(total_high.value.eq(0)):
        with k.when(total_low.value.eq(0)):
            k.ret(down, 0, 0)
        total_high.value = total_low.value
        total_low.value = 0
        at.value = at.value - 64
    zeros = total_high.value.clz().bits(5, 0)
    below = (total_low.value >> 1) >> (63 - zeros).bits(5, 0)
    k.ret(
        total_sign.value,
        at.value - zeros,
        jam((total_high.value << zeros) | below, total_low.value << zeros),
    )


def _product(k: Kit, fmt: Format, fa: Value, fb: Value) -> tuple[Value, Value, Value]:
    """(exponent, high, low) of the product of two finite numbers, exact in 128 bits."""
    exponent_a, a = unpacked(k, fmt, fa)
    exponent_b, b = unpacked(k, fmt, fb)
    high, low = a.mulhu(b), a * b
    # Two significands of at least 1 and less than 2: bit 127 or bit 126 leads.
    short = high.ltu(TOP)
    exponent = exponent_a + exponent_b + (~short).word()
    return (
        exponent,
        k.select(short, (high << 1) | (low >> 63), high),
        k.select(short, low << 1, low),
    )


def _add(k: Kit, fmt: Format, rm: Value, fa: Value, fb: Value) -> None:
    """The sum; a difference is the sum with the opposite."""
    infinite = is_infinite(fmt, fa) & is_infinite(fmt, fb)
    _nan(k, fmt, infinite & fa.ne(fb), fa, fb)
    with k.when(is_infinite(fmt, fa)):
        k.ret(fa, 0)
    with k.when(is_infinite(fmt, fb)):
        k.ret(fb, 0)
    exponent_a, a = unpacked(k, fmt, fa)
    exponent_b, b = unpacked(k, fmt, fb)
    sign, exponent, total = k.calls(
        float_sum, rm, sign_of(fmt, fa), exponent_a, a, 0, sign_of(fmt, fb), exponent_b, b, 0
    )
    give_rounded(k, fmt, rm, sign, exponent, total)


def _multiply(k: Kit, fmt: Format, rm: Value, fa: Value, fb: Value) -> None:
    """The product."""
    infinite = is_infinite(fmt, fa) | is_infinite(fmt, fb)
    _nan(k, fmt, infinite & (is_zero(fmt, fa) | is_zero(fmt, fb)), fa, fb)
    sign = sign_of(fmt, fa ^ fb)
    with k.when(infinite):
        k.ret((sign << fmt.width - 1) | fmt.infinity, 0)
    exponent, high, low = _product(k, fmt, fa, fb)
    give_rounded(k, fmt, rm, sign, exponent, jam(high, low))


def _multiply_add(k: Kit, fmt: Format, rm: Value, fa: Value, fb: Value, fc: Value) -> None:
    """fa * fb + fc, rounded once. Infinity times zero is invalid whatever is added, a NaN, too."""
    infinite = is_infinite(fmt, fa) | is_infinite(fmt, fb)
    sign = sign_of(fmt, fa ^ fb)
    opposite = infinite & is_infinite(fmt, fc) & sign.ne(sign_of(fmt, fc))
    no_product = infinite & (is_zero(fmt, fa) | is_zero(fmt, fb))
    # A clash of infinities counts only if neither factor is a NaN, which `infinite` allows.
    clean = ~(is_nan(fmt, fa) | is_nan(fmt, fb))
    _nan(k, fmt, no_product | (opposite & clean), fa, fb, fc)
    with k.when(infinite):
        k.ret((sign << fmt.width - 1) | fmt.infinity, 0)
    with k.when(is_infinite(fmt, fc)):
        k.ret(fc, 0)
    exponent, high, low = _product(k, fmt, fa, fb)
    exponent_c, c = unpacked(k, fmt, fc)
    total_sign, total_exponent, total = k.calls(
        float_sum, rm, sign, exponent, high, low, sign_of(fmt, fc), exponent_c, c, 0
    )
    give_rounded(k, fmt, rm, total_sign, total_exponent, total)


# Quotients and roots ---------------------------------------------------------------------------


def _divide(k: Kit, fmt: Format, rm: Value, fa: Value, fb: Value) -> None:
    """The quotient."""
    infinite = is_infinite(fmt, fa) & is_infinite(fmt, fb)
    _nan(k, fmt, infinite | (is_zero(fmt, fa) & is_zero(fmt, fb)), fa, fb)
    sign = sign_of(fmt, fa ^ fb)
    signed = sign << fmt.width - 1
    with k.when(is_infinite(fmt, fa)):
        k.ret(signed | fmt.infinity, 0)
    with k.when(is_infinite(fmt, fb) | is_zero(fmt, fa)):
        k.ret(signed, 0)
    with k.when(is_zero(fmt, fb)):
        k.ret(signed | fmt.infinity, DZ)
    exponent_a, a = unpacked(k, fmt, fa)
    exponent_b, b = unpacked(k, fmt, fb)
    # Long division: 0 or 1 before the point, then as many digits as the format needs.
    rest, divisor = a >> DIGIT_BITS, b >> DIGIT_BITS
    quotient = rest.divu(divisor)
    rest = rest.remu(divisor)
    digits = -(-(fmt.precision + 2) // DIGIT_BITS)
    for _ in range(digits):
        rest = rest << DIGIT_BITS
        quotient = (quotient << DIGIT_BITS) + rest.divu(divisor)
        rest = rest.remu(divisor)
    zeros = quotient.clz().bits(5, 0)
    exponent = exponent_a - exponent_b + (63 - DIGIT_BITS * digits) - zeros
    give_rounded(k, fmt, rm, sign, exponent, jam(quotient << zeros, rest))


def _square_root(k: Kit, fmt: Format, rm: Value, fa: Value) -> None:
    """The square root; that of -0 is -0."""
    _nan(k, fmt, sign_of(fmt, fa).ne(0) & ~is_zero(fmt, fa) & ~is_nan(fmt, fa), fa)
    with k.when(is_zero(fmt, fa) | is_infinite(fmt, fa)):
        k.ret(fa, 0)
    exponent, a = unpacked(k, fmt, fa)
    # An even exponent, and two bits before the point: 1 to 3 in the upper two bits.
    left = k.var(k.select(exponent.any(1), a, a >> 1))
    root, rest = k.var(0), k.var(0)
    places = fmt.precision + 2
    n = k.var(places, places.bit_length())
    with k.loop():
        # Bring down two bits; (2r + 1)**2 - (2r)**2 = 4r + 1 is what another 1 takes.
        brought = (rest.value << 2) | (left.value >> 62)
        left.value = left.value << 2
        taken = (root.value << 2) | 1
        fits = taken.leu(brought)
        rest.value = k.select(fits, brought - taken, brought)
        root.value = (root.value << 1) | fits.word()
        n.value = (n.value - 1).bits(places.bit_length() - 1, 0)
        with k.when(n.value.eq(0)):
            k.leave()
    give_rounded(
        k, fmt, rm, k.const(0), exponent.sar(1), jam(root.value << 64 - places, rest.value)
    )


ADD: Final = for_each_format("add", number_and_flags, "rm fa fb", _add)
MULTIPLY: Final = for_each_format("mul", number_and_flags, "rm fa fb", _multiply)
MULTIPLY_ADD: Final = for_each_format("fma", number_and_flags, "rm fa fb fc", _multiply_add)
DIVIDE: Final = for_each_format("div", number_and_flags, "rm fa fb", _divide)
SQUARE_ROOT: Final = for_each_format("sqrt", number_and_flags, "rm fa", _square_root)
