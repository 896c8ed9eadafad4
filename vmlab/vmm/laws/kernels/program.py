"""One random program: its seed, its operations, and what a machine starts with to run it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from vmlab.machine.platform import Platform
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.laws.kernels import tables
from vmlab.vmm.laws.kernels.generator import Generator
from vmlab.vmm.laws.kernels.handler import FUEL_TRAPS
from vmlab.vmm.laws.kernels.lowering import Flat, Native
from vmlab.vmm.laws.kernels.operations import Operation, Slot
from vmlab.vmm.laws.kernels.places import (
    FUEL,
    PAGE_COUNT,
    PAGES,
    RAM_BYTES,
    TEXT,
    page_content,
)

MOST_INSNS = 60_000
"""No program runs longer: its fuel ends before."""


@dataclass(frozen=True, slots=True)
class Program:
    """An abstract program. Any part of its operations is a program, too."""

    seed: int
    flat: bool
    operations: tuple[Operation, ...]
    leaves: tuple[tuple[tuple[int, Slot, int], int], ...] = field(repr=False)
    """The entries that its spaces start with: (space, slot, index), entry."""

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"random-{self.seed}{'-flat' if self.flat else ''}"

    def only(self, operations: tuple[Operation, ...]) -> Program:
        """The same with fewer operations."""
        return replace(self, operations=operations)

    def payload(self) -> Payload:
        """What a machine starts with."""
        return _payload(self)


@lru_cache(maxsize=256)
def _payload(program: Program) -> Payload:
    text = (Flat() if program.flat else Native()).program(program.operations)
    pages = b"".join(page_content(number) for number in range(PAGE_COUNT + 1))
    data = ((FUEL, FUEL_TRAPS.to_bytes(8, "little")), (PAGES, pages))
    made = () if program.flat else tables.initial(dict(program.leaves))
    return Payload(program.name, (*text, *data, *made), TEXT)


@lru_cache(maxsize=256)
def random_program(seed: int, flat: bool = False) -> Program:
    """The program of a seed."""
    leaves, operations = Generator(seed).program()
    return Program(seed, flat, operations, tuple(leaves.items()))


@cache
def board() -> Platform:
    """The board that random programs run on."""
    return guest_platform(RAM_BYTES)
