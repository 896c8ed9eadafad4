"""Packets of GDB's remote serial protocol: framing, checksums, escapes (GDB manual, E.1).

    $ data # two hex digits: the sum of the data's bytes modulo 256
    + -   the last packet came well, or badly
    0x03  interrupt the target

What arrives may be cut anywhere, be noise, or never end: `Framer` holds at most `MOST_BYTES` of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

MOST_BYTES: Final = 0x4000
"""The longest packet that we take, and that we tell a client to send."""
_ESCAPE: Final = 0x7D
_FLIP: Final = 0x20
_START: Final = ord("$")
_END: Final = ord("#")
_MEANT: Final = b"#$}*"
"""Bytes that data must not hold as they are; `*` would begin a run length in a reply."""
_CHECKSUM_BYTES: Final = 2


class Signal(Enum):
    """What stands between packets."""

    ACK = b"+"
    NAK = b"-"
    INTERRUPT = b"\x03"
    BAD = b""
    """A packet that came badly: a wrong checksum, or too long."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that came well; escapes are still in it."""

    data: bytes


Item = Packet | Signal
_BETWEEN: Final = {item.value[0]: item for item in Signal if item.value}


def frame(data: bytes) -> bytes:
    """The packet of some data."""
    return b"$%b#%02x" % (data, sum(data) & 0xFF)


def escape(data: bytes) -> bytes:
    """Binary data as a packet can hold it."""
    out = bytearray()
    for byte in data:
        out += bytes((_ESCAPE, byte ^ _FLIP)) if byte in _MEANT else bytes((byte,))
    return bytes(out)


def unescape(data: bytes) -> bytes:
    """Binary data as it was before; an escape that stands last is dropped."""
    first, *others = data.split(bytes((_ESCAPE,)))
    return first + b"".join(bytes((part[0] ^ _FLIP,)) + part[1:] for part in others if part)


ENDLESS_BYTES: Final = 1 << 22
"""What is passed over of one packet that is too long, before its sender is given up."""


class Framer:
    """Finds the packets in a stream of bytes. Noise between them is passed over."""

    def __init__(self) -> None:
        self._data: bytearray | None = None
        """The packet that has begun."""
        self._check = b""
        self._ended = False
        self._too_long = False
        self._lost_bytes = 0

    @property
    def endless(self) -> bool:
        """True if a packet is many times longer than any may be: no debugger sends such."""
        return self._lost_bytes > ENDLESS_BYTES

    @property
    def held_bytes(self) -> int:
        """How much is kept of a packet that has not ended."""
        return len(self._data or b"") + len(self._check)

    def feed(self, received: bytes) -> Iterator[Item]:
        """What these bytes complete, in order."""
        for byte in received:
            item = self._take(byte)
            if item is not None:
                yield item

    def _take(self, byte: int) -> Item | None:
        if self._data is None:
            if byte == _START:
                self._begin()
                return None
            return _BETWEEN.get(byte)
        if self._ended:
            self._check += bytes((byte,))
            return self._close() if len(self._check) == _CHECKSUM_BYTES else None
        if byte == _START:  # the one before was cut off: another begins
            self._begin()
        elif byte == _END:
            self._ended = True
        elif len(self._data) < MOST_BYTES:
            self._data.append(byte)
        else:
            self._too_long = True
            self._lost_bytes += 1
        return None

    def _begin(self) -> None:
        self._data, self._check = bytearray(), b""
        self._ended = self._too_long = False
        self._lost_bytes = 0

    def _close(self) -> Item:
        data, said, too_long = bytes(self._data or b""), self._check, self._too_long
        self._data = None
        good = not too_long and said.lower() == b"%02x" % (sum(data) & 0xFF)
        return Packet(data) if good else Signal.BAD
