"""The board: where things stand, as on QEMU's `virt` machine. The hart itself knows none of it."""

from __future__ import annotations

from typing import Final

FINISHER: Final = 0x0010_0000
ROM: Final = 0x0000_1000
CLINT: Final = 0x0200_0000
UART: Final = 0x1000_0000
RAM: Final = 0x8000_0000
RESET_VECTOR: Final = ROM
DTB_ALIGN_BYTES: Final = 4096
