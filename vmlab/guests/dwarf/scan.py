"""Reading the numbers of DWARF out of bytes, never past their end."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from vmlab.core.errors import BadInput, Unsupported

_FIXED: Final = {size: struct.Struct(code) for size, code in ((1, "<B"), (2, "<H"), (4, "<I"))}
_WIDE: Final = struct.Struct("<Q")
_LONGEST_LEB: Final = 10
"""Bytes of a LEB128 number of 64 bits."""
_LONGEST_NAME: Final = 512


class Budget:
    """How much a file may unfold to: a small one can say the same thing again and again."""

    __slots__ = ("_left", "_most", "_what")

    def __init__(self, most: int, what: str) -> None:
        self._left = self._most = most
        self._what = what

    def spend(self, count: int = 1) -> None:
        """So much more of it. Raises `Unsupported` once it is too much."""
        self._left -= count
        if self._left < 0:
            raise Unsupported(f"expected at most {self._most} {self._what}, found more")


class Scan:
    """A place in a section, up to an end. Raises `BadInput` where the section is too short."""

    __slots__ = ("at", "data", "end", "what")

    def __init__(self, data: bytes, what: str, at: int = 0, end: int | None = None) -> None:
        self.data, self.what, self.at = data, what, at
        self.end = len(data) if end is None else end
        if not 0 <= at <= self.end <= len(data):
            raise self.short()

    def short(self) -> BadInput:
        """The error of a section that ends too early."""
        return BadInput(
            f"expected more of {self.what} at {self.at:#x}, found its end at {len(self.data):#x}"
        )

    @property
    def left(self) -> bool:
        """Whether there is more."""
        return self.at < self.end

    def u(self, size: int) -> int:
        """An unsigned number of 1, 2, 4 or 8 bytes."""
        at, to = self.at, self.at + size
        if to > self.end:
            raise self.short()
        self.at = to
        if size == 1:
            return self.data[at]
        found: int = (_WIDE if size == 8 else _FIXED[size]).unpack_from(self.data, at)[0]
        return found

    def s(self, size: int) -> int:
        """The same, signed."""
        value = self.u(size)
        return value - (1 << 8 * size) if value >> 8 * size - 1 else value

    def uleb(self) -> int:
        """An unsigned LEB128, at most 64 bits."""
        value = shift = 0
        for _ in range(_LONGEST_LEB):
            byte = self.u(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & (1 << 64) - 1
            shift += 7
        raise BadInput(f"expected a number of 64 bits in {self.what} at {self.at:#x}, found longer")

    def sleb(self) -> int:
        """A signed LEB128, at most 64 bits."""
        value = shift = 0
        for _ in range(_LONGEST_LEB):
            byte = self.u(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if byte & 0x40 else value
        raise BadInput(f"expected a number of 64 bits in {self.what} at {self.at:#x}, found longer")

    def skip(self, count: int) -> None:
        """Go on behind so many bytes."""
        if not 0 <= count <= self.end - self.at:
            raise self.short()
        self.at += count

    def block(self, count: int) -> bytes:
        """So many bytes."""
        at = self.at
        self.skip(count)
        return self.data[at : self.at]

    def name(self) -> str:
        """A string up to its zero byte."""
        end = self.data.find(b"\0", self.at, self.end)
        if end < 0:
            raise self.short()
        raw = self.data[self.at : min(end, self.at + _LONGEST_NAME)]
        self.at = end + 1
        return raw.decode("utf-8", "replace")

    def length(self) -> tuple[int, int]:
        """An initial length: bytes that follow, and the size of offsets (4 or 8 bytes)."""
        first = self.u(4)
        if first == 0xFFFF_FFFF:
            return self.u(8), 8
        if first >= 0xFFFF_FFF0:
            raise BadInput(f"expected a length in {self.what}, found the reserved {first:#x}")
        return first, 4

    def part(self) -> tuple[Scan, int]:
        """What an initial length covers, and the size of its offsets; this scan goes on behind."""
        size, offset_bytes = self.length()
        start = self.at
        self.skip(size)
        return Scan(self.data, self.what, start, self.at), offset_bytes


def string_at(sections: Mapping[str, bytes], section: str, offset: int) -> str:
    """The string at an offset of a string section."""
    return Scan(sections.get(section, b""), section, offset).name()
