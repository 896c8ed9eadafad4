"""What an editor of assembly shows: the words of the language, and a source's mistakes."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.derive.asm import Assembled
from vmlab.derive.asm.directives import DIRECTIVES
from vmlab.derive.asm.forms import FORMS
from vmlab.derive.asm.hints import did_you_mean
from vmlab.derive.asm.problems import MOST_SHOWN, AsmErrors
from vmlab.isa.csrs import CSRS
from vmlab.isa.registers import FLOAT_NUMBERS, REGISTER_NUMBERS
from vmlab.views.phrase import NOTHING, Phrase, heard, say
from vmlab.views.table import Table


@dataclass(frozen=True, slots=True)
class Words:
    """The names that the assembler knows, by what they are: from its own tables."""

    mnemonics: tuple[str, ...]
    registers: tuple[str, ...]
    csrs: tuple[str, ...]
    directives: tuple[str, ...]


def words() -> Words:
    """All of them, sorted."""
    found = (FORMS, {*REGISTER_NUMBERS, *FLOAT_NUMBERS}, CSRS, DIRECTIVES)
    return Words(*(tuple(sorted(names)) for names in found))


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One mistake at its place; line and column count from 1. `hint` is what was probably meant,
    or empty."""

    line: int
    column: int
    message: Phrase
    hint: str


def problems(errors: AsmErrors) -> tuple[ProblemRow, ...]:
    """The mistakes of a source in its order, as many as a message lists."""
    return tuple(
        ProblemRow(
            one.at.line, one.at.column, heard(one.message), did_you_mean(one.found, one.known)
        )
        for one in errors.problems[:MOST_SHOWN]
    )


def verdict(errors: AsmErrors) -> Phrase:
    """How many mistakes there are."""
    return say("Not assembled: {n} to mend, the first in line {line}.", n=len(errors.problems),
               line=errors.problems[0].at.line)  # fmt: skip


def built(program: Assembled) -> Phrase:
    """What came out: bytes, instructions, where it starts."""
    size = sum(section.size_bytes for segment in program.segments for section in segment)
    return say(
        "Assembled: {n} bytes, {k} instructions; it starts at {entry}.",
        n=f"{size:,}", k=f"{len(program.lines):,}", entry=f"{program.entry:#x}",
    )  # fmt: skip


def table(rows: tuple[ProblemRow, ...], said: Phrase = NOTHING) -> Table:
    """The mistakes as a table; `said` stands where there are none."""
    return Table(
        Phrase("Assembly"),
        (Phrase("Line"), Phrase("Column"), Phrase("What is wrong")),
        tuple((str(row.line), str(row.column), row.message) for row in rows),
        said or Phrase("No source. Write one, or begin with an example."),
    )
