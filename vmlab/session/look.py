"""Looking at memory: a window of rows by physical or by virtual address.

A snapshot cannot carry RAM, so a screen asks for the rows that it shows. What they held at the
previous stop is kept with them: that is what marks of changed bytes compare with. Devices are not
read, because a read may change them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.events import Access
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.engine.api import Engine
from vmlab.machine import memmap
from vmlab.machine.platform import Machine

ROW_BYTES: Final = 16
MOST_ROWS: Final = 256


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Sixteen bytes. `pa` is None where the address has no translation, `data` where nothing can
    be read; `before` is what stood there at the previous stop, None if nobody looked then."""

    address: int
    pa: int | None
    data: bytes | None
    before: bytes | None


def read(machine: Machine, pa: int) -> bytes | None:
    """A row of RAM or ROM; None for devices and for nothing."""
    if memmap.RAM <= pa < memmap.RAM + machine.platform.ram_bytes:
        return machine.read(pa, ROW_BYTES)
    rom = machine.rom
    if rom.base <= pa < rom.base + rom.size_bytes:
        return rom.content[pa - rom.base : pa - rom.base + ROW_BYTES]
    return None


def read_virtual(machine: Machine, engine: Engine, va: int, size_bytes: int) -> bytes | None:
    """Bytes by virtual address, as loads would read them now and without a trace on the machine;
    None where there is no translation or no memory."""
    found = b""
    while len(found) < size_bytes:
        at = va + len(found) & MASK64
        pa = engine.peek(at & -PAGE_SIZE_BYTES, Access.LOAD)
        if pa is None:
            return None
        offset = at & PAGE_SIZE_BYTES - 1
        row = read(machine, (pa | offset) & -ROW_BYTES)
        if row is None:
            return None
        found += row[offset % ROW_BYTES :]
    return found[:size_bytes]


class Looker:
    """Remembers which rows were looked at last, and what they held at the previous stop."""

    def __init__(self) -> None:
        self._wanted: tuple[int, ...] = ()
        self._before: dict[int, bytes] = {}

    def remember(self, machine: Machine) -> None:
        """A stop is behind us: what is looked at now is what the next one compares with."""
        kept = ((pa, read(machine, pa)) for pa in self._wanted)
        self._before = {pa: data for pa, data in kept if data is not None}

    def rows(
        self, machine: Machine, engine: Engine, address: int, count: int, virtual: bool
    ) -> tuple[MemoryRow, ...]:
        """`count` rows from the one that holds `address`. A virtual address is translated as a
        load would be now, without a trace on the machine."""
        first = address & -ROW_BYTES & MASK64
        count = max(1, min(count, MOST_ROWS))
        addresses = [first + ROW_BYTES * at & MASK64 for at in range(count)]
        pages = _pages(engine, addresses) if virtual else {}
        found = []
        for start in addresses:
            page = pages.get(start & -PAGE_SIZE_BYTES) if virtual else start & -PAGE_SIZE_BYTES
            pa = None if page is None else page | start & PAGE_SIZE_BYTES - 1
            data = None if pa is None else read(machine, pa)
            found.append(MemoryRow(start, pa, data, None if pa is None else self._before.get(pa)))
        self._wanted = tuple(row.pa for row in found if row.pa is not None)
        return tuple(found)


def _pages(engine: Engine, addresses: Iterable[int]) -> dict[int, int | None]:
    """The physical page of each page that the addresses touch."""
    pages = {address & -PAGE_SIZE_BYTES for address in addresses}
    return {page: engine.peek(page, Access.LOAD) for page in pages}
