"""The sections that hold what a compiler wrote down, out of an ELF file or a guest's debug file.

A guest's debug file (`images/NAME.debug`) is a zip of just these sections, as the same sources give
them when they are compiled with `-g1`: the image itself stays as small as it is.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.units import MIB

WANTED: Final = frozenset(
    {
        *(".debug_abbrev", ".debug_addr", ".debug_frame", ".debug_info", ".debug_line"),
        *(".debug_line_str", ".debug_ranges", ".debug_rnglists", ".debug_str"),
        *(".debug_str_offsets", ".eh_frame"),
    }
)
MOST_BYTES: Final = 256 * MIB
"""Of all sections, unpacked."""
_COMPRESSED: Final = 1 << 11
_NOBITS: Final = 8
_ZLIB: Final = 1
_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_LONGEST_NAME: Final = 64


def of_elf(data: bytes) -> tuple[dict[str, bytes], dict[str, int]]:
    """The debug sections of a 64-bit little-endian ELF file by name, and their addresses. Raises
    `BadInput`."""
    if len(data) < _HEADER.size or data[:6] != b"\x7fELF\x02\x01":
        raise BadInput("expected a 64-bit little-endian ELF file, found another kind of file")
    header = _HEADER.unpack_from(data)
    at, size, count, names_index = header[6], header[11], header[12], header[13]
    if count and (size != _SECTION.size or at + count * size > len(data)):
        raise BadInput(f"expected section headers inside the file, found them at {at:#x}")
    table = [_SECTION.unpack_from(data, at + index * size) for index in range(count)]
    if names_index >= count:
        return {}, {}
    names_at, names_bytes = table[names_index][4], table[names_index][5]
    names = data[names_at : names_at + names_bytes]
    sections: dict[str, bytes] = {}
    addresses: dict[str, int] = {}
    room = MOST_BYTES
    for name_at, kind, flags, address, offset, length, *_ in table:
        end = names.find(b"\0", name_at, name_at + _LONGEST_NAME)
        name = names[name_at:end].decode("ascii", "replace") if end >= 0 else ""
        if name not in WANTED or kind == _NOBITS or name in sections:
            continue
        if offset + length > len(data):
            raise BadInput(f"expected the section {name} inside the file, found its end outside")
        content = data[offset : offset + length]
        if flags & _COMPRESSED:
            content = _unpacked(name, content, room)
        room -= len(content)
        if room < 0:
            raise _too_much()
        sections[name], addresses[name] = content, address
    return sections, addresses


def _too_much() -> Unsupported:
    return Unsupported(f"expected at most {MOST_BYTES // MIB}M of debug sections, found more")


def _unpacked(name: str, content: bytes, room: int) -> bytes:
    """A compressed section: a header of kind, size and alignment, then a zlib stream."""
    if len(content) < 24:
        raise BadInput(f"expected a header in the compressed section {name}, found its end")
    kind, _, size, _ = struct.unpack_from("<IIQQ", content)
    if kind != _ZLIB:
        raise Unsupported(f"expected {name} compressed with zlib, found kind {kind}")
    if size > room:
        raise _too_much()
    try:
        return zlib.decompressobj().decompress(content[24:], size) if size else b""
    except zlib.error as error:
        raise BadInput(f"expected a zlib stream in {name}, found: {error}") from None


def pack(sections: Mapping[str, bytes]) -> bytes:
    """A debug file of these sections. The same sections unpack from it on every machine; its own
    bytes depend on the machine's zlib."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(sections):
            archive.writestr(zipfile.ZipInfo(name), sections[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The sections of a debug file. Raises `BadInput`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if member.filename in WANTED]
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise _too_much()
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"expected a debug file, found: {error}") from None
