"""The board: where things stand, as on QEMU's `virt` machine. The hart itself knows none of it."""

from __future__ import annotations

from typing import Final

FINISHER: Final = 0x0010_0000
ROM: Final = 0x0000_1000
RTC: Final = 0x0010_1000
CLINT: Final = 0x0200_0000
PLIC: Final = 0x0C00_0000
UART: Final = 0x1000_0000
VIRTIO: Final = 0x1000_1000
VIRTIO_STEP_BYTES: Final = 0x1000
VIRTIO_SLOTS: Final = 8
RAM: Final = 0x8000_0000
RESET_VECTOR: Final = ROM
DTB_ALIGN_BYTES: Final = 4096

# Sources of the PLIC
VIRTIO_IRQ: Final = 1  # of the first slot; the others follow
UART_IRQ: Final = 10
RTC_IRQ: Final = 11
