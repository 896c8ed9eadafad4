"""Comparing and classifying: nothing is rounded here (unprivileged manual, 20.6 to 20.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vmlab.isa.lang import Kernel, Kit, Value
from vmlab.isa.softfloat.formats import (
    FLAGS_BITS,
    NV,
    Format,
    for_each_format,
    is_infinite,
    is_nan,
    is_signaling,
    is_zero,
    number_and_flags,
    sign_of,
)


def _below(fmt: Format, fa: Value, fb: Value) -> Value:
    """True if fa stands before fb in the order of bits, in which -0 is before +0."""
    minus_a, minus_b = sign_of(fmt, fa).ne(0), sign_of(fmt, fb).ne(0)
    positive = ~minus_a & ~minus_b & fa.ltu(fb)
    negative = minus_a & minus_b & fb.ltu(fa)
    return (minus_a & ~minus_b) | positive | negative


def _equal(k: Kit, fmt: Format, fa: Value, fb: Value) -> None:
    """1 if equal. Quiet: only a signaling NaN is invalid."""
    signaling = is_signaling(fmt, fa) | is_signaling(fmt, fb)
    nan = is_nan(fmt, fa) | is_nan(fmt, fb)
    equal = fa.eq(fb) | (is_zero(fmt, fa) & is_zero(fmt, fb))
    k.ret((equal & ~nan).word(), k.select(signaling, NV, 0))


def _ordered(k: Kit, fmt: Format, fa: Value, fb: Value, or_equal: bool) -> None:
    with k.when(is_nan(fmt, fa) | is_nan(fmt, fb)):
        k.ret(0, NV)
    zeros = is_zero(fmt, fa) & is_zero(fmt, fb)
    if or_equal:
        k.ret((_below(fmt, fa, fb) | fa.eq(fb) | zeros).word(), 0)
    else:
        k.ret((_below(fmt, fa, fb) & ~zeros).word(), 0)


def _less(k: Kit, fmt: Format, fa: Value, fb: Value) -> None:
    """1 if less. Signaling: any NaN is invalid."""
    _ordered(k, fmt, fa, fb, False)


def _less_or_equal(k: Kit, fmt: Format, fa: Value, fb: Value) -> None:
    """1 if less or equal. Signaling: any NaN is invalid."""
    _ordered(k, fmt, fa, fb, True)


def _smaller(k: Kit, fmt: Format, fa: Value, fb: Value) -> None:
    """The smaller number (minimumNumber of IEEE 754-2019); a NaN only if both are."""
    _choose(k, fmt, fa, fb, k.select(_below(fmt, fa, fb), fa, fb))


def _larger(k: Kit, fmt: Format, fa: Value, fb: Value) -> None:
    """The larger number (maximumNumber of IEEE 754-2019); a NaN only if both are."""
    _choose(k, fmt, fa, fb, k.select(_below(fmt, fa, fb), fb, fa))


def _choose(k: Kit, fmt: Format, fa: Value, fb: Value, chosen: Value) -> None:
    flags = k.select(is_signaling(fmt, fa) | is_signaling(fmt, fb), NV, 0)
    with k.when(is_nan(fmt, fa)):
        k.ret(k.select(is_nan(fmt, fb), fmt.nan, fb), flags)
    with k.when(is_nan(fmt, fb)):
        k.ret(fa, flags)
    k.ret(chosen, flags)


CLASSES: Final[tuple[tuple[str, Callable[[Format, Value], Value]], ...]] = (
    ("infinite", is_infinite),
    ("normal", lambda fmt, bits: bits.any(fmt.infinity)),
    ("subnormal", lambda fmt, bits: bits.any(fmt.fraction)),
)
"""Classes with a sign, the first that fits; what is left is a zero."""
SIGNALING_CLASS: Final = 8
QUIET_CLASS: Final = 9


def _classify(k: Kit, fmt: Format, fa: Value) -> None:
    """One bit of ten: negative from infinite to zero (0 to 3), positive from zero to infinite (4 to
    7), signaling NaN (8), quiet NaN (9)."""
    with k.when(is_nan(fmt, fa)):
        k.ret(k.select(is_signaling(fmt, fa), 1 << SIGNALING_CLASS, 1 << QUIET_CLASS))
    minus = sign_of(fmt, fa).ne(0)
    for place, (_, fits) in enumerate(CLASSES):
        with k.when(fits(fmt, fa)):
            k.ret(k.select(minus, 1 << place, 1 << 7 - place))
    k.ret(k.select(minus, 1 << len(CLASSES), 1 << 7 - len(CLASSES)))


def _truth_and_flags(fmt: Format) -> tuple[int, ...]:
    return 1, FLAGS_BITS


Made = dict[Format, Kernel]
EQUAL: Final[Made] = for_each_format("eq", _truth_and_flags, "fa fb", _equal)
LESS: Final[Made] = for_each_format("lt", _truth_and_flags, "fa fb", _less)
LESS_OR_EQUAL: Final[Made] = for_each_format("le", _truth_and_flags, "fa fb", _less_or_equal)
SMALLER: Final[Made] = for_each_format("min", number_and_flags, "fa fb", _smaller)
LARGER: Final[Made] = for_each_format("max", number_and_flags, "fa fb", _larger)
CLASSIFY: Final[Made] = for_each_format("classify", lambda fmt: (10,), "fa", _classify)
