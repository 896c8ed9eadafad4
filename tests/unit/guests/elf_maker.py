"""ELF files made by hand, one field wrong at a time. No test is here."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

HEADER_BYTES = 64
PROGRAM_HEADER_BYTES = 56
SECTION_HEADER_BYTES = 64
LOAD = 1
INTERP = 3
RAM = 0x8000_0000


@dataclass
class Elf:
    """A small, good RV64 executable; every attribute can be spoilt before `build`."""

    elf_class: int = 2
    encoding: int = 1
    kind: int = 2
    machine: int = 243
    entry: int = RAM
    flags: int = 0
    # (type, pa, va, data, size in memory)
    segments: list[tuple[int, int, int, bytes, int]] = field(
        default_factory=lambda: [(LOAD, RAM, RAM, bytes(range(16)), 32)]
    )
    arch: str | None = None
    attributes: bytes | None = None
    # (name, value, type, binding, section)
    symbols: list[tuple[str, int, int, int, int]] = field(default_factory=list)

    def build(self) -> bytes:
        """The bytes of the file: header, program headers, contents, sections, section headers."""
        body = bytearray()
        base = HEADER_BYTES + len(self.segments) * PROGRAM_HEADER_BYTES
        headers = b""
        for kind, pa, va, data, mem_size in self.segments:
            offset = base + len(body)
            headers += struct.pack("<IIQQQQQQ", kind, 5, offset, va, pa, len(data), mem_size, 4096)
            body += data
        sections = [struct.pack("<IIQQQQIIQQ", *[0] * 10)]
        for section_type, link, entry_size, content in self._sections():
            sections.append(
                struct.pack(
                    "<IIQQQQIIQQ",
                    0, section_type, 0, 0, base + len(body), len(content), link, 0, 1, entry_size,
                )
            )  # fmt: skip
            body += content
        identity = b"\x7fELF" + bytes([self.elf_class, self.encoding, 1]) + bytes(9)
        header = identity + struct.pack(
            "<HHIQQQIHHHHHH",
            self.kind, self.machine, 1, self.entry,
            HEADER_BYTES, base + len(body), self.flags, HEADER_BYTES,
            PROGRAM_HEADER_BYTES, len(self.segments), SECTION_HEADER_BYTES, len(sections), 0,
        )  # fmt: skip
        return header + headers + bytes(body) + b"".join(sections)

    def _sections(self) -> list[tuple[int, int, int, bytes]]:
        names = b"\0" + b"".join(name.encode() + b"\0" for name, *_ in self.symbols)
        table = bytes(24)
        at = 1
        for name, value, kind, binding, section in self.symbols:
            table += struct.pack("<IBBHQQ", at, binding << 4 | kind, 0, section, value, 0)
            at += len(name) + 1
        found = [(2, 2, 24, table), (3, 0, 0, names)]
        content = self.attributes if self.arch is None else attribute_section(self.arch)
        if content is not None:
            found.append((0x7000_0003, 0, 0, content))
        return found


def attribute_section(arch: str) -> bytes:
    """A `.riscv.attributes` section: stack alignment (tag 4) and then the architecture (tag 5)."""
    pairs = b"\x04\x10" + b"\x05" + arch.encode() + b"\0"
    file_attributes = b"\x01" + struct.pack("<I", 5 + len(pairs)) + pairs
    vendor = b"riscv\0" + file_attributes
    return b"A" + struct.pack("<I", 4 + len(vendor)) + vendor
