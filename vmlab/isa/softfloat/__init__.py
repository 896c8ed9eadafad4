"""Floating-point arithmetic on bits: IEEE 754 with RISC-V's choices, exact in every rounding mode.

Written once over 64-bit words; `formats` says what binary32 and binary64 are, and each operation
is a kernel for each format. Values travel as `(exponent, significand)` with

    value = significand / 2**63 * 2**exponent        bit 63 of the significand is 1, or it is 0

so that the arithmetic between `parts.unpack` and `parts.round` knows no format. RISC-V's choices:
a NaN result is always the canonical one, and tininess is detected after rounding (unprivileged
manual, chapter 20).
"""
