"""Our own firmware, for guests that need SBI below them: its image, as bytes for 0x80000000.

Its sources are `src/firmware`. A session keeps these bytes as the setup's `bios`, so a recording
does not depend on the vmlab that plays it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from vmlab.core.errors import BadImage
from vmlab.guests.loader import RAM_BASE, Image, load_elf

IMAGE: Final = "firmware.elf"
KERNEL_BASE: Final = 0x8020_0000
"""Where firmware goes on, in S: ours, and OpenSBI's fw_jump."""


@cache
def firmware() -> bytes:
    """The raw firmware. It stands below `KERNEL_BASE`, whatever is above."""
    data = (files("vmlab.guests") / "images" / IMAGE).read_bytes()
    return flat(load_elf(data, ram_size=KERNEL_BASE - RAM_BASE, name=IMAGE), RAM_BASE)


def flat(image: Image, base: int) -> bytes:
    """What an image puts into memory from pa `base` on, as one raw file; what it leaves as zeros at
    its end is left out. Raises `BadImage` if it has bytes below `base`."""
    content = bytearray()
    for segment in image.segments:
        at = segment.pa - base
        if at < 0:
            raise BadImage(
                f"{image.name}: expected bytes from pa {base:#x} on, found some at {segment.pa:#x}"
            )
        if segment.data:
            content.extend(bytes(max(0, at + len(segment.data) - len(content))))
            content[at : at + len(segment.data)] = segment.data
    return bytes(content)
