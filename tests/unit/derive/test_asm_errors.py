"""What the assembler says of mistakes: the place, what was expected, what was found."""

from __future__ import annotations

import pytest

from vmlab.core.errors import BadInput
from vmlab.derive.asm import AsmErrors, Position, assemble


def errors_of(source: str) -> AsmErrors:
    with pytest.raises(AsmErrors) as caught:
        assemble(source, "guest.S")
    return caught.value


@pytest.mark.parametrize(
    ("source", "line", "column", "words"),
    [
        ("addd a0, a1, a2", 1, 1, "expected an instruction, found 'addd' (did you mean 'add', "),
        ("\n  .wrod 1", 2, 3, "expected a directive, found '.wrod' (did you mean '.word'"),
        ("start: j strat", 1, 10, "'strat' (did you mean 'start'?)"),
        ("nop\n\tamoadd.b a0, a1, (a2)", 2, 2, "zabha and zacas (atomics), which is not built"),
        ("c.flw a0, 0(a1)", 1, 1, "c (compressed) beyond zca and zcd, which is not built"),
        ("c.addi4spn a0, sp, 0", 1, 1, "expected operands that c.addi4spn has, found uimm 0"),
        ("c.addi4spn a0, s0, 4", 1, 16, "expected sp for sp"),
        ("c.lw a0, 4(t0)", 1, 12, "expected one of x8 to x15, found 't0'"),
        ("c.lui a0, 32", 1, 11, "expected imm of 0..0x1f or 0xfffe0..0xfffff, found 32"),
        ("fadd.q fa0, fa1, fa2", 1, 1, "q and zfh (quadruple and half precision), which is not"),
        ("fli.d fa0, 1", 1, 1, "extension zfa (more of floating point), which is not built"),
        ("fsgnj.d fa0, fa1, a2", 1, 19, "expected a floating-point register for frs2"),
        ("fadd.d fa0, fa1, fa2, rpz", 1, 23, "expected a rounding mode, found 'rpz'"),
        ("c.fld ft0, 8(a0)", 1, 7, "expected one of f8 to f15, found 'ft0'"),
        ("add a0, a1, fa2", 1, 1, "found the register a0, the register a1, the register fa2"),
        ("fa0: nop", 1, 1, "expected a name for a symbol, found 'fa0', which has a meaning"),
        ("addi a0, a1", 1, 1, "expected `addi rd, rs1, imm`, found the register a0, the "),
        ("addi a0, 5, 5", 1, 10, "a register for rs1 of `addi rd, rs1, imm`, found the number 5"),
        ("addi a0, a1, a2", 1, 14, "expected a number or symbol for imm"),
        ("addi a0, a1, 2048", 1, 14, "expected imm of -2048..2047, found 2048 (0x800)"),
        ("addi a0, a1, -2049", 1, 14, "found -2049 (-0x801)"),
        ("slli a0, a1, 64", 1, 14, "expected shamt of 0..63, found 64 (0x40)"),
        ("slliw a0, a1, 32", 1, 15, "expected shamt of 0..31"),
        ("lui a0, -1", 1, 9, "expected imm of 0..0xfffff, found -1"),
        ("csrwi mstatus, 32", 1, 16, "expected uimm of 0..31"),
        ("csrr a0, mstatsu", 1, 10, "'mstatsu' (did you mean 'mstatus'"),
        ("csrr a0, 4096", 1, 10, "expected csr of 0..4095"),
        ("fence wr, rw", 1, 7, "a set of the letters i, o, r, w in that order, found 'wr'"),
        ("lw a0, 4(4)", 1, 10, "expected a register, found '4'"),
        ("lw a0, 4(foo)", 1, 1, "(foo), which is no register"),
        ("lw a0, 4(a1", 1, 12, "expected ')' after 'a1', found the end of the line"),
        ("j 0x90000000", 1, 3, "found 0x90000000, 268435456 away from 0x80000000"),
        ("j 0x80000001", 1, 3, "in steps of 2 bytes away"),
        ("la a0, 0x123456789", 1, 8, "expected an address that 32 signed bits reach"),
        ("x: lui a0, %hi(x)", 1, 16, "found 0x80000000; use `la`, which counts from pc"),
        ("x: addi a0, a0, %pcrel_lo(x)", 1, 17, "the label of an instruction with %pcrel_hi"),
        ("lui a0, %high(5)", 1, 9, "expected one of %hi, %lo, %pcrel_hi, %pcrel_lo, found '%high'"),
        ("li a0, 1 << 64", 1, 10, "expected a value of -0x8000000000000000..0xffffffffffffffff"),
        ("li a0, 1 / 0", 1, 10, "expected a divisor other than 0"),
        ("li a0, 5 +", 1, 11, "expected a number, a symbol or '(', found the end of the line"),
        ("li a0, (5", 1, 10, "expected ')' to match '('"),
        ("li a0, 0x5g", 1, 8, "expected a number such as 42, 0x2a or 0b101010, found '0x5g'"),
        ("li a0, 5 5", 1, 10, "expected the end of the statement, found '5'"),
        (".byte 256", 1, 7, "expected a value of -0x80..0xff, found 0x100"),
        (".byte 1\nnop", 2, 1, "expected an instruction at a multiple of 2, found 0x80000001"),
        ("x: nop\nx: nop", 2, 1, "expected a new name, found 'x' again (first in line 1)"),
        ("sp: nop", 1, 1, "expected a name for a symbol, found 'sp', which has a meaning"),
        ("j 1f", 1, 3, "expected a label 1 after this, found none"),
        ("1: nop\nj 2b", 2, 3, "expected a label 2 before this, found none"),
        (".globl nowhere", 1, 8, "expected a definition of the global 'nowhere', found none"),
        (".equ a, b\n.equ b, a", 1, 9, "expected a value, found one that is defined by itself"),
        (".bss\n.word 1", 2, 1, "expected zeros only in the section .bss"),
        (".section .mine", 1, 10, "expected flags for the section '.mine'"),
        (".section .text, \"aw\"", 1, 10, "expected the flags that '.text' had before"),
        (".space -1", 1, 8, "expected a size of 0..0x4000000 bytes, found -0x1"),
        ("x: .space x", 1, 11, "expected a size of 0..0x4000000 bytes, found 0x80000000"),
        (".align 40", 1, 8, "expected an exponent of 0..26 (.align 3 aligns to 8 bytes), found 40"),
        (".balign 24", 1, 9, "expected a power of two"),
        (".align later\n.equ later, 2\nx:", 1, 8, "a symbol that is defined, found 'later'"),
        (".option pop", 1, 9, "expected `.option push` before"),
        (".macro m", 1, 1, "'.macro' cannot be used: macros are not built"),
        ('.asciz "a', 1, 8, "expected the end of what \" starts"),
        ('.asciz "\\q"', 1, 8, "expected an escape such as"),
        ("li a0, ''", 1, 8, "expected the end of what ' starts"),
        ("nop /* never\n ends", 1, 5, "expected the end of what /* starts"),
        ("nop ¶", 1, 5, "expected assembly text, found the character '¶'"),
        ("5 nop", 1, 1, "expected a label, an instruction or a directive, found '5'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(source: str, line: int, column: int, words: str) -> None:
    error = errors_of(source)
    assert words in str(error)
    assert Position(line, column) in [problem.at for problem in error.problems]
    assert f"guest.S:{line}:{column}: " in str(error)


def test_all_mistakes_are_told_at_once_and_in_order() -> None:
    error = errors_of("addd a0\nnop\nli a0, 1 << 70\n  j nowhere\n.word 1,\n")
    assert [problem.at.line for problem in error.problems] == [1, 3, 4, 5]
    assert len(str(error).splitlines()) == 4


def test_thousands_of_mistakes_are_counted_but_not_listed() -> None:
    error = errors_of("what is this\n" * 3000)
    assert len(error.problems) == 3000
    assert str(error).endswith("guest.S: and 2950 more")


def test_mistakes_are_bad_input_for_the_command_line() -> None:
    assert isinstance(errors_of("?"), BadInput)


def test_columns_count_behind_a_comment_over_lines() -> None:
    (problem,) = errors_of("/* one\n two */ what").problems
    assert problem.at == Position(2, 9)
