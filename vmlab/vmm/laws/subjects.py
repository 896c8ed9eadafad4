"""What the laws are judged on: random kernels, and guests of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from vmlab.core.units import MIB
from vmlab.guests.catalog import BUILDS
from vmlab.machine.platform import Platform
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.laws.kernels.program import MOST_INSNS, Build, board, random_program
from vmlab.vmm.techniques import Profile, Technique

BUILT_RAM_BYTES: Final = 4 * MIB
"""Of guests that are built for a monitor. All have the same: such a guest's memory says where it
stands, and that must not depend on who runs beside."""
FLAT_IN = 4
"""One random kernel of so many runs without translation."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One guest on its board, for how long, and how often it is looked at."""

    name: str
    platform: Platform
    payload: Payload
    seed: int
    most_insns: int = MOST_INSNS
    strides: tuple[int, int] = (40, 700)
    """The fewest and the most instructions between two checkpoints."""
    native: Payload | None = None
    """The build of the same sources for the bare machine, where `payload` is for a monitor: then
    not the machines are compared, but what their users see."""
    is_random: bool = False
    """True for a random kernel: what its user sees stands in its handler's log. Else it is nano."""


def random_kernels(technique: Technique, seed: int, programs: int) -> Iterator[Trial]:
    """The random kernels of a seed, as a technique runs them."""
    flat = Profile.NATIVE_FLAT in technique.profiles
    native = Profile.NATIVE in technique.profiles
    for number in range(programs):
        wanted = flat and (not native or number % FLAT_IN == FLAT_IN - 1)
        program = random_program(seed + number, Build.FLAT if wanted else Build.NATIVE)
        yield Trial(program.name, board(), program.payload(), seed + number)


def catalogued(name: str, append: str | None, seed: int) -> Trial:
    """A guest of the catalogue, until it ends, waits for input, or has run for a while. Raises
    `BadInput` for what is none, or does not start under SBI."""
    if name in BUILDS:
        made = partial(payload_of, append=append, ram_bytes=BUILT_RAM_BYTES)
        board, native = guest_platform(BUILT_RAM_BYTES), made(BUILDS[name][0].name)
        return Trial(name, board, made(name), seed, 400_000, native=native)
    payload = payload_of(name, append=append)
    return Trial(name, guest_platform(), payload, seed, 400_000, (5_000, 60_000))
