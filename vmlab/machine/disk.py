"""A disk's content: the image it was opened with, and the blocks that were written since.

Only those blocks are state. They are values and are shared, so that keeping an earlier content
(`mark`) costs a reference a block. A reset of the machine does not change a disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vmlab.core.errors import BadInput

SECTOR_BYTES = 512
BLOCK_BYTES = 4096


class Disk:
    """Sectors; an image whose last sector is not whole is continued with zeros."""

    def __init__(self, image: bytes, read_only: bool = False) -> None:
        if not image:
            raise BadInput("expected a disk image of at least one byte, found an empty one")
        self.sectors = -(-len(image) // SECTOR_BYTES)
        self.read_only = read_only
        self._image = image
        self._written: dict[int, bytes] = {}

    def _block(self, number: int) -> bytes:
        written = self._written.get(number)
        if written is not None:
            return written
        at = number * BLOCK_BYTES
        return self._image[at : at + BLOCK_BYTES].ljust(BLOCK_BYTES, b"\0")

    def _pieces(self, sector: int, length: int) -> Iterator[tuple[int, int, int]]:
        """(block, first byte in it, end in it) of each block that a range touches."""
        at, end = sector * SECTOR_BYTES, sector * SECTOR_BYTES + length
        while at < end:
            block, first = divmod(at, BLOCK_BYTES)
            last = min(BLOCK_BYTES, first + end - at)
            yield block, first, last
            at += last - first

    def holds(self, sector: int, length: int) -> bool:
        """True if all of the range is on the disk."""
        return length % SECTOR_BYTES == 0 and sector + length // SECTOR_BYTES <= self.sectors

    def read(self, sector: int, length: int) -> bytes:
        return b"".join(
            self._block(block)[first:last] for block, first, last in self._pieces(sector, length)
        )

    def write(self, sector: int, data: bytes) -> None:
        at = 0
        for block, first, last in self._pieces(sector, len(data)):
            old = self._block(block)
            self._written[block] = old[:first] + data[at : at + last - first] + old[last:]
            at += last - first

    @property
    def written_bytes(self) -> int:
        """Bytes in blocks that were written."""
        return len(self._written) * BLOCK_BYTES

    def content(self) -> bytes:
        """The whole disk as it is now."""
        return self.read(0, self.sectors * SECTOR_BYTES)

    def mark(self) -> Mapping[int, bytes]:
        """The written blocks, to give to `revert` later."""
        return dict(self._written)

    def revert(self, mark: Mapping[int, bytes]) -> None:
        self._written = dict(mark)

    def state(self) -> Iterator[bytes]:
        """What distinguishes the content from the image, for hashing."""
        for number in sorted(self._written):
            yield number.to_bytes(8, "little")
            yield self._written[number]
