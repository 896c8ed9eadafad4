"""The memory of a random kernel, and the places in it that a program touches.

    physical      from RAM's start                         mapped, in each of its spaces
    text          0        the kernel and its handler       RAM by 2 MiB leaves, as itself (S only)
    user text     128 KiB  what U runs                      by 4 KiB leaves at `USER_TEXT`
    log, tables   256 KiB  what the handler writes          as the kernel
    pages         2 MiB    what all this is about           4 KiB, 2 MiB and 1 GiB windows

A `Place` says which page is meant and through which window. Without translation there are no
windows, and the same place is its physical address.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.core.units import KIB, MIB, PAGE_SIZE_BYTES
from vmlab.machine import memmap
from vmlab.machine.devices import uart

RAM_BYTES: Final = 4 * MIB
TEXT: Final = memmap.RAM
USER_TEXT_AT: Final = memmap.RAM + 128 * KIB
USER_TEXT_PAGES: Final = 16
LOG: Final = memmap.RAM + 256 * KIB
"""Four doublewords for each trap: scause, sepc, stval, sstatus."""
FUEL: Final = memmap.RAM + 448 * KIB
"""How many traps the handler still lets the program take."""
QUEUE: Final = FUEL + PAGE_SIZE_BYTES
"""A virtqueue: descriptors, and the two rings behind them."""
TABLES: Final = memmap.RAM + 512 * KIB
PAGES: Final = memmap.RAM + 2 * MIB
PAGE_COUNT: Final = 8
"""Pages that programs touch; one more stands behind them, for what crosses the last one's end."""

# Virtual addresses of the windows
USER_TEXT: Final = 2 * MIB
WINDOW: Final = 4 * MIB
MEGA_WINDOW: Final = 6 * MIB
GIGA_WINDOW: Final = 1 << 30

LANDING: Final = 0xFF8
"""Offset of `c.jr ra` in each page: what a fetch there comes back with."""
CROSSING: Final = 0xFFE
"""Offset of the first half of an instruction whose other half stands in the next page."""
DATA_FIRST, DATA_LAST = 0x40, 0xEF8


class Region(Enum):
    """Through which window, or what else."""

    WINDOW = "a 4 KiB leaf"
    MEGA = "a 2 MiB leaf"
    GIGA = "a 1 GiB leaf"
    DIRECT = "the kernel's own map"
    DEVICE = "a device register"
    NOWHERE = "an address that nothing has"


DEVICES: Final = (
    memmap.UART + uart.RBR_THR_DLL,
    memmap.UART + uart.LSR,
    memmap.UART + uart.SCR,
    memmap.UART + uart.IIR_FCR,
    memmap.CLINT + 0xBFF8,
    memmap.PLIC + 4,
    memmap.RTC,
    memmap.ROM,
    memmap.VIRTIO,
    memmap.VIRTIO + 8,
)
"""Registers that may be read and written without ending the machine."""
NOWHERES: Final = (
    0,
    0x3000_0000,
    memmap.RAM + RAM_BYTES,
    0x2_0000_0000,
    0x40_0000_0000,
    0x8000_0000_0000,
    0x8000_0000_0000_0000,
    0xFFFF_FFFF_FFFF_F000,
)


@dataclass(frozen=True, slots=True)
class Place:
    """`page` counts the pages, or the rows of `DEVICES` and `NOWHERES`."""

    region: Region
    page: int
    offset: int

    @property
    def physical(self) -> int:
        """Its address without translation."""
        if self.region is Region.DEVICE:
            return DEVICES[self.page % len(DEVICES)]
        if self.region is Region.NOWHERE:
            return NOWHERES[self.page % len(NOWHERES)] + self.offset
        return PAGES + self.page * PAGE_SIZE_BYTES + self.offset

    @property
    def virtual(self) -> int:
        """Its address in a space."""
        inside = self.page * PAGE_SIZE_BYTES + self.offset
        match self.region:
            case Region.WINDOW:
                return WINDOW + inside
            case Region.MEGA:
                return MEGA_WINDOW + inside
            case Region.GIGA:
                return GIGA_WINDOW + (PAGES - memmap.RAM) + inside
            case _:
                return self.physical


def page_content(number: int) -> bytes:
    """A page as it is at first: numbers to load, and the code that fetches find."""
    words = b"".join(
        (number << 32 | at * 0x0101).to_bytes(8, "little") for at in range(PAGE_SIZE_BYTES // 8)
    )
    page = bytearray(words)
    page[0:4] = b"\x15\x00\x82\x80"  # the second half of addi a0, a0, 1; c.jr ra
    page[LANDING : LANDING + 2] = b"\x82\x80"  # c.jr ra
    page[CROSSING : CROSSING + 2] = b"\x13\x05"  # the first half of addi a0, a0, 1
    return bytes(page)
