"""The formats as data, the rounding modes and the exceptions (unprivileged manual, chapter 20)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vmlab.isa.lang import Kernel, Kit, Value

# Rounding modes, as frm and instructions encode them.
RNE: Final = 0
"""To nearest, ties to even."""
RTZ: Final = 1
"""Towards zero."""
RDN: Final = 2
"""Down."""
RUP: Final = 3
"""Up."""
RMM: Final = 4
"""To nearest, ties away from zero."""
DYN: Final = 7
"""In an instruction: as frm says."""
ROUNDING_MODES: Final = {"rne": RNE, "rtz": RTZ, "rdn": RDN, "rup": RUP, "rmm": RMM, "dyn": DYN}
"""By the names that programmers write; 5 and 6 are reserved, and so is 7 in frm."""

# Exceptions, as fflags accrues them.
NX: Final = 1
"""Inexact."""
UF: Final = 2
"""Underflow: tiny after rounding, and inexact."""
OF: Final = 4
"""Overflow."""
DZ: Final = 8
"""A finite number divided by zero."""
NV: Final = 16
"""Invalid operation."""


@dataclass(frozen=True, slots=True)
class Format:
    """A binary interchange format of IEEE 754:

    sign 1 | exponent | fraction
    """

    letter: str
    """What instructions call it."""
    width: int
    fraction_bits: int

    @property
    def precision(self) -> int:
        """Bits of a significand, the one before the point included."""
        return self.fraction_bits + 1

    @property
    def bias(self) -> int:
        """What is added to the exponent of a normal number."""
        return (1 << self.width - self.fraction_bits - 2) - 1

    @property
    def sign(self) -> int:
        """The mask of the sign bit."""
        return 1 << self.width - 1

    @property
    def fraction(self) -> int:
        """The mask of the fraction."""
        return (1 << self.fraction_bits) - 1

    @property
    def infinity(self) -> int:
        """Plus infinity: all ones in the exponent; one less is the largest finite number."""
        return self.sign - 1 & ~self.fraction

    @property
    def quiet(self) -> int:
        """The bit that a quiet NaN has and a signaling one has not."""
        return 1 << self.fraction_bits - 1

    @property
    def nan(self) -> int:
        """The canonical NaN."""
        return self.infinity | self.quiet

    def __str__(self) -> str:
        return f"f{self.width}"


F32: Final = Format("s", 32, 23)
F64: Final = Format("d", 64, 52)
FORMATS: Final = (F32, F64)


# What a text asks of the bits of a number


def is_nan(fmt: Format, bits: Value) -> Value:
    return (bits & ~fmt.sign).geu(fmt.infinity + 1)


def is_signaling(fmt: Format, bits: Value) -> Value:
    return is_nan(fmt, bits) & bits.none(fmt.quiet)


def is_infinite(fmt: Format, bits: Value) -> Value:
    return (bits & ~fmt.sign).eq(fmt.infinity)


def is_zero(fmt: Format, bits: Value) -> Value:
    return (bits & ~fmt.sign).eq(0)


def sign_of(fmt: Format, bits: Value) -> Value:
    """1 for a negative number, else 0."""
    return bits >> fmt.width - 1


Body = Callable[..., None]


def for_each_format(
    name: str, results: Callable[[Format], tuple[int, ...]], params: str, body: Body
) -> dict[Format, Kernel]:
    """A kernel for each format, from a body that takes the Kit, the format, and the parameters:
    names that begin with f are numbers of the format, `rm` is a rounding mode."""

    def made(fmt: Format) -> Kernel:
        def function(k: Kit, **values: Value) -> None:
            body(k, fmt, **values)

        function.__doc__ = body.__doc__
        names = params.split()
        widths = {name: 3 if name == "rm" else fmt.width for name in names}
        # Differential tests make numbers of the right format by the parameter's name.
        return Kernel(f"{fmt}_{name}", function, widths, results(fmt))

    return {fmt: made(fmt) for fmt in FORMATS}


FLAGS_BITS: Final = 5


def number_and_flags(fmt: Format) -> tuple[int, ...]:
    """Results of arithmetic."""
    return fmt.width, FLAGS_BITS
