"""Whatever the source is, the assembler answers: with a program, or with `AsmErrors`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vmlab.derive.asm import AsmErrors, assemble
from vmlab.derive.asm.directives import DIRECTIVES
from vmlab.derive.asm.forms import FORMS
from vmlab.derive.objfile import to_elf

MARKS = "( ) , : ; = + - * / % << >> | & ^ ~ . @ # /* */ %hi( %lo( %pcrel_hi( %pcrel_lo("
OPERANDS = "a0 sp x0 x y mstatus rw 0 1 4 -1 0x7fffffff 99999999999999999999 1f 1b \"text\" 'c'"
PARTS = [
    "\n",
    "x:",
    "y:",
    "1:",
    "\nx = ",
    "a0, a1, a2",
    "a0, a1",
    "a0, x",
    "a0, a1, x",
    "a0, 4(a1)",
]
PARTS += ["(a0)", "x, 5", "x, y", "push", "pop", "@function", '"aw"', "@nobits"]
WORDS = [*sorted(FORMS), *sorted(DIRECTIVES), *MARKS.split(), *OPERANDS.split(), *PARTS]


def check(source: str) -> None:
    try:
        program = assemble(source)
    except AsmErrors as errors:
        assert errors.problems
        for problem in errors.problems:
            line, column = problem.at
            assert 1 <= line <= source.count("\n") + 1
            assert 1 <= column <= len(source) + 1
            assert problem.message
        return
    for section in program.sections:
        assert section.flags.is_zero or len(section.data) == section.size_bytes
    assert to_elf(program) == to_elf(assemble(source))


@given(st.text(max_size=200))
def test_any_text_is_answered(source: str) -> None:
    check(source)


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_words_of_the_language_are_answered(source: str) -> None:
    check(source)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "x: ", "1: "]), st.lists(st.sampled_from(WORDS), max_size=6))
        .map(lambda parts: parts[0] + " ".join(parts[1])),
        max_size=12,
    ).map("\n".join)
)  # fmt: skip
def test_any_lines_of_the_language_are_answered(source: str) -> None:
    check(source)


def test_deep_and_long_sources_are_answered() -> None:
    for source in (
        "li a0, " + "(" * 10_000,
        "li a0, " + "-" * 10_000 + "1",
        "li a0, " + "1+" * 10_000 + "1",
        ".word " + "1, " * 10_000 + "1",
        "\n".join(f".equ a{n}, a{n + 1} + 1" for n in range(100, 3000)) + "\n.equ a3000, 0",
        "\n".join(f".equ a{n}, a{n - 1} + 1" for n in range(101, 3000)) + "\n.equ a100, 0",
        ".equ a, b\n.equ b, a\nli a0, a",
        ".equ a, a\nli a0, a",
        "x: .space 60000000\n.space 60000000",
        ".bss\n.space 0x7fffffffffffffff",
        ".fill 1 << 60, 8, 1",
        "x: .space 1 << (y - x)\ny:",
        "x: .space y - x + 1\ny:",
        "li a0, 1 << 100000000",
        "li a0, " + "9" * 100_000,
        "no such thing at all\n" * 20_000,
    ):
        check(source)
