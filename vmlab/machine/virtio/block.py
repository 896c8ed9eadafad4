"""The block device (section 5.2): a request names sectors, its last byte becomes the status."""

from __future__ import annotations

import struct

from vmlab.machine.devices.device import Fact
from vmlab.machine.disk import SECTOR_BYTES, Disk
from vmlab.machine.virtio.queue import MOST, BadRing, Chain

SEG_MAX, READ_ONLY, BLK_SIZE, FLUSH = 1 << 2, 1 << 5, 1 << 6, 1 << 9
IN, OUT, DO_FLUSH, GET_ID = 0, 1, 4, 8
OK, IO_ERROR, UNSUPPORTED = 0, 1, 2
HEADER_BYTES = 16
ID = b"vmlab-disk".ljust(20, b"\0")


class Block:
    """Reads, writes, flushes and says its name. The content is the disk's, not its state."""

    device_id = 2
    queues = 1

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.features = SEG_MAX | BLK_SIZE | FLUSH | (READ_ONLY if disk.read_only else 0)

    def config(self) -> bytes:
        # capacity, size_max, seg_max, geometry, blk_size
        return struct.pack("<QIIII", self.disk.sectors, 0, MOST - 2, 0, SECTOR_BYTES)

    def ready(self, queue: int) -> bool:
        return True

    def serve(self, queue: int, chain: Chain) -> int:
        header = chain.read(0, HEADER_BYTES)
        room = chain.writable_bytes - 1
        if len(header) < HEADER_BYTES or room < 0:
            raise BadRing("a request without a header or without room for its status")
        kind, _, sector = struct.unpack("<IIQ", header)
        status, data = self._carry_out(kind, sector, chain, room)
        chain.write(0, data)
        chain.write(room, bytes([status]))
        # What lies before the status counts as written only if all of it was (2.7.8).
        return room + 1 if len(data) == room else len(data)

    def _carry_out(self, kind: int, sector: int, chain: Chain, room: int) -> tuple[int, bytes]:
        given = chain.readable_bytes - HEADER_BYTES
        if kind == IN:
            if not self.disk.holds(sector, room):
                return IO_ERROR, b""
            return OK, self.disk.read(sector, room)
        if kind == OUT:
            if self.disk.read_only or not self.disk.holds(sector, given):
                return IO_ERROR, b""
            self.disk.write(sector, chain.read(HEADER_BYTES, given))
            return OK, b""
        if kind == DO_FLUSH:
            return OK, b""  # nothing is held back
        return (OK, ID[:room]) if kind == GET_ID else (UNSUPPORTED, b"")

    def reset(self) -> None:
        """Nothing: a disk keeps its content."""

    def state(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing: see `Disk.mark` and `Disk.revert`."""

    def facts(self) -> tuple[Fact, ...]:
        access = "read-only" if self.disk.read_only else "writable"
        size = f"{self.disk.sectors} sectors, {access}"
        written = f"{self.disk.written_bytes} bytes"
        return (Fact("Device", "block"), Fact("Disk", size), Fact("Written", written))
