"""One random program: its seed, its operations, and what a machine starts with to run it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache, lru_cache

from vmlab.machine.platform import Platform
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.laws.kernels import tables
from vmlab.vmm.laws.kernels.generator import Generator
from vmlab.vmm.laws.kernels.handler import FUEL_TRAPS
from vmlab.vmm.laws.kernels.lowering import Flat, Native
from vmlab.vmm.laws.kernels.operations import Operation, Slot
from vmlab.vmm.laws.kernels.paravirtual import Paravirtual, listed
from vmlab.vmm.laws.kernels.places import (
    FUEL,
    PAGE_COUNT,
    PAGES,
    RAM_BYTES,
    TEXT,
    page_content,
)
from vmlab.vmm.laws.kernels.portable import portable, portable_leaves

MOST_INSNS = 60_000
"""No program runs longer: its fuel ends before."""


class Build(Enum):
    """How an abstract program is built."""

    NATIVE = ""
    FLAT = "-flat"
    PORTABLE = "-portable"
    """For the bare machine, without what no paravirtual kernel has."""
    PARAVIRTUAL = "-pv"
    """The same program as the portable one."""


@dataclass(frozen=True, slots=True)
class Program:
    """An abstract program. Any part of its operations is a program, too."""

    seed: int
    build: Build
    operations: tuple[Operation, ...]
    leaves: tuple[tuple[tuple[int, Slot, int], int], ...] = field(repr=False)
    """The entries that its spaces start with: (space, slot, index), entry."""

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"random-{self.seed}{self.build.value}"

    def only(self, operations: tuple[Operation, ...]) -> Program:
        """The same with fewer operations."""
        return replace(self, operations=operations)

    def payload(self) -> Payload:
        """What a machine starts with."""
        return _payload(self)


@lru_cache(maxsize=256)
def _payload(program: Program) -> Payload:
    leaves = dict(program.leaves)
    pages = b"".join(page_content(number) for number in range(PAGE_COUNT + 1))
    data = ((FUEL, FUEL_TRAPS.to_bytes(8, "little")), (PAGES, pages))
    lowering: Native
    made: tuple[tuple[int, bytes], ...]
    match program.build:
        case Build.FLAT:
            lowering, made = Flat(), ()
        case Build.PARAVIRTUAL:
            lowering, made = Paravirtual(), (listed(leaves),)
        case _:
            lowering, made = Native(), tables.initial(leaves)
    text = lowering.program(program.operations)
    return Payload(program.name, (*text, *data, *made), TEXT)


@lru_cache(maxsize=256)
def random_program(seed: int, build: Build = Build.NATIVE) -> Program:
    """The program of a seed."""
    leaves, operations = Generator(seed).program()
    if build in (Build.PORTABLE, Build.PARAVIRTUAL):
        leaves, operations = portable_leaves(leaves), portable(operations)
    return Program(seed, build, operations, tuple(leaves.items()))


@cache
def board() -> Platform:
    """The board that random programs run on."""
    return guest_platform(RAM_BYTES)
