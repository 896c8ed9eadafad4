"""Floating point by definition: the exact result as a fraction, then rounded. The oracle.

Slow and plain. Nothing of the machine's soft float is used: numbers are taken apart into a
`Fraction`, an operation gives another, and `rounded` looks for the neighbours in the format. Square
roots are irrational, so a result is `Exact`: a comparison with any fraction will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

NX, UF, OF, DZ, NV = 1, 2, 4, 8, 16


class Mode(Enum):
    """The rounding modes, by their encoding."""

    RNE = 0
    RTZ = 1
    RDN = 2
    RUP = 3
    RMM = 4


@dataclass(frozen=True)
class Form:
    """A binary interchange format: how many bits the exponent and the fraction have."""

    exponent: int
    fraction: int

    @property
    def width(self) -> int:
        return 1 + self.exponent + self.fraction

    @property
    def least(self) -> int:
        """The exponent of the smallest normal number."""
        return 2 - (1 << self.exponent - 1)

    @property
    def most(self) -> int:
        """The exponent of the largest finite numbers."""
        return (1 << self.exponent - 1) - 1

    @property
    def infinity(self) -> int:
        return ((1 << self.exponent) - 1) << self.fraction

    @property
    def nan(self) -> int:
        return self.infinity | 1 << self.fraction - 1


SINGLE = Form(8, 23)
DOUBLE = Form(11, 52)


@dataclass(frozen=True)
class Number:
    """What bits mean: a NaN (quiet or not), an infinity, or a finite value with a sign."""

    negative: bool
    value: Fraction = Fraction(0)
    infinite: bool = False
    nan: bool = False
    quiet: bool = False

    @property
    def zero(self) -> bool:
        return not self.nan and not self.infinite and self.value == 0

    @property
    def signaling(self) -> bool:
        return self.nan and not self.quiet


def parse(form: Form, bits: int) -> Number:
    """The meaning of bits."""
    negative = bool(bits >> form.width - 1)
    field = bits >> form.fraction & (1 << form.exponent) - 1
    fraction = bits & (1 << form.fraction) - 1
    if field == (1 << form.exponent) - 1:
        if fraction:
            return Number(negative, nan=True, quiet=bool(fraction >> form.fraction - 1))
        return Number(negative, infinite=True)
    whole = fraction + (1 << form.fraction if field else 0)
    value = whole * Fraction(2) ** (max(field, 1) - 1 + form.least - form.fraction)
    return Number(negative, -value if negative else value)


Compare = Callable[[Fraction], int]
"""Of a positive real number: -1, 0 or 1 as it is less than, equal to, or more than a fraction."""


def of_fraction(value: Fraction) -> Compare:
    over, under = value.numerator, value.denominator

    def compare(other: Fraction) -> int:
        # Once, on integers: most of the oracle's time goes by here.
        ours, theirs = over * other.denominator, other.numerator * under
        return (ours > theirs) - (ours < theirs)

    return compare


def of_root(square: Fraction) -> Compare:
    compare = of_fraction(square)
    return lambda other: compare(other * other)


def _unbounded(compare: Compare) -> int:
    """The exponent of the largest power of two that is not above the number."""
    low, high = -5000, 5000
    while low < high:
        middle = (low + high + 1) // 2
        if compare(Fraction(2) ** middle) >= 0:
            low = middle
        else:
            high = middle - 1
    return low


def _to_unit(
    compare: Compare, unit: Fraction, most: int, mode: Mode, negative: bool
) -> tuple[int, bool]:
    """(how many units, inexact): one of the two multiples of the unit around the number; there are
    not more than `most`."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if compare(middle * unit) >= 0:
            low = middle
        else:
            high = middle - 1
    if compare(low * unit) == 0:
        return low, False
    half = compare((2 * low + 1) * unit / 2)
    up = {
        Mode.RNE: half > 0 or (half == 0 and low % 2 == 1),
        Mode.RMM: half >= 0,
        Mode.RTZ: False,
        Mode.RDN: negative,
        Mode.RUP: not negative,
    }[mode]
    return low + up, True


def rounded(form: Form, mode: Mode, negative: bool, compare: Compare) -> tuple[int, int]:
    """(bits, flags) of a positive number, its sign given apart."""
    sign = negative << form.width - 1
    exponent = _unbounded(compare)
    # As if exponents had no bounds: that decides tininess (after rounding), and overflow.
    most = 1 << form.fraction + 1
    unit = Fraction(2) ** (exponent - form.fraction)
    assert compare(most * unit) < 0
    units, inexact = _to_unit(compare, unit, most, mode, negative)
    size = units * unit
    tiny = size < Fraction(2) ** form.least
    if size >= Fraction(2) ** (form.most + 1):
        away = {Mode.RNE: True, Mode.RMM: True, Mode.RTZ: False}.get(
            mode, negative == (mode is Mode.RDN)
        )
        return sign | form.infinity - (not away), OF | NX
    if exponent < form.least:
        unit = Fraction(2) ** (form.least - form.fraction)
        units, inexact = _to_unit(compare, unit, most, mode, negative)
        return sign | units, (NX | UF * tiny) if inexact else 0
    field = exponent - form.least + 1
    return sign | (field << form.fraction) + units - (1 << form.fraction), NX if inexact else 0


def exact(form: Form, mode: Mode, value: Fraction, zero_sign: bool) -> tuple[int, int]:
    """(bits, flags) of a fraction; the sign of a zero is given."""
    if not value:
        return zero_sign << form.width - 1, 0
    return rounded(form, mode, value < 0, of_fraction(abs(value)))


def _nans(form: Form, invalid: bool, *numbers: Number) -> tuple[int, int] | None:
    invalid = invalid or any(number.signaling for number in numbers)
    if invalid or any(number.nan for number in numbers):
        return form.nan, NV if invalid else 0
    return None


def _infinity(form: Form, negative: bool) -> int:
    return negative << form.width - 1 | form.infinity


def add(form: Form, mode: Mode, a: int, b: int) -> tuple[int, int]:
    x, y = parse(form, a), parse(form, b)
    clash = x.infinite and y.infinite and x.negative != y.negative
    if (special := _nans(form, clash, x, y)) is not None:
        return special
    for number in (x, y):
        if number.infinite:
            return _infinity(form, number.negative), 0
    return exact(form, mode, x.value + y.value, _zero_sign(mode, x, y))


def _zero_sign(mode: Mode, x: Number, y: Number) -> bool:
    return x.negative if x.negative == y.negative else mode is Mode.RDN


def multiply(form: Form, mode: Mode, a: int, b: int) -> tuple[int, int]:
    x, y = parse(form, a), parse(form, b)
    invalid = (x.infinite and y.zero) or (x.zero and y.infinite)
    if (special := _nans(form, invalid, x, y)) is not None:
        return special
    negative = x.negative != y.negative
    if x.infinite or y.infinite:
        return _infinity(form, negative), 0
    return exact(form, mode, x.value * y.value, negative)


def multiply_add(form: Form, mode: Mode, a: int, b: int, c: int) -> tuple[int, int]:
    x, y, z = parse(form, a), parse(form, b), parse(form, c)
    negative = x.negative != y.negative
    nothing = (x.infinite and y.zero) or (x.zero and y.infinite)
    endless = (x.infinite or y.infinite) and not (x.nan or y.nan)
    clash = endless and z.infinite and z.negative != negative
    if (special := _nans(form, nothing or clash, x, y, z)) is not None:
        return special
    if endless:
        return _infinity(form, negative), 0
    if z.infinite:
        return _infinity(form, z.negative), 0
    product = Number(negative, x.value * y.value)
    return exact(form, mode, product.value + z.value, _zero_sign(mode, product, z))


def divide(form: Form, mode: Mode, a: int, b: int) -> tuple[int, int]:
    x, y = parse(form, a), parse(form, b)
    invalid = (x.infinite and y.infinite) or (x.zero and y.zero)
    if (special := _nans(form, invalid, x, y)) is not None:
        return special
    negative = x.negative != y.negative
    if x.infinite:
        return _infinity(form, negative), 0
    if y.infinite:
        return negative << form.width - 1, 0
    if y.zero:
        return _infinity(form, negative), DZ
    return exact(form, mode, x.value / y.value, negative)


def square_root(form: Form, mode: Mode, a: int) -> tuple[int, int]:
    x = parse(form, a)
    if (special := _nans(form, x.negative and not x.zero and not x.nan, x)) is not None:
        return special
    if x.zero or x.infinite:
        return a, 0
    return rounded(form, mode, False, of_root(x.value))


def compare(form: Form, a: int, b: int, wanted: str) -> tuple[int, int]:
    """eq, lt or le: (1 or 0, flags)."""
    x, y = parse(form, a), parse(form, b)
    if x.nan or y.nan:
        quiet = wanted == "eq" and not (x.signaling or y.signaling)
        return 0, 0 if quiet else NV
    one, other = _order(form, x), _order(form, y)
    return int({"eq": one == other, "lt": one < other, "le": one <= other}[wanted]), 0


def _order(form: Form, x: Number) -> Fraction:
    beyond = Fraction(2) ** (form.most + 2)
    return (-beyond if x.negative else beyond) if x.infinite else x.value


def choose(form: Form, a: int, b: int, wanted: str) -> tuple[int, int]:
    """min or max: (bits, flags). A number goes before a NaN, -0 is below +0."""
    x, y = parse(form, a), parse(form, b)
    flags = NV if x.signaling or y.signaling else 0
    if x.nan or y.nan:
        return (form.nan if x.nan and y.nan else b if x.nan else a), flags
    pairs = sorted([(_order(form, x), not x.negative, a), (_order(form, y), not y.negative, b)])
    return pairs[0 if wanted == "min" else 1][2], flags


def classify(form: Form, a: int) -> int:
    x = parse(form, a)
    if x.nan:
        return 1 << (9 if x.quiet else 8)
    if x.infinite:
        rank = 0
    elif x.zero:
        rank = 3
    else:
        rank = 1 if abs(x.value) >= Fraction(2) ** form.least else 2
    return 1 << (rank if x.negative else 7 - rank)


def to_integer(form: Form, mode: Mode, a: int, least: int, most: int) -> tuple[int, int]:
    """(the integer, flags) for a type whose values are -least to most."""
    x = parse(form, a)
    if x.nan or x.infinite:
        return (-least if x.negative and not x.nan else most), NV
    number = of_fraction(abs(x.value))
    units, inexact = _to_unit(number, Fraction(1), 1 << 70, mode, x.negative)
    if abs(x.value) >= 1 << 69:
        units = 1 << 69
    value = -units if x.negative else units
    if not -least <= value <= most:
        return (-least if x.negative else most), NV
    return value, NX if inexact else 0


def convert(source: Form, target: Form, mode: Mode, a: int) -> tuple[int, int]:
    x = parse(source, a)
    if (special := _nans(target, False, x)) is not None:
        return special
    if x.infinite:
        return _infinity(target, x.negative), 0
    return exact(target, mode, x.value, x.negative)


def special_values(form: Form) -> list[int]:
    """Both signs of: zeros, ends of the subnormals and normals, numbers around 1 and around what
    integers hold, infinity, NaNs of both kinds with payloads."""
    infinity, unit = form.infinity, 1 << form.fraction
    one = (1 << form.exponent - 1) - 1 << form.fraction
    found = [0, 1, 2, 3, unit // 2, unit - 1, unit, unit + 1, 2 * unit, 2 * unit - 1]
    found += [infinity - 1, infinity - 2, infinity - unit, infinity - unit - 1, infinity]
    found += [infinity + 1, infinity + unit // 2 - 1, form.nan, form.nan + 1, infinity + unit - 1]
    for power in (-1, 0, 1, 2, form.fraction - 1, form.fraction, form.fraction + 1, 31, 32, 63, 64):
        here = one + power * unit
        found += [here - 1, here, here + 1, here + unit // 2]
    sign = 1 << form.width - 1
    return [*found, *(value | sign for value in found)]
