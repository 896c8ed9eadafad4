"""How a kernel drives the entropy device: the nearest way to have a device write memory."""

from __future__ import annotations

from typing import Final

from vmlab.machine import memmap
from vmlab.machine.virtio import transport

ENTROPY: Final = memmap.VIRTIO + 2 * memmap.VIRTIO_STEP_BYTES
"""The slot of the board that it is in, whether or not there is a disk."""
QUEUE_SIZE: Final = 8
WRITE: Final = 2
"""A descriptor's flag: the device writes this buffer."""


def start(descriptors: int, available: int, used: int) -> tuple[tuple[int, int], ...]:
    """What a driver writes before its first request, from a reset on: (register, value). The rings
    are at these physical addresses; the lower half of an address is enough where the other is 0."""
    began = transport.ACKNOWLEDGE | transport.DRIVER
    agreed = began | transport.FEATURES_OK
    low, high = descriptors & transport.LOW32, descriptors >> 32
    return (
        (transport.STATUS, 0),
        (transport.STATUS, began),
        (transport.DRIVER_FEATURES_SEL, 1),
        (transport.DRIVER_FEATURES, transport.VERSION_1 >> 32),
        (transport.STATUS, agreed),
        (transport.QUEUE_SEL, 0),
        (transport.QUEUE_NUM, QUEUE_SIZE),
        (transport.QUEUE_DESC, low),
        *(((transport.QUEUE_DESC + 4, high),) if high else ()),
        (transport.QUEUE_DRIVER, available),
        (transport.QUEUE_DEVICE, used),
        (transport.QUEUE_READY, 1),
        (transport.STATUS, agreed | transport.DRIVER_OK),
    )
