"""Memory as a debugger sees it: virtual addresses as the hart would access them now, or physical.

Looking leaves no trace: no walk is counted, no TLB entry made, and a device is never read, since
reading may change it.
"""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.core.units import PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.machine import memmap
from vmlab.session.edits import Place
from vmlab.session.session import Session


class Memory:
    """One session's memory. `physical` chooses what addresses mean."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.physical = False

    def translate(self, address: int) -> int | None:
        """The physical address; None where the hart would fault. What may only be fetched is
        shown, too."""
        if self.physical:
            return address
        page = address & ~PAGE_OFFSET
        engine = self._session.engine
        found = engine.peek(page, Access.LOAD)
        if found is None:
            found = engine.peek(page, Access.FETCH)
        return None if found is None else found | address & PAGE_OFFSET

    def _pieces(self, address: int, length: int) -> Iterator[tuple[int | None, int]]:
        """Where each part of a range stands that lies in one page, and how long it is."""
        while length:
            part = min(length, PAGE_SIZE_BYTES - (address & PAGE_OFFSET))
            yield self.translate(address), part
            address = address + part & MASK64
            length -= part

    def read(self, address: int, length: int) -> bytes:
        """The bytes from an address, up to the first that cannot be read."""
        found = b""
        for pa, part in self._pieces(address, length):
            data = b"" if pa is None else self._read_physical(pa, part)
            found += data
            if len(data) < part:
                break
        return found

    def _read_physical(self, pa: int, length: int) -> bytes:
        machine = self._session.machine
        end = memmap.RAM + machine.platform.ram_bytes
        if memmap.RAM <= pa < end:
            return machine.read(pa, min(length, end - pa))
        rom = machine.rom
        if rom.base <= pa < rom.base + rom.size_bytes:
            return rom.content[pa - rom.base : pa - rom.base + length]
        return b""

    def write(self, address: int, data: bytes) -> None:
        """Change RAM, all of it or nothing. Raises `BadInput` where there is none."""
        pieces = list(self._pieces(address, len(data)))
        dma = self._session.machine.dma
        if not all(pa is not None and dma.holds(pa, part) for pa, part in pieces):
            raise BadInput(f"expected to write RAM, found {len(data)} bytes at {address:#x}")
        for pa, part in pieces:
            assert pa is not None
            if self._read_physical(pa, part) != data[:part]:
                self._session.edit(Place.MEMORY, pa, data[:part])
            data = data[part:]
