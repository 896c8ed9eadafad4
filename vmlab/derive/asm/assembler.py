"""The assembler: read all statements, lay the fragments out, then write their bytes.

Everything is laid out here: there is no linker, so a symbol that is not defined is a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmlab.derive.asm.builder import Builder, Details, Flags, SectionDraft
from vmlab.derive.asm.directives import run_directive
from vmlab.derive.asm.expressions import Name, Reader, evaluate
from vmlab.derive.asm.layout import lay_out, ordered
from vmlab.derive.asm.problems import AsmErrors, Position, Problem, Wrong
from vmlab.derive.asm.symbols import Label
from vmlab.derive.asm.tokens import Statement, T, read_statements

ENTRY = "_start"


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its address. `data` is empty where `flags.is_zero`; `size_bytes` is not."""

    name: str
    address: int
    data: bytes
    size_bytes: int
    alignment: int
    flags: Flags


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol. `section` is None for a value (`.equ`); `kind` is function, object or empty."""

    name: str
    value: int
    section: str | None
    is_global: bool
    kind: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Assembled:
    """A program at its addresses. `segments`: the loaded sections by use, by address."""

    name: str
    sections: tuple[Section, ...]
    segments: tuple[tuple[Section, ...], ...]
    symbols: tuple[Symbol, ...]
    entry: int
    extensions: frozenset[str]
    """The extensions whose instructions it has."""
    lines: Mapping[int, int]
    """The source's line of each instruction's address."""

    def section(self, name: str) -> Section:
        """The section of this name; `KeyError` if there is none."""
        for section in self.sections:
            if section.name == name:
                return section
        raise KeyError(name)


def assemble(source: str, name: str = "<source>", *, text_base: int = 0x8000_0000) -> Assembled:
    """Assemble a source; code starts at the address `text_base`.

    Raises `AsmErrors` with all mistakes, each with its line and column.
    """
    problems: list[Problem] = []
    builder = Builder()
    for statement in read_statements(source, problems):
        try:
            _run_statement(builder, statement)
        except Wrong as wrong:
            problems.append(wrong.problem)
    try:
        lay_out(builder, text_base)
    except Wrong as wrong:
        raise AsmErrors(name, [*problems, wrong.problem]) from None
    assembled = _Writer(builder, problems).write(name, text_base)
    if problems:
        raise AsmErrors(name, problems)
    return assembled


def _run_statement(builder: Builder, statement: Statement) -> None:
    reader = Reader(statement)
    while reader.now.kind in (T.NAME, T.NUMBER) and reader.peek().text == ":":
        builder.label(reader.next())
        reader.next()
    if reader.at_end():
        return
    first = reader.expect(T.NAME, "a label, an instruction or a directive")
    if reader.take_mark("="):
        value = reader.expression()
        reader.expect_end()
        builder.value(first, value, reader.now.at)
    elif first.text.startswith("."):
        run_directive(builder, first, reader)
    else:
        builder.instruction(first, reader)


class _Writer:
    """From laid-out fragments to the finished program; mistakes go to `problems`."""

    def __init__(self, builder: Builder, problems: list[Problem]) -> None:
        self.builder = builder
        self.problems = problems
        self.extensions: set[str] = set()
        self.lines: dict[int, int] = {}

    def write(self, name: str, text_base: int) -> Assembled:
        drafts = [draft for draft in self.builder.sections.values() if draft.fragments]
        sections = {draft.name: self._section(draft) for draft in drafts}
        segments = tuple(
            tuple(sections[draft.name] for draft in group) for group in ordered(drafts)
        )
        symbols = self._symbols()
        starts = [symbol.value for symbol in symbols if symbol.name == ENTRY and symbol.section]
        return Assembled(
            name=name,
            sections=tuple(sections.values()),
            segments=segments,
            symbols=symbols,
            entry=starts[0] if starts else text_base,
            extensions=frozenset(self.extensions),
            lines=self.lines,
        )

    def _section(self, draft: SectionDraft) -> Section:
        parts = []
        for fragment in draft.fragments:
            try:
                data = fragment.emit(self.builder.symbols)
            except Wrong as wrong:
                self.problems.append(wrong.problem)
                continue
            if draft.flags.is_zero and any(data):
                message = f"expected zeros only in the section {draft.name}, found something else"
                self.problems.append(Problem(fragment.at, message))
            elif not draft.flags.is_zero:
                parts.append(data)
            for address, code in fragment.codes(self.builder.symbols):
                self.extensions.add(code.instruction.extension)
                self.lines[address] = code.at.line
        size, alignment = draft.size_bytes, draft.alignment
        return Section(draft.name, draft.address, b"".join(parts), size, alignment, draft.flags)

    def _symbols(self) -> tuple[Symbol, ...]:
        table = self.builder.symbols
        for name, at in table.globals.items():
            if name not in table.table:
                self._wrong(at, f"expected a definition of the global '{name}', found none")
        symbols = []
        for name, definitions in table.table.items():
            last = definitions[-1]
            details = self.builder.details.get(name, Details())
            try:
                value = table.value_of(last, Name(name, last.at))
                size = 0
                if details.size is not None and details.place is not None:
                    size = evaluate(details.size, table, details.place.address)
            except Wrong as wrong:
                self.problems.append(wrong.problem)
                continue
            section = last.section if isinstance(last, Label) else None
            is_global = name in table.globals
            symbols.append(Symbol(name, value, section, is_global, details.kind, size))
        return tuple(symbols)

    def _wrong(self, at: Position, message: str) -> None:
        self.problems.append(Problem(at, message))
