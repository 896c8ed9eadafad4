"""The back ends of split drivers: the monitor's half of a console and of a disk.

The guest's half puts requests into a page that both see and says so (NOTIFY); what stands there
is the guest's word, so everything is checked, and an index that cannot be is taken as "nothing".
"""

from __future__ import annotations

import struct
from typing import Final

from vmlab.core.units import PAGE_BITS
from vmlab.machine.disk import SECTOR_BYTES
from vmlab.vmm.paravirt.abi import (
    IN_BYTES,
    OUT_BYTES,
    SLOT_FORMAT,
    SLOTS,
    BlockOp,
    BlockRing,
    BlockStatus,
    ConsoleRing,
    Event,
)
from vmlab.vmm.paravirt.domain import Domain
from vmlab.vmm.paravirt.frametable import FrameTable

_INDEX: Final = (1 << 32) - 1
_SLOT_BYTES: Final = struct.calcsize(SLOT_FORMAT)
_STATUS_AT: Final = _SLOT_BYTES - 8


def _number(value: int) -> bytes:
    return struct.pack("<I", value & _INDEX)


def console_out(domain: Domain) -> None:
    """Print what the guest has put into the ring."""
    at = domain.console_at
    taken, given = domain.ring_read(at + ConsoleRing.OUT_TAKEN, "<II")
    if given - taken & _INDEX <= OUT_BYTES:
        while taken != given:
            (byte,) = domain.ring_read(at + ConsoleRing.OUT + taken % OUT_BYTES, "<B")
            domain.sbi.put(byte)
            taken = taken + 1 & _INDEX
    domain.ring_write(at + ConsoleRing.OUT_TAKEN, _number(given))


def console_in(domain: Domain) -> None:
    """Give the guest what has been typed, as far as there is room."""
    if not domain.sbi.typed:
        return
    at = domain.console_at
    taken, given = domain.ring_read(at + ConsoleRing.IN_TAKEN, "<II")
    room, got = IN_BYTES - (given - taken & _INDEX), False
    while room > 0 and (byte := domain.sbi.get()) is not None:
        domain.ring_write(at + ConsoleRing.IN + given % IN_BYTES, bytes([byte]))
        given, room, got = given + 1 & _INDEX, room - 1, True
    if got:
        domain.ring_write(at + ConsoleRing.IN_GIVEN, _number(given))
        domain.happen(Event.CONSOLE)


def block(domain: Domain, frames: FrameTable) -> set[int]:
    """Answer the requests that are new; the machine frames that were written."""
    at, written = domain.block_at, set()
    (given,) = domain.ring_read(at + BlockRing.GIVEN, "<I")
    if given - domain.requests_taken & _INDEX > SLOTS:
        domain.requests_taken = given
    while domain.requests_taken != given:
        slot = at + BlockRing.SLOTS + domain.requests_taken % SLOTS * _SLOT_BYTES
        operation, _, sector, gpa, _ = domain.ring_read(slot, SLOT_FORMAT)
        touched = _request(domain, frames, operation, sector, gpa)
        status = BlockStatus.REFUSED if touched is None else BlockStatus.DONE
        written |= touched or set()
        domain.ring_write(slot + _STATUS_AT, struct.pack("<q", status))
        domain.requests_taken = domain.requests_taken + 1 & _INDEX
    domain.ring_write(at + BlockRing.ANSWERED, _number(given))
    domain.happen(Event.BLOCK)
    return written


def _request(
    domain: Domain, frames: FrameTable, operation: int, sector: int, gpa: int
) -> set[int] | None:
    """Carry one out: the frames that it wrote, or None if it may not be."""
    disk, pieces = domain.machine.disk, domain.pieces(gpa, SECTOR_BYTES)
    if disk is None or pieces is None or not disk.holds(sector, SECTOR_BYTES):
        return None
    if operation == BlockOp.WRITE:
        data = domain.fetch(gpa, SECTOR_BYTES)
        if data is None or disk.read_only:
            return None
        disk.write(sector, data)
        return set()
    touched = {spa >> PAGE_BITS for spa, _ in pieces}
    # A page table is written by validated updates only, by nobody.
    if operation != BlockOp.READ or any(frames.is_table(frame) for frame in touched):
        return None
    data = disk.read(sector, SECTOR_BYTES)
    for spa, length in pieces:
        domain.ring_write(spa, data[:length])
        data = data[length:]
    return touched
