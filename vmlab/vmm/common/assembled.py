"""Small kernels in assembly, for monitors that are measured, shown or tested."""

from __future__ import annotations

from typing import Final

from vmlab.core.units import MIB
from vmlab.derive.asm import assemble
from vmlab.derive.objfile import to_elf
from vmlab.guests.loader import load_elf
from vmlab.vmm.common.vm import Payload

DEFAULT_RAM_BYTES: Final = MIB


def assembled(source: str, name: str = "guest.S", ram_bytes: int = DEFAULT_RAM_BYTES) -> Payload:
    """A kernel that begins at `_start`, or at its first instruction if it has no such symbol.
    Raises `BadInput` where the assembler does, `BadImage` if it has no room in RAM."""
    image = load_elf(to_elf(assemble(source, name)), ram_size=ram_bytes)
    segments = tuple((segment.pa, segment.content) for segment in image.segments)
    return Payload(name, segments, image.entry)
