"""The headers of a 64-bit little-endian ELF file, as the ELF specification lays them out.

Unpacked here and not by pyelftools, which brings a third of a megabyte to each visit of the page.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

HEADER_BYTES: Final = 64
PROGRAM_BYTES: Final = 56
SECTION_BYTES: Final = 64
PT_LOAD, PT_INTERP = 1, 3
SHT_NULL, SHT_SYMTAB, SHT_NOBITS, SHT_RISCV_ATTRIBUTES = 0, 2, 8, 0x7000_0003
EM_RISCV: Final = 243
ET_EXEC, ET_DYN = 2, 3
_HEADER: Final = struct.Struct("<16xHHIQQQIHHHHHH")
_PROGRAM: Final = struct.Struct("<IIQQQQQQ")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_MACHINES: Final = {
    3: "EM_386", 8: "EM_MIPS", 20: "EM_PPC", 21: "EM_PPC64", 22: "EM_S390", 40: "EM_ARM",
    62: "EM_X86_64", 183: "EM_AARCH64", EM_RISCV: "EM_RISCV", 258: "EM_LOONGARCH",
}  # fmt: skip
_TYPES: Final = {0: "ET_NONE", 1: "ET_REL", ET_EXEC: "ET_EXEC", ET_DYN: "ET_DYN", 4: "ET_CORE"}


@dataclass(frozen=True, slots=True)
class Header:
    """The ELF header, with the specification's names."""

    e_type: int
    e_machine: int
    e_version: int
    e_entry: int
    e_phoff: int
    e_shoff: int
    e_flags: int
    e_ehsize: int
    e_phentsize: int
    e_phnum: int
    e_shentsize: int
    e_shnum: int
    e_shstrndx: int

    @property
    def machine(self) -> str:
        """The machine's name, else its number."""
        return _MACHINES.get(self.e_machine, str(self.e_machine))

    @property
    def type(self) -> str:
        """The type's name, else its number."""
        return _TYPES.get(self.e_type, str(self.e_type))


@dataclass(frozen=True, slots=True)
class Program:
    """A program header."""

    p_type: int
    p_flags: int
    p_offset: int
    p_vaddr: int
    p_paddr: int
    p_filesz: int
    p_memsz: int
    p_align: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section header."""

    sh_name: int
    sh_type: int
    sh_flags: int
    sh_addr: int
    sh_offset: int
    sh_size: int
    sh_link: int
    sh_info: int
    sh_addralign: int
    sh_entsize: int


def header(data: bytes) -> Header:
    """The header of a file of at least `HEADER_BYTES`."""
    return Header(*_HEADER.unpack_from(data))


def program(data: bytes, at: int) -> Program:
    """The program header at an offset inside the file."""
    return Program(*_PROGRAM.unpack_from(data, at))


def section(data: bytes, at: int) -> Section:
    """The section header at an offset inside the file."""
    return Section(*_SECTION.unpack_from(data, at))
