"""What a source becomes while it is read: sections of fragments, and symbols."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vmlab.derive.asm.expressions import Expr, Reader, evaluate
from vmlab.derive.asm.forms import Memory, choose_form, expand, read_operands
from vmlab.derive.asm.fragments import IALIGN_BYTES, Align, Branch, Code, Constant, Fragment
from vmlab.derive.asm.problems import Position, Wrong
from vmlab.derive.asm.symbols import Equ, Label, Symbols
from vmlab.derive.asm.tokens import T, Token
from vmlab.derive.pseudo import LOAD_CONSTANT, OPPOSITE


@dataclass(frozen=True, slots=True)
class Flags:
    """What a section's memory is for. `is_loaded` is false for notes to other programs."""

    is_loaded: bool = True
    is_writable: bool = False
    is_executable: bool = False
    is_zero: bool = False
    """It holds zeros only, and takes no room in the file."""


KNOWN_SECTIONS: Final = {
    ".text": Flags(is_executable=True),
    ".init": Flags(is_executable=True),
    ".rodata": Flags(),
    ".srodata": Flags(),
    ".data": Flags(is_writable=True),
    ".sdata": Flags(is_writable=True),
    ".bss": Flags(is_writable=True, is_zero=True),
    ".sbss": Flags(is_writable=True, is_zero=True),
}
"""Sections by the first part of their name: `.text.start` is like `.text`."""


@dataclass
class SectionDraft:
    """A section that is being filled."""

    name: str
    flags: Flags
    fragments: list[Fragment] = field(default_factory=list)
    address: int = 0
    size_bytes: int = 0

    @property
    def alignment(self) -> int:
        """What its address has to be a multiple of, for its own alignments to hold."""
        aligned = [piece.alignment for piece in self.fragments if isinstance(piece, Align)]
        return max([IALIGN_BYTES if self.flags.is_executable else 1, *aligned])


@dataclass(slots=True)
class Details:
    """What `.type` and `.size` say of a symbol."""

    kind: str = ""
    size: Expr | None = None
    place: Fragment | None = None


class Builder:
    """Collects what statements add. Methods raise `Wrong` for mistakes of the source."""

    def __init__(self) -> None:
        self.symbols = Symbols()
        self.sections: dict[str, SectionDraft] = {}
        self.details: dict[str, Details] = {}
        self.option_depth = 0
        self.current = self.enter(".text", None)

    def enter(self, name: str, flags: Flags | None) -> SectionDraft:
        """Go on in the section `name`, which comes into being with `flags` (None: by its name)."""
        draft = self.sections.get(name)
        if draft is None:
            known = KNOWN_SECTIONS.get("." + name.split(".")[1]) if name.startswith(".") else None
            chosen = flags or known
            if chosen is None:
                raise KeyError(name)
            draft = self.sections[name] = SectionDraft(name, chosen)
        elif flags is not None and flags != draft.flags:
            raise ValueError(name)
        self.current = draft
        return draft

    def add(self, fragment: Fragment) -> None:
        """Put a fragment where we are."""
        self.current.fragments.append(fragment)

    def here(self, at: Position) -> Fragment:
        """A mark of where we are."""
        mark = Fragment(at)
        self.add(mark)
        return mark

    def label(self, name: Token) -> None:
        """Define a label; a number may be used again and again."""
        label = Label(name.at, Fragment(name.at), self.current.name)
        if name.kind is T.NUMBER:
            if not name.text.isdigit():
                raise Wrong(name.at, f"expected a numeric label in decimal, found {name}")
            self.symbols.numeric.setdefault(int(name.text), []).append(label)
        else:
            self.symbols.define(name, label)
        self.add(label.place)

    def value(self, name: Token, value: Expr, end: Position) -> None:
        """Define a value. It counts from the end of its statement: `.set n, n + 1` adds one."""
        equ = Equ(end, value, self.here(name.at))
        self.symbols.define(name, equ)
        self.symbols.try_value(equ)

    def constant(self, value: Expr) -> int:
        """The value of an expression that has to be known while reading."""
        return evaluate(value, self.symbols, -1)

    def instruction(self, mnemonic: Token, reader: Reader) -> None:
        """Add what a written instruction stands for."""
        operands = read_operands(reader)
        form = choose_form(mnemonic, operands)
        if form.name == LOAD_CONSTANT:
            register, value = operands
            assert not isinstance(register, Memory)
            assert not isinstance(value, Memory)
            self.add(Constant(mnemonic.at, register, value))
            return
        for code in expand(form, operands, mnemonic.at):
            self.add(Branch(code) if code.instruction.name in OPPOSITE else Code(code))
