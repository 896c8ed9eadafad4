"""The ELF files that the assembler's programs become, read by pyelftools and by our loader."""

from __future__ import annotations

import io

from elftools.elf.elffile import ELFFile

from vmlab.derive.asm import assemble
from vmlab.derive.objfile import arch_string, to_elf
from vmlab.guests.loader import load_elf

SOURCE = """
.equ LIMIT, 5
.globl _start
.type _start, @function
_start: li a0, LIMIT
.Lhidden: mul a0, a0, a0
        csrr a1, mhartid
        .size _start, . - _start
.section .rodata
text:   .asciz "hello"
        .align 3
table:  .dword text
.data
        .word 7
.bss
room:   .space 100
.section .note, "", @progbits
        .asciz "a note"
"""
RAM_BYTES = 1 << 20


def elf_of(source: str) -> ELFFile:
    return ELFFile(io.BytesIO(to_elf(assemble(source))))


def test_header_says_a_riscv_executable() -> None:
    elf = elf_of(SOURCE)
    assert (elf["e_type"], elf["e_machine"], elf["e_flags"]) == ("ET_EXEC", "EM_RISCV", 0)
    assert elf["e_entry"] == 0x8000_0000


def test_segments_have_the_permissions_of_their_use() -> None:
    segments = list(elf_of(SOURCE).iter_segments())
    assert [segment["p_flags"] for segment in segments] == [5, 4, 6]
    for segment in segments:
        assert segment["p_type"] == "PT_LOAD"
        assert segment["p_vaddr"] == segment["p_paddr"]
        assert segment["p_offset"] % 0x1000 == segment["p_vaddr"] % 0x1000
    assert (segments[2]["p_filesz"], segments[2]["p_memsz"]) == (4, 104)


def test_sections_hold_what_was_assembled() -> None:
    elf, program = elf_of(SOURCE), assemble(SOURCE)
    for section in program.sections:
        found = elf.get_section_by_name(section.name)
        assert found["sh_size"] == section.size_bytes
        assert found["sh_addr"] == section.address
        if not section.flags.is_zero:
            assert found.data() == section.data


def test_symbols_come_with_binding_kind_and_size() -> None:
    table = elf_of(SOURCE).get_section_by_name(".symtab")
    found = {symbol.name: symbol for symbol in table.iter_symbols()}
    assert set(found) == {"", "_start", "LIMIT", "text", "table", "room"}
    start = found["_start"]
    assert (start["st_info"]["bind"], start["st_info"]["type"]) == ("STB_GLOBAL", "STT_FUNC")
    assert (start["st_value"], start["st_size"]) == (0x8000_0000, 12)
    assert (found["LIMIT"]["st_shndx"], found["LIMIT"]["st_value"]) == ("SHN_ABS", 5)
    globals_from = table["sh_info"]
    assert [s["st_info"]["bind"] for s in table.iter_symbols()][globals_from:] == ["STB_GLOBAL"]


def test_attributes_name_the_extensions_in_use() -> None:
    assert arch_string([]) == "rv64i2p1"
    assert arch_string(["zifencei", "m", "zicsr", "priv"]) == "rv64i2p1_m2p0_zicsr2p0_zifencei2p0"
    assert b"rv64i2p1_zicsr2p0_zmmul1p0\0" in to_elf(assemble(SOURCE))
    assert b"rv64i2p1\0" in to_elf(assemble("nop"))


def test_the_loader_takes_it() -> None:
    image = load_elf(to_elf(assemble(SOURCE)), ram_size=RAM_BYTES)
    assert image.entry == 0x8000_0000
    assert image.isa == {"i", "zmmul", "zicsr"}
    assert image.symbols[0x8000_0000] == "_start"
    assert [len(segment.data) for segment in image.segments] == [12, 16, 4]


def test_zeros_alone_make_a_segment_without_bytes() -> None:
    elf = elf_of("nop\n.bss\n.space 65536")
    assert [(s["p_filesz"], s["p_memsz"]) for s in elf.iter_segments()] == [(4, 4), (0, 65536)]
    assert len(to_elf(assemble("nop\n.bss\n.space 65536"))) < 16384


def test_the_same_source_gives_the_same_bytes() -> None:
    assert to_elf(assemble(SOURCE)) == to_elf(assemble(SOURCE))


def test_a_program_of_nothing_is_a_file_without_segments() -> None:
    assert list(elf_of("").iter_segments()) == []
