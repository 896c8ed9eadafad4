"""Many programs, one after another, until enough instructions have been compared.

A program runs once in Spike. Each of our engines follows its log in strides, as users run it; one
program in three is also compared after each single instruction. What a test compared goes
into its report's properties, from where `conftest` adds it up.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from tests.conformance import spike
from tests.conformance.catalogue import generate
from tests.conformance.image import Image
from tests.conformance.lockstep import ENGINES, Divergence, Lockstep, Make, before_end
from tests.conformance.shrink import explained
from tests.conformance.spike import Step

SEEDS: Final = 4
"""So many programs of each family are compared whatever the volume (`test_lockstep`)."""
FIRST_SEED: Final = 1_000
"""Seeds below belong to `test_lockstep`."""
SINGLY: Final = 3
"""One program in so many is also compared instruction by instruction."""
PROPERTY: Final = "lockstep"
WASM_PROPERTY: Final = "lockstep in wasm"


@dataclass
class Tally:
    """What has been compared with Spike, by family."""

    instructions: dict[str, int] = field(default_factory=dict)
    singly: dict[str, int] = field(default_factory=dict)
    programs: dict[str, int] = field(default_factory=dict)
    traps: dict[str, int] = field(default_factory=dict)

    def add(self, family: str, instructions: int, singly: int, traps: int, programs: int) -> None:
        for column, amount in (
            (self.instructions, instructions),
            (self.singly, singly),
            (self.traps, traps),
            (self.programs, programs),
        ):
            column[family] = column.get(family, 0) + amount

    def lines(self) -> Iterator[str]:
        """The table that ends a run of the tests."""
        total = sum(self.instructions.values())
        programs = sum(self.programs.values())
        yield (
            f"lockstep with Spike: {total:,} instructions of {programs:,} programs compared "
            f"on {' and '.join(ENGINES)} each, "
            f"{sum(self.singly.values()):,} of them one by one, {sum(self.traps.values()):,} traps"
        )
        for family in sorted(self.instructions):
            yield (
                f"  {family:12} {self.instructions[family]:>12,} instructions "
                f"{self.programs[family]:>6,} programs {self.traps[family]:>9,} traps"
            )


def compare(
    image: Image,
    steps: list[Step],
    scratch: bytes,
    singly: bool,
    seed: int = 0,
    engine: str | Make = "t0",
) -> Lockstep:
    """One program on our machine, as it stands at the end; a divergence is shrunk before it is
    raised."""
    machine = Lockstep(image, engine)
    try:
        if singly:
            machine.each(steps)
        else:
            machine.strides(steps, seed)
        machine.memory(scratch)
    except Divergence as found:
        raise explained(image, found, None if singly else seed, engine) from None
    return machine


def traps_of(steps: list[Step]) -> int:
    """How many traps a program took."""
    return sum(1 for step in steps if step.trap)


def compare_many(family: str, part: int, quota: int) -> tuple[int, int, int, int]:
    """Compare programs of a family until `quota` instructions are done. Each part has seeds of
    its own. Instructions, those compared singly, traps, programs."""
    instructions = singly = traps = 0
    first = FIRST_SEED + (zlib.crc32(family.encode()) & 0xFFFF) + (part << 24)
    for programs in count(1):
        seed = first + programs
        image = generate(family, seed)
        done = spike.run(image)
        steps = before_end(list(spike.read_log(done.log.splitlines())), image)
        for engine in ENGINES:
            compare(image, steps, done.scratch, False, seed, engine)
            if programs % SINGLY == 1:
                compare(image, steps, done.scratch, True, 0, engine)
        singly += len(steps) if programs % SINGLY == 1 else 0
        instructions += len(steps)
        traps += traps_of(steps)
        if instructions >= quota:
            return instructions, singly, traps, programs
    raise AssertionError("not reached")
