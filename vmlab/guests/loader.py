"""Reading an ELF file into what the machine needs: bytes at physical addresses, and names.

`elf` knows the layout of every header; this module decides which files make sense here and
refuses the others with one sentence. It builds no bytes before it has checked all sizes, and no
loop is longer than the file is, so a hostile file costs no more time or memory than an honest one
of the same length. It never touches RAM: the session copies `Image.segments` into it.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BadImage, Unsupported, VmlabError
from vmlab.core.units import PA
from vmlab.guests import elf, extensions
from vmlab.guests.extensions import SUPPORTED
from vmlab.guests.symbols import read_symbols

RAM_BASE: Final = 0x8000_0000
_MAX_PROGRAM_HEADERS: Final = 1024
_MAX_SECTION_HEADERS: Final = 4096
_TOHOST: Final = "tohost"


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes that go to the physical address `pa`; zeros follow up to `mem_size` bytes."""

    pa: PA
    data: bytes
    mem_size: int

    @property
    def content(self) -> bytes:
        """All of it, as it stands in memory: `mem_size` bytes."""
        return self.data.ljust(self.mem_size, b"\0")


@dataclass(frozen=True, slots=True)
class Image:
    """A guest, ready to be put into RAM. `isa` holds extension names such as "m", "zicsr"."""

    name: str
    entry: PA
    segments: tuple[Segment, ...]
    symbols: Mapping[int, str]
    tohost: PA | None
    isa: frozenset[str]
    sha256: str


@dataclass(frozen=True, slots=True)
class _Load:
    """One PT_LOAD program header with a size in memory."""

    index: int
    offset: int
    va: int
    pa: int
    file_size: int
    mem_size: int


@dataclass(frozen=True, slots=True)
class _Section:
    kind: int
    offset: int
    size_bytes: int
    entry_size_bytes: int
    link: int


def load_elf(
    data: bytes,
    *,
    ram_base: int = RAM_BASE,
    ram_size: int,
    supported: frozenset[str] = SUPPORTED,
    name: str = "image",
) -> Image:
    """Read a static RV64 ELF executable, to be loaded at its physical addresses (p_paddr).

    Raises `BadImage` for a file that is broken or of another kind, and `Unsupported` for one
    that asks for extensions which are not in `supported`, naming just those.
    """
    try:
        return _load(data, ram_base, ram_size, supported, name)
    except VmlabError as error:
        raise type(error)(f"{name}: {error}") from None
    except (ValueError, IndexError, struct.error) as error:
        raise BadImage(
            f"{name}: expected a well-formed ELF file, found damage that stops its reading "
            f"({type(error).__name__}: {str(error)[:120]})"
        ) from None


def _load(data: bytes, ram_base: int, ram_size: int, supported: frozenset[str], name: str) -> Image:
    _check_identity(data)
    header = elf.header(data)
    _check_header(header)
    loads = _loads(header, data)
    sections = _sections(header, data)

    wanted = extensions.from_flags(header.e_flags) | _attributes(data, sections)
    lacking = extensions.missing(wanted, supported)
    if lacking:
        raise Unsupported(
            "the image needs extensions that the machine does not have: "
            f"{extensions.describe(lacking)} (it has: {', '.join(sorted(supported))})"
        )

    _check_placement(loads, ram_base, ram_size)
    entry = _to_physical(header.e_entry, loads)
    if entry is None:
        raise BadImage(
            f"expected an entry inside a loaded segment, found entry {header.e_entry:#x}, "
            f"segments {_ranges(loads)}"
        )
    alignment = 2 if extensions.missing(frozenset({"zca"}), supported) == () else 4
    if entry % alignment:
        raise BadImage(f"expected an entry that is a multiple of {alignment}, found {entry:#x}")

    names, tohost = _symbols(data, sections)
    return Image(
        name=name,
        entry=PA(entry),
        # Only here, with every range checked, are bytes copied.
        segments=tuple(
            Segment(PA(load.pa), data[load.offset : load.offset + load.file_size], load.mem_size)
            for load in loads
        ),
        symbols=names,
        tohost=None if tohost is None else PA(_to_physical(tohost, loads) or tohost),
        isa=wanted,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _check_identity(data: bytes) -> None:
    """The first bytes, looked at before anything else, so that the commonest mistakes read well."""
    if data[:4] != b"\x7fELF":
        found = f"the bytes {data[:4].hex(' ')}" if data else "an empty file"
        raise BadImage(f"expected an ELF file (7f 45 4c 46 at offset 0x0), found {found}")
    if len(data) < 64:
        raise BadImage(f"expected a 64-byte ELF header, found a file truncated at {len(data):#x}")
    if data[4] != 2:
        found = "32-bit" if data[4] == 1 else f"class {data[4]:#x}"
        raise BadImage(f"expected a 64-bit ELF file, found {found} at offset 0x4")
    if data[5] != 1:
        found = "big-endian" if data[5] == 2 else f"data encoding {data[5]:#x}"
        raise BadImage(f"expected a little-endian ELF file, found {found} at offset 0x5")


def _check_header(header: elf.Header) -> None:
    if header.e_machine != elf.EM_RISCV:
        raise BadImage(f"expected a RISC-V ELF file, found machine {header.machine}")
    # ET_DYN without an interpreter is a program that relocates itself, as OpenSBI does.
    if header.e_type not in (elf.ET_EXEC, elf.ET_DYN):
        raise BadImage(
            f"expected an executable ELF file (ET_EXEC), found {header.type}: link it first"
        )
    for field, size, wanted, count in (
        ("e_phentsize", header.e_phentsize, elf.PROGRAM_BYTES, header.e_phnum),
        ("e_shentsize", header.e_shentsize, elf.SECTION_BYTES, header.e_shnum),
    ):
        if count and size != wanted:
            raise BadImage(f"expected {field} {wanted:#x}, found {size:#x} in the ELF header")


def _table(data: bytes, what: str, offset: int, count: int, size: int, most: int) -> range:
    """Offsets of the `count` entries of a header table, all of them inside the file."""
    if count > most:
        raise BadImage(f"expected at most {most:#x} {what} headers, found {count:#x}")
    if count and offset + count * size > len(data):
        raise BadImage(
            f"expected {what} headers up to offset {offset + count * size:#x}, "
            f"found a file truncated at {len(data):#x}"
        )
    return range(offset, offset + count * size, size)


def _loads(header: elf.Header, data: bytes) -> list[_Load]:
    """The segments to load, by physical address."""
    loads = []
    offsets = _table(
        data, "program", header.e_phoff, header.e_phnum, elf.PROGRAM_BYTES, _MAX_PROGRAM_HEADERS
    )
    for index, at in enumerate(offsets):
        part = elf.program(data, at)
        if part.p_type == elf.PT_INTERP:
            raise BadImage(
                f"expected a statically linked image, found program header {index} "
                "asking for a dynamic loader (PT_INTERP)"
            )
        if part.p_type != elf.PT_LOAD:
            continue
        offset, file_size, mem_size = part.p_offset, part.p_filesz, part.p_memsz
        if file_size > mem_size:
            raise BadImage(
                f"expected segment {index} not to be larger in the file than in memory, "
                f"found {file_size:#x} over {mem_size:#x} bytes"
            )
        if offset + file_size > len(data):
            raise BadImage(
                f"expected segment {index} up to file offset {offset + file_size:#x}, "
                f"found a file truncated at {len(data):#x}"
            )
        if mem_size:
            loads.append(_Load(index, offset, part.p_vaddr, part.p_paddr, file_size, mem_size))
    if not loads:
        raise BadImage("expected at least one segment to load (PT_LOAD), found none")
    return sorted(loads, key=lambda load: load.pa)


def _sections(header: elf.Header, data: bytes) -> list[_Section]:
    sections = []
    offsets = _table(
        data, "section", header.e_shoff, header.e_shnum, elf.SECTION_BYTES, _MAX_SECTION_HEADERS
    )
    for index, at in enumerate(offsets):
        part = elf.section(data, at)
        offset, size, kind = part.sh_offset, part.sh_size, part.sh_type
        if kind not in (elf.SHT_NULL, elf.SHT_NOBITS) and offset + size > len(data):
            raise BadImage(
                f"expected section {index} up to file offset {offset + size:#x}, "
                f"found a file truncated at {len(data):#x}"
            )
        sections.append(_Section(kind, offset, size, part.sh_entsize, part.sh_link))
    return sections


def _attributes(data: bytes, sections: list[_Section]) -> frozenset[str]:
    wanted: frozenset[str] = frozenset()
    for section in sections:
        if section.kind == elf.SHT_RISCV_ATTRIBUTES:
            body = data[section.offset : section.offset + section.size_bytes]
            arch = extensions.arch_attribute(body)
            if arch is not None:
                wanted |= extensions.from_arch(arch)
    return wanted


def _check_placement(loads: list[_Load], ram_base: int, ram_size: int) -> None:
    total = sum(load.mem_size for load in loads)
    if total > ram_size:
        raise BadImage(
            f"expected an image of at most {ram_size:#x} bytes of RAM, found {total:#x} bytes"
        )
    for load in loads:
        if not (ram_base <= load.pa and load.pa + load.mem_size <= ram_base + ram_size):
            raise BadImage(
                f"expected segments inside RAM, pa {ram_base:#x}..{ram_base + ram_size:#x}, "
                f"found segment {load.index} at pa {load.pa:#x}..{load.pa + load.mem_size:#x}"
            )
    for low, high in itertools.pairwise(loads):
        if low.pa + low.mem_size > high.pa:
            raise BadImage(
                f"expected segments that do not overlap, found segment {low.index} at "
                f"pa {low.pa:#x}..{low.pa + low.mem_size:#x} and segment {high.index} at "
                f"pa {high.pa:#x}..{high.pa + high.mem_size:#x}"
            )


def _to_physical(va: int, loads: list[_Load]) -> int | None:
    """ELF addresses are virtual; a kernel linked high starts at the physical twin of its entry."""
    for load in loads:
        if load.va <= va < load.va + load.mem_size:
            return va - load.va + load.pa
    return None


def _ranges(loads: list[_Load]) -> str:
    return ", ".join(f"{load.va:#x}..{load.va + load.mem_size:#x}" for load in loads[:4])


def _symbols(data: bytes, sections: list[_Section]) -> tuple[Mapping[int, str], int | None]:
    for section in sections:
        if section.kind != elf.SHT_SYMTAB:
            continue
        if section.entry_size_bytes != 24 or section.link >= len(sections):
            raise BadImage(
                f"expected a symbol table with 0x18-byte entries and a string table, found entries "
                f"of {section.entry_size_bytes:#x} bytes and string section {section.link}"
            )
        strings = sections[section.link]
        return read_symbols(
            data[section.offset : section.offset + section.size_bytes],
            data[strings.offset : strings.offset + strings.size_bytes],
            tohost=_TOHOST,
        )
    return read_symbols(b"", b"", tohost=_TOHOST)
