"""Answers to the packets that begin with q: what the target is, and what it can do."""

from __future__ import annotations

from typing import Final

from vmlab.core.modes import mode_name
from vmlab.machine import memmap
from vmlab.session.gdb.features import target_xml
from vmlab.session.gdb.memory import Memory
from vmlab.session.gdb.packets import MOST_BYTES, escape
from vmlab.session.gdb.registers import registers_of
from vmlab.session.gdb.words import BAD, OK, UNKNOWN, numbers
from vmlab.session.session import Session

_SUPPORTED: Final = (
    f"PacketSize={MOST_BYTES:x};QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;"
    "ReverseStep+;ReverseContinue+;qXfer:features:read+"
)
_MEMORY_MAP: Final = ";qXfer:memory-map:read+"


class Queries:
    """What a client may ask about one session."""

    def __init__(self, session: Session, memory: Memory) -> None:
        self._session = session
        self._memory = memory
        self.registers = registers_of(session)
        self._target = target_xml(self.registers)
        # GDB refuses what a map does not name, and takes its addresses for those that it uses:
        # where the guest may translate, a map of physical memory would hide its memory.
        self._has_map = session.setup.platform.translation == "bare"

    def answer(self, rest: bytes) -> bytes:
        """The reply to a query; `rest` is the packet without its q."""
        name = rest.partition(b":")[0].partition(b",")[0]
        if name == b"Supported":
            return (_SUPPORTED + (_MEMORY_MAP if self._has_map else "")).encode()
        if name == b"Xfer":
            return self._transfer(rest)
        if name == b"qemu.PhyMemMode":
            return b"%d" % self._memory.physical
        if name == b"ThreadExtraInfo":
            hart = self._session.machine.hart
            return f"hart 0, mode {mode_name(hart.mode, hart.virtual)}".encode().hex().encode()
        return {
            b"Attached": b"1",
            b"C": b"QC1",
            b"fThreadInfo": b"m1",
            b"sThreadInfo": b"l",
            b"Symbol": OK,
        }.get(name, UNKNOWN)

    def _transfer(self, rest: bytes) -> bytes:
        """Part of a document: qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH."""
        parts = rest.split(b":")
        if len(parts) != 5 or parts[2] != b"read":
            return UNKNOWN
        document = self._document(parts[1], parts[3])
        if document is None:
            return UNKNOWN if parts[1] not in (b"features", b"memory-map") else BAD
        offset, length = numbers(parts[4], 2)
        # Escapes may double what is sent.
        part = document[offset : offset + min(length, MOST_BYTES // 2 - 8)]
        more = offset + len(part) < len(document)
        return (b"m" if more else b"l") + escape(part)

    def _document(self, kind: bytes, annex: bytes) -> bytes | None:
        if (kind, annex) == (b"features", b"target.xml"):
            return self._target
        if (kind, annex) == (b"memory-map", b"") and self._has_map:
            return self._map()
        return None

    def _map(self) -> bytes:
        """ROM and RAM. Devices are left out, so that GDB never asks for them."""
        machine = self._session.machine
        areas = (
            ("rom", machine.rom.base, machine.rom.size_bytes),
            ("ram", memmap.RAM, machine.platform.ram_bytes),
        )
        rows = "".join(
            f'<memory type="{kind}" start="{start:#x}" length="{length:#x}"/>\n'
            for kind, start, length in areas
        )
        return f'<?xml version="1.0"?>\n<memory-map>\n{rows}</memory-map>\n'.encode()
