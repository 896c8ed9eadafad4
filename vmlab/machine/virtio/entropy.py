"""The entropy device (section 5.4). Its bytes follow from the session's seed: runs must replay."""

from __future__ import annotations

from hashlib import blake2b

from vmlab.machine.devices.device import Fact, pack, unpack
from vmlab.machine.virtio.queue import BadRing, Chain

MOST_BYTES = 4096
"""A request gets at most so many; it may get fewer than it has room for (5.4.6)."""
_BLOCK = 64


class Entropy:
    """A stream: block n is the hash of n under the seed."""

    device_id = 4
    features = 0
    queues = 1

    def __init__(self, seed: int) -> None:
        self._key = blake2b(str(seed).encode()).digest()
        self.served = 0
        """How many bytes guests have got since power-on; a reset does not repeat them."""

    def config(self) -> bytes:
        return b""

    def ready(self, queue: int) -> bool:
        return True

    def serve(self, queue: int, chain: Chain) -> int:
        if chain.readable:
            raise BadRing("a buffer to read where random bytes are wanted")
        length = min(chain.writable_bytes, MOST_BYTES)
        chain.write(0, self.take(length))
        return length

    def take(self, length: int) -> bytes:
        """The next bytes of the stream."""
        first, last = self.served // _BLOCK, (self.served + length) // _BLOCK
        blocks = b"".join(
            blake2b(block.to_bytes(8, "little"), key=self._key).digest()
            for block in range(first, last + 1)
        )
        start = self.served - first * _BLOCK
        self.served += length
        return blocks[start : start + length]

    def reset(self) -> None:
        """Nothing: a driver that starts again gets new bytes."""

    def state(self) -> bytes:
        return pack(self.served)

    def restore(self, state: bytes) -> None:
        (self.served,) = unpack(state)

    def facts(self) -> tuple[Fact, ...]:
        return (Fact("Device", "entropy"), Fact("Served", f"{self.served} bytes"))
