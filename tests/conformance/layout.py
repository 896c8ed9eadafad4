"""Where the parts of a generated program stand, and which registers it keeps for itself.

    0x80000000  handlers of M and S, then the episodes' code
    0x80100000  page tables that map the code (never broken on purpose)
    0x80200000  scratch: what loads and stores touch; compared at the end
    0x80210000  page tables that map scratch (broken on purpose)
    0x80300000  tohost

Code is mapped at its own address for S and, with the U bit, at `U_ALIAS` above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.conformance.image import RAM_BASE

CODE: Final = RAM_BASE
CODE_BYTES: Final = 0x10_0000
CODE_TABLES: Final = RAM_BASE + 0x10_0000
SCRATCH: Final = RAM_BASE + 0x20_0000
SCRATCH_BYTES: Final = 0x1_0000
SCRATCH_TABLES: Final = RAM_BASE + 0x21_0000
SCRATCH_TABLES_BYTES: Final = 0xE_0000
TOHOST: Final = RAM_BASE + 0x30_0000
U_ALIAS: Final = 0x4000_0000

NO_CODE_HERE: Final = 0x7000_0000
"""Nothing answers at this physical address, on either machine."""


@dataclass(frozen=True)
class Roles:
    """Registers that a program keeps for itself; chosen anew for each, so that none is spared."""

    a: int
    b: int
    c: int
    d: int
    """a to d belong to the handlers: they read what a trap wrote into them."""
    left: int
    """Traps that this episode may still take."""
    after: int
    """Physical address of the next episode."""
    base: int
    """The middle of scratch: physical, or virtual while translation is on."""
    pointer: int
    """A pointer just loaded, or a constant for a CSR."""
    loop: int
    again: int
    """How often this episode is still repeated."""
    free: tuple[int, ...]

    @classmethod
    def choose(cls, rng: Random) -> Roles:
        """Any ten registers but x0, and those that 16-bit forms cannot do without: ra, sp, and
        some of x8 to x15."""
        spared = {1, 2, *rng.sample(range(8, 16), 3)}
        numbers = [number for number in range(1, 32) if number not in spared]
        rng.shuffle(numbers)
        a, b, c, d, left, after, base, pointer, loop, again, *free = numbers
        free += spared
        return cls(a, b, c, d, left, after, base, pointer, loop, again, tuple(sorted(free)))
