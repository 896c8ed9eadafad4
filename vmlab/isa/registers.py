"""The registers' names (unprivileged manual, the calling convention)."""

from __future__ import annotations

from typing import Final

ABI_NAMES: Final = [
    "zero",
    "ra",
    "sp",
    "gp",
    "tp",
    "t0",
    "t1",
    "t2",
    "s0",
    "s1",
    "a0",
    "a1",
    "a2",
    "a3",
    "a4",
    "a5",
    "a6",
    "a7",
    "s2",
    "s3",
    "s4",
    "s5",
    "s6",
    "s7",
    "s8",
    "s9",
    "s10",
    "s11",
    "t3",
    "t4",
    "t5",
    "t6",
]

REGISTER_NUMBERS: Final = (
    {name: number for number, name in enumerate(ABI_NAMES)}
    | {f"x{number}": number for number in range(32)}
    | {"fp": 8}
)
"""Every name that an assembler accepts, with the register's number."""

FLOAT_NAMES: Final = [
    *(f"ft{number}" for number in range(8)),
    "fs0",
    "fs1",
    *(f"fa{number}" for number in range(8)),
    *(f"fs{number}" for number in range(2, 12)),
    *(f"ft{number}" for number in range(8, 12)),
]
"""The floating-point registers by number."""

FLOAT_NUMBERS: Final = {name: number for number, name in enumerate(FLOAT_NAMES)} | {
    f"f{number}": number for number in range(32)
}
"""Every name of a floating-point register that an assembler accepts, with its number."""
