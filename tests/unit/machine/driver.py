"""A virtio driver in Python, for tests: it sets up a device and puts chains on its rings.

Everything is written as a guest would, through the bus and RAM, so it can also do it wrong.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from vmlab.core.units import MIB
from vmlab.machine import memmap
from vmlab.machine.disk import Disk
from vmlab.machine.platform import Machine, Platform

RAM_BYTES = 1 * MIB
DESC, AVAIL, USED, DATA = (memmap.RAM + at for at in (0x1000, 0x2000, 0x3000, 0x4000))
QUEUE_STEP = 0x1_0000
"""The rings of queue n stand this much further on."""
NEXT, WRITE, INDIRECT = 1, 2, 4


@dataclass(frozen=True)
class Desc:
    pa: int
    length: int
    flags: int = 0
    next: int = 0

    def pack(self) -> bytes:
        return struct.pack("<QIHH", self.pa, self.length, self.flags, self.next)


class Driver:
    """Drives the device in one slot of a machine of its own."""

    def __init__(self, slot: int, disk: Disk | None = None, size: int = 8, seed: int = 0) -> None:
        self.machine = Machine(Platform(ram_bytes=RAM_BYTES), seed, disk)
        self.device = self.machine.virtio[slot]
        self.base = self.device.base
        self.size = size
        self.available = [0, 0]

    def reg(self, offset: int) -> int:
        value = self.machine.bus.read(self.base + offset, 4)
        assert value is not None
        return value

    def set(self, offset: int, value: int) -> None:
        assert self.machine.bus.write(self.base + offset, 4, value)

    def start(self, queues: int = 1, features: int = 1 << 28) -> Driver:
        """Negotiate and set up: section 3.1.1."""
        self.set(0x70, 0)
        self.set(0x70, 3)
        for half, value in ((0, features), (1, 1)):
            self.set(0x24, half)
            self.set(0x20, value)
        self.set(0x70, 0xB)
        assert self.reg(0x70) == 0xB
        for queue in range(queues):
            self.set(0x30, queue)
            self.set(0x38, self.size)
            for register, address in ((0x80, DESC), (0x90, AVAIL), (0xA0, USED)):
                self.set(register, address + QUEUE_STEP * queue & 0xFFFF_FFFF)
                self.set(register + 4, 0)
            self.set(0x44, 1)
        self.set(0x70, 0xF)
        assert self.reg(0x70) == 0xF
        return self

    def describe(self, chain: list[Desc], first: int = 0, queue: int = 0) -> None:
        """Put descriptors into the table."""
        for at, one in enumerate(chain, first):
            self.machine.write(DESC + QUEUE_STEP * queue + 16 * at, one.pack())

    def offer(self, head: int, queue: int = 0) -> None:
        """Put a chain on the available ring and notify."""
        at, ring = self.available[queue], AVAIL + QUEUE_STEP * queue
        self.machine.write(ring + 4 + 2 * (at % self.size), head.to_bytes(2, "little"))
        self.available[queue] = (at + 1) & 0xFFFF
        self.machine.write(ring + 2, self.available[queue].to_bytes(2, "little"))
        self.set(0x50, queue)

    def used(self, queue: int = 0) -> list[tuple[int, int]]:
        """What the device has given back: (head, bytes written)."""
        ring = USED + QUEUE_STEP * queue
        count = int.from_bytes(self.machine.read(ring + 2, 2), "little")
        return [
            struct.unpack("<II", self.machine.read(ring + 4 + 8 * (at % self.size), 8))
            for at in range(count)
        ]

    def linked(self, *buffers: tuple[int, int, int]) -> list[Desc]:
        """A chain from (address, length, flags) that starts at descriptor 0."""
        last = len(buffers) - 1
        return [
            Desc(pa, length, flags | (NEXT if at < last else 0), at + 1 if at < last else 0)
            for at, (pa, length, flags) in enumerate(buffers)
        ]

    def block(self, kind: int, sector: int, pa: int, length: int) -> tuple[int, int]:
        """One request of a block driver; (status, bytes written)."""
        self.machine.write(DATA, struct.pack("<IIQ", kind, 0, sector))
        self.machine.write(DATA + 16, b"\xff")
        middle = [(pa, length, 0 if kind == 1 else WRITE)] if length else []
        self.describe(self.linked((DATA, 16, 0), *middle, (DATA + 16, 1, WRITE)))
        self.offer(0)
        return self.machine.read(DATA + 16, 1)[0], self.used()[-1][1]
