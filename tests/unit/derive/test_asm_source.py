"""What sources mean: statements, expressions, symbols, sections."""

from __future__ import annotations

import pytest

from vmlab.derive.asm import Assembled, assemble
from vmlab.derive.asm.forms import BY_NAME, FORMS
from vmlab.derive.disasm import disassemble
from vmlab.derive.pseudo import (
    CONSTANT_STEPS,
    FAR_JUMP,
    OPPOSITE,
    PADDING,
    ROWS,
    Row,
    parse_template,
)
from vmlab.isa.table import INSTRUCTIONS

BASE = 0x8000_0000


def data_of(source: str) -> bytes:
    return assemble(".data\n" + source).section(".data").data


def code_of(source: str) -> list[str]:
    section = assemble(source).section(".text")
    words = [section.data[at : at + 4] for at in range(0, len(section.data), 4)]
    return [
        disassemble(int.from_bytes(word, "little"), BASE + 4 * n) for n, word in enumerate(words)
    ]


def symbols_of(program: Assembled) -> dict[str, int]:
    return {symbol.name: symbol.value for symbol in program.symbols}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("1 + 2 << 3", 17),
        ("1 | 2 + 4", 7),
        ("6 & 3 ^ 1", 3),
        ("10 - 4 - 3", 3),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7 % 4", 3),
        ("~0", -1),
        ("- - 5", 5),
        ("-1 >> 60", 15),
        ("0x10 + 0b11 + 010 + 9", 36),
        ("'a' + '\\n' + '\\\\'", 97 + 10 + 92),
        ("x - x + 1", 1),
        (". - x", 0),
    ],
)
def test_value_of_an_expression(expression: str, value: int) -> None:
    data = data_of(f"x: .dword {expression}")
    assert int.from_bytes(data, "little", signed=True) == value


def test_data_directives_have_their_sizes_and_are_little_endian() -> None:
    source = ".byte 1, -1\n.half 0x0203\n.word 0x04050607\n.dword 0x08090a0b0c0d0e0f"
    assert data_of(source).hex() == "01ff0302070605040f0e0d0c0b0a0908"


def test_strings_end_with_zero_but_ascii_does_not() -> None:
    assert data_of('.ascii "ab", "c"\n.asciz "d"\n.string "é"') == b"abcd\0\xc3\xa9\0"
    assert data_of(r'.ascii "\0\x41\101\"\\\n"') == b'\0AA"\\\n'


def test_space_and_fill_repeat() -> None:
    assert data_of(".space 2\n.space 2, 7\n.zero 1\n.skip 1\n.fill 2, 2, 0x1234") == bytes(
        [0, 0, 7, 7, 0, 0, 0x34, 0x12, 0x34, 0x12]
    )


def test_alignment_is_filled_with_zeros_in_data_and_nops_in_code() -> None:
    assert data_of(".byte 1\n.align 2\n.byte 2\n.balign 4, 9\n.byte 3") == bytes(
        [1, 0, 0, 0, 2, 9, 9, 9, 3]
    )
    assert data_of(".byte 1\n.p2align 3,,3\n.byte 2") == bytes([1, 2])
    assert code_of("ret\n.align 4\nret") == ["ret", "nop", "nop", "nop", "ret"]


def test_comments_and_separators() -> None:
    assert code_of("nop; nop # ; nop\n/* nop\n nop */ nop // nop") == ["nop"] * 3
    assert data_of('.ascii "# // /* ;" # really') == b"# // /* ;"


def test_numeric_labels_mean_the_nearest_in_their_direction() -> None:
    assert code_of("1: j 1f\n1: j 1b\nj 1f\n1: nop") == [
        "j 0x80000004",
        "j 0x80000004",
        "j 0x8000000c",
        "nop",
    ]


def test_a_value_set_again_counts_from_there_on() -> None:
    assert data_of(".byte n\n.set n, 1\n.byte n\n.set n, n + 1\n.byte n\nn = 9\n.byte n") == bytes(
        [1, 1, 2, 9]
    )


def test_values_may_be_defined_later_and_from_each_other() -> None:
    assert data_of(".byte a\n.equ a, b + 1\n.equ b, end - start\nstart: .word 0\nend:")[0] == 5


def test_sections_lie_by_use_on_pages_of_their_own() -> None:
    program = assemble(
        ".bss\nb: .space 8\n.data\nd: .byte 1\n.section .rodata\nr: .byte 2\n"
        ".text\nt: nop\n.section .text.more\nm: nop\n.bss\nb2: .byte 0",
        text_base=BASE,
    )
    assert symbols_of(program) == {
        "b": BASE + 0x2001,
        "d": BASE + 0x2000,
        "r": BASE + 0x1000,
        "t": BASE,
        "m": BASE + 4,
        "b2": BASE + 0x2009,
    }
    assert [[section.name for section in group] for group in program.segments] == [
        [".text", ".text.more"],
        [".rodata"],
        [".data", ".bss"],
    ]


def test_entry_is_start_or_the_first_code() -> None:
    assert assemble("nop\n_start: nop").entry == BASE + 4
    assert assemble("nop", text_base=0x1000).entry == 0x1000


def test_a_far_branch_jumps_over_a_jump() -> None:
    source = "x: beqz a0, y\nbltu a0, a1, y\n.space {}\ny: blt a0, a1, x"
    near = assemble(source.format(4084))
    assert near.section(".text").size_bytes == 4096
    far = assemble(source.format(4096))
    assert code_of(source.format(4096))[:4] == [
        "bnez a0, 0x80000008",
        "j 0x80001010",
        "bgeu a0, a1, 0x80000010",
        "j 0x80001010",
    ]
    assert far.section(".text").size_bytes == 16 + 4096 + 8


def test_addresses_are_made_from_pc() -> None:
    assert code_of("la a0, x\nx: lw a1, x\nsw a1, x, t0\ncall x\ntail x") == [
        "auipc a0, 0x0", "addi a0, a0, 8",
        "auipc a1, 0x0", "lw a1, 0(a1)",
        "auipc t0, 0x0", "sw a1, -8(t0)",
        "auipc ra, 0x0", "jalr -16(ra)",
        "auipc t1, 0x0", "jr -24(t1)",
    ]  # fmt: skip


def test_li_takes_what_is_known_only_after_the_layout() -> None:
    assert code_of("li a0, end - start\nstart: .space 8\nend:")[0] == "li a0, 8"
    program = assemble("li a0, x\nx: nop")
    assert program.section(".text").size_bytes == 4 * (len(code_of("li a0, 0x8000000c")) + 1)


def test_each_instruction_knows_its_line() -> None:
    program = assemble("nop\n\nli a0, 0x12345678\nret")
    assert program.lines == {BASE: 1, BASE + 4: 3, BASE + 8: 3, BASE + 12: 4}


def test_a_program_knows_the_extensions_that_it_uses() -> None:
    assert assemble("nop").extensions == {"i"}
    assert assemble("mul a0, a0, a0\ncsrr a0, mepc").extensions == {"zmmul", "zicsr"}


def test_directives_of_compilers_are_taken() -> None:
    source = '.file "a.c"\n.attribute 4, 16\n.cfi_startproc\n.ident "cc"\n.addrsig\nnop\n'
    source += '.section ".note.GNU-stack","",@progbits\n.section .rodata.str1.1,"aMS",@progbits,1\n'
    assert code_of(source) == ["nop"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text)
def test_a_row_of_the_table_stands_for_real_instructions(row: Row) -> None:
    for template in row.expansion:
        assert template.name in BY_NAME


def test_other_tables_name_real_instructions() -> None:
    for text in [*CONSTANT_STEPS.values(), FAR_JUMP, PADDING]:
        assert parse_template(text).name in BY_NAME
    for name, opposite in OPPOSITE.items():
        assert OPPOSITE[opposite] == name
        assert name in BY_NAME


def test_every_instruction_can_be_written() -> None:
    assert {instruction.name for instruction in INSTRUCTIONS} <= set(FORMS)
