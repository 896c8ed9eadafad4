"""How devices reach RAM: by physical address, without translation or protection.

An engine has caches of RAM (printed code, pages it has noted as dirty) and must hear of writes:
it sets `on_write`.
"""

from __future__ import annotations

from collections.abc import Callable

from vmlab.isa.state import NO_RESERVATION, RESERVATION
from vmlab.machine import memmap
from vmlab.machine.arena import Arena

RESERVED_BYTES = 8
"""The most that a load-reserved reserves."""
_RESERVATION = RESERVATION.slot


class Dma:
    """Reads and writes of whole ranges; ask `holds` first."""

    def __init__(self, arena: Arena) -> None:
        self._ram = arena.ram
        self._words = arena.words
        self.ram_bytes = arena.ram_bytes
        self.on_write: Callable[[int, int], None] = lambda offset, length: None
        """Called before each write with its place from RAM's start and its length (not 0)."""

    def holds(self, pa: int, length: int) -> bool:
        """True if all of the range is RAM."""
        return pa >= memmap.RAM and pa + length <= memmap.RAM + self.ram_bytes

    def read(self, pa: int, length: int) -> bytes:
        offset = pa - memmap.RAM
        return bytes(self._ram[offset : offset + length])

    def write(self, pa: int, data: bytes) -> None:
        if data:
            offset = pa - memmap.RAM
            # A store-conditional must notice what came between (unprivileged manual, 13.2).
            if pa - RESERVED_BYTES < self._words[_RESERVATION] < pa + len(data):
                self._words[_RESERVATION] = NO_RESERVATION
            self.on_write(offset, len(data))
            self._ram[offset : offset + len(data)] = data
