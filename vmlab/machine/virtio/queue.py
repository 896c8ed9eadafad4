"""Split virtqueues over guest RAM (sections 2.6 and 2.7).

Everything that a driver can get wrong raises `BadRing`, before the device has done anything with
the chain. The work of a chain is bounded: it has at most as many buffers as the queue has
descriptors, each lies in RAM, and together they are no longer than RAM.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from vmlab.machine.devices.device import pack
from vmlab.machine.dma import Dma

MOST = 128
"""The largest queue that we offer."""
NEXT, WRITE, INDIRECT = 1, 2, 4
NO_INTERRUPT = 1
DESCRIPTOR_BYTES = 16
SHOWN = 2
"""How many finished requests a screen shows."""
WORDS = 7
"""How many numbers a queue's state has."""


class BadRing(Exception):
    """The driver broke the rules of the ring: the device needs a reset."""


@dataclass(slots=True)
class Chain:
    """One request: what the device may read, and where it may write."""

    head: int
    dma: Dma
    readable: list[tuple[int, int]] = field(default_factory=list)
    writable: list[tuple[int, int]] = field(default_factory=list)

    @property
    def readable_bytes(self) -> int:
        return sum(length for _, length in self.readable)

    @property
    def writable_bytes(self) -> int:
        return sum(length for _, length in self.writable)

    def read(self, first: int, length: int) -> bytes:
        """`length` of the readable bytes from `first` on."""
        found = []
        for pa, size in self.readable:
            take = min(size - first, length)
            if take > 0:
                found.append(self.dma.read(pa + first, take))
                length -= take
            first = max(0, first - size)
        return b"".join(found)

    def write(self, first: int, data: bytes) -> None:
        """Write to the writable bytes from `first` on."""
        at = 0
        for pa, size in self.writable:
            take = min(size - first, len(data) - at)
            if take > 0:
                self.dma.write(pa + first, data[at : at + take])
                at += take
            first = max(0, first - size)


@dataclass(slots=True)
class Queue:
    """A queue's registers, and how far the device has got in both rings."""

    size: int = 0
    ready: int = 0
    descriptors: int = 0
    driver: int = 0
    device: int = 0
    taken: int = 0
    used: int = 0

    def check(self, dma: Dma) -> None:
        """The driver says that the queue is ready: is it one?"""
        size = self.size
        if not 0 < size <= MOST or size & (size - 1):
            raise BadRing(f"expected a power of two up to {MOST} for a queue, found {size}")
        areas = (
            (self.descriptors, DESCRIPTOR_BYTES * size, 16),
            (self.driver, 6 + 2 * size, 2),
            (self.device, 6 + 8 * size, 4),
        )
        for pa, length, alignment in areas:
            if pa % alignment or not dma.holds(pa, length):
                raise BadRing(f"expected an aligned area of a queue in RAM, found {pa:#x}")

    def pop(self, dma: Dma, indirect: bool) -> Chain | None:
        """The next request that the driver has made available, or None."""
        available = int.from_bytes(dma.read(self.driver + 2, 2), "little")
        waiting = (available - self.taken) & 0xFFFF
        if not waiting:
            return None
        if waiting > self.size:
            raise BadRing(f"{waiting} requests in a queue of {self.size}")
        slot = self.driver + 4 + 2 * (self.taken % self.size)
        chain = self._chain(dma, int.from_bytes(dma.read(slot, 2), "little"), indirect)
        self.taken = (self.taken + 1) & 0xFFFF
        return chain

    def _chain(self, dma: Dma, head: int, indirect: bool) -> Chain:
        chain = Chain(head, dma)
        table, length, index = self.descriptors, self.size, head
        total = 0
        while True:
            if index >= length:
                raise BadRing(f"descriptor {index} of a table of {length}")
            raw = dma.read(table + DESCRIPTOR_BYTES * index, DESCRIPTOR_BYTES)
            pa, size, flags, index = struct.unpack("<QIHH", raw)
            if not size or not dma.holds(pa, size):
                raise BadRing(f"a buffer of {size} bytes at {pa:#x}")
            if flags & INDIRECT:
                if not indirect or flags & NEXT or size % DESCRIPTOR_BYTES:
                    raise BadRing("an indirect table that is nested, not last or not whole")
                table, length, index, indirect = pa, size // DESCRIPTOR_BYTES, 0, False
                continue
            if not flags & WRITE and chain.writable:
                raise BadRing("a buffer to read after one to write")
            (chain.writable if flags & WRITE else chain.readable).append((pa, size))
            total += size
            if len(chain.readable) + len(chain.writable) > self.size or total > dma.ram_bytes:
                raise BadRing("a chain that loops or is too long")
            if not flags & NEXT:
                return chain

    def push(self, dma: Dma, head: int, written: int) -> bool:
        """Give a request back; True if the driver wants an interrupt for it."""
        slot = self.device + 4 + 8 * (self.used % self.size)
        dma.write(slot, struct.pack("<II", head, written))
        self.used = (self.used + 1) & 0xFFFF
        dma.write(self.device + 2, self.used.to_bytes(2, "little"))
        return not dma.read(self.driver, 2)[0] & NO_INTERRUPT

    def last(self, dma: Dma) -> Iterator[str]:
        """The last requests that were given back, newest first, for people to read. The
        descriptors are those that stand there now: a driver may have put them to new use."""
        if not self.ready:
            return
        for back in range(1, min(self.used, self.size, SHOWN) + 1):
            slot = self.device + 4 + 8 * ((self.used - back) % self.size)
            head, written = struct.unpack("<II", dma.read(slot, 8))
            yield f"head {head}, {written} bytes written: {self._describe(dma, head)}"

    def _describe(self, dma: Dma, index: int) -> str:
        words: list[str] = []
        while index < self.size and len(words) < self.size:
            raw = dma.read(self.descriptors + DESCRIPTOR_BYTES * index, DESCRIPTOR_BYTES)
            pa, size, flags, index = struct.unpack("<QIHH", raw)
            words.append(f"{'write' if flags & WRITE else 'read'} {size} at {pa:#x}")
            if not flags & NEXT:
                break
        return "; ".join(words)

    def state(self) -> bytes:
        return pack(
            self.size,
            self.ready,
            self.descriptors,
            self.driver,
            self.device,
            self.taken,
            self.used,
        )
