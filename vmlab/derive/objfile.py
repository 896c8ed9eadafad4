"""From an assembled program to an ELF file: the smallest that loaders and binutils accept.

One segment for each use (code, constants, data), at the addresses that the program has, virtual and
physical alike. The same program gives the same bytes: no date, no path, no padding but zeros.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from vmlab.derive.asm.assembler import Assembled, Section
from vmlab.isa.extensions import BUILT

_PAGE: Final = 4096
_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM: Final = struct.Struct("<IIQQQQQQ")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")

_ET_EXEC, _EM_RISCV, _PT_LOAD = 2, 243, 1
_PROGBITS, _SYMTAB, _STRTAB, _NOBITS, _ATTRIBUTES = 1, 2, 3, 8, 0x7000_0003
_WRITE, _ALLOC, _EXEC = 1, 2, 4
_SHN_ABS: Final = 0xFFF1
_KINDS: Final = {"": 0, "notype": 0, "object": 1, "function": 2}
_TAG_FILE, _TAG_ARCH = 1, 5
_RVC: Final = 1
"""The flag of the ELF header that says: this has 16-bit instructions."""

_VERSIONS: Final = {
    "i": "2p1",
    "m": "2p0",
    "a": "2p1",
    "f": "2p2",
    "d": "2p2",
    "c": "2p0",
    "zicsr": "2p0",
    "zifencei": "2p0",
}
"""Versions of the extensions' specifications, which the psABI wants; others are at 1p0."""
_CANONICAL: Final = "iemafdqcbvh"


@dataclass
class _Strings:
    """A string table."""

    data: bytearray = field(default_factory=lambda: bytearray(1))

    def add(self, text: str) -> int:
        offset = len(self.data)
        self.data += text.encode() + b"\0"
        return offset if text else 0


@dataclass
class _Row:
    """A section header, and the section's bytes."""

    name: str
    kind: int
    flags: int
    address: int
    data: bytes
    size: int
    link: int = 0
    info: int = 0
    alignment: int = 1
    entry_size: int = 0
    offset: int = 0


def to_elf(program: Assembled) -> bytes:
    """The program as a static ELF64 RISC-V executable, with symbols and `.riscv.attributes`."""
    body = bytearray(_HEADER.size + _PROGRAM.size * len(program.segments))
    rows = [_Row("", 0, 0, 0, b"", 0, alignment=0)]
    index_of: dict[str, int] = {}
    headers = []
    for segment in program.segments:
        # A file offset and its address agree modulo a page, so that a file could be mapped.
        body += bytes((segment[0].address - len(body)) % _PAGE)
        headers.append(_segment_header(segment, len(body)))
        for section in segment:
            index_of[section.name] = len(rows)
            rows.append(_section_row(section))
            if not section.flags.is_zero:
                body += bytes(
                    section.address - segment[0].address - len(body) + _start(headers[-1])
                )
            rows[-1].offset = len(body)
            body += section.data
    for section in program.sections:
        if not section.flags.is_loaded:
            index_of[section.name] = len(rows)
            rows.append(_append(body, _section_row(section)))

    rows.append(_append(body, _attributes_row(program.extensions)))
    symbols, strings, locals_count = _symbols(program, index_of)
    table = _Row(
        ".symtab", _SYMTAB, 0, 0, symbols, len(symbols), len(rows) + 1, locals_count, 8, 24
    )
    rows.append(_append(body, table))
    rows.append(_append(body, _Row(".strtab", _STRTAB, 0, 0, strings, len(strings))))
    names = _Strings()
    offsets = [names.add(text) for text in [*(row.name for row in rows), ".shstrtab"]]
    text = bytes(names.data)
    rows.append(_append(body, _Row(".shstrtab", _STRTAB, 0, 0, text, len(text))))

    body += bytes(-len(body) % 8)
    table_at = len(body)
    for name_at, row in zip(offsets, rows, strict=True):
        body += _SECTION.pack(
            name_at, row.kind, row.flags, row.address, row.offset, row.size,
            row.link, row.info, row.alignment, row.entry_size,
        )  # fmt: skip
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    programs_at = _HEADER.size if headers else 0
    body[: _HEADER.size] = _HEADER.pack(
        identity, _ET_EXEC, _EM_RISCV, 1, program.entry, programs_at, table_at,
        _RVC * ("zca" in program.extensions),
        _HEADER.size, _PROGRAM.size, len(headers), _SECTION.size, len(rows), len(rows) - 1,
    )  # fmt: skip
    for index, header in enumerate(headers):
        _PROGRAM.pack_into(body, _HEADER.size + index * _PROGRAM.size, *header)
    return bytes(body)


def _start(header: tuple[int, ...]) -> int:
    """The file offset in a program header."""
    return header[2]


def _segment_header(sections: tuple[Section, ...], offset: int) -> tuple[int, ...]:
    """p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align."""
    first, last = sections[0], sections[-1]
    filled = [section for section in sections if not section.flags.is_zero]
    file_size = filled[-1].address + filled[-1].size_bytes - first.address if filled else 0
    memory_size = last.address + last.size_bytes - first.address
    flags = 4 | 2 * first.flags.is_writable | 1 * first.flags.is_executable
    return _PT_LOAD, flags, offset, first.address, first.address, file_size, memory_size, _PAGE


def _section_row(section: Section) -> _Row:
    flags = _ALLOC * section.flags.is_loaded
    flags |= _WRITE * section.flags.is_writable | _EXEC * section.flags.is_executable
    kind = _NOBITS if section.flags.is_zero else _PROGBITS
    size, alignment = section.size_bytes, section.alignment
    return _Row(section.name, kind, flags, section.address, section.data, size, alignment=alignment)


def _append(body: bytearray, row: _Row) -> _Row:
    body += bytes(-len(body) % row.alignment)
    row.offset = len(body)
    body += row.data
    return row


def _symbols(program: Assembled, index_of: dict[str, int]) -> tuple[bytes, bytes, int]:
    """The symbol table, its strings, and how many of its entries are local: those come first."""
    strings = _Strings()
    locals_: list[bytes] = [bytes(_SYMBOL.size)]
    globals_: list[bytes] = []
    for symbol in program.symbols:
        if symbol.name.startswith(".L"):  # by custom a compiler's own label
            continue
        index = _SHN_ABS if symbol.section is None else index_of[symbol.section]
        info = symbol.is_global << 4 | _KINDS[symbol.kind]
        value, size = symbol.value & (1 << 64) - 1, symbol.size_bytes & (1 << 64) - 1
        entry = _SYMBOL.pack(strings.add(symbol.name), info, 0, index, value, size)
        (globals_ if symbol.is_global else locals_).append(entry)
    return b"".join(locals_ + globals_), bytes(strings.data), len(locals_)


def _attributes_row(extensions: Iterable[str]) -> _Row:
    """`.riscv.attributes`: one subsection of the vendor riscv, in it the architecture's name."""
    arch = bytes([_TAG_ARCH]) + arch_string(extensions).encode() + b"\0"
    file = bytes([_TAG_FILE]) + struct.pack("<I", 5 + len(arch)) + arch
    vendor = b"riscv\0"
    data = b"A" + struct.pack("<I", 4 + len(vendor) + len(file)) + vendor + file
    return _Row(".riscv.attributes", _ATTRIBUTES, 0, 0, data, len(data))


def arch_string(extensions: Iterable[str]) -> str:
    """`rv64i2p1_m2p0_zicsr2p0`: what a program uses, in canonical order. The base is always there;
    the privileged instructions are no extension of their own."""
    names = sorted({"i", *extensions} & BUILT, key=_canonical)
    return "rv64" + "_".join(name + _VERSIONS.get(name, "1p0") for name in names)


def _canonical(name: str) -> tuple[bool, int, str]:
    """Single letters first; then names with z, by the letter that says what they belong to."""
    is_long = len(name) > 1
    return is_long, _CANONICAL.find(name[1] if is_long else name), name
