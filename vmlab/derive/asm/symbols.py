"""Symbols: which definition a name means where it stands, and its value."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from vmlab.derive.asm.expressions import Expr, Name, evaluate
from vmlab.derive.asm.fragments import Fragment
from vmlab.derive.asm.problems import Position, Problem, Wrong
from vmlab.derive.asm.tokens import Token
from vmlab.derive.syntax import is_register_name


@dataclass(slots=True)
class Label:
    """A name for a place. `section` is the name of the section that it is in."""

    at: Position
    place: Fragment
    section: str


@dataclass(slots=True)
class Equ:
    """A name for a value: `.equ`, `.set` or `=`. `place` is what `.` means in it."""

    at: Position
    value: Expr
    place: Fragment
    known: int | None = None
    mistake: Problem | None = None
    is_busy: bool = False


Definition = Label | Equ


@dataclass
class Symbols:
    """All symbols of a source. A value may be defined anew: a name means the last definition
    before it, or the first one after it if there is none."""

    table: dict[str, list[Definition]] = field(default_factory=dict)
    numeric: dict[int, list[Label]] = field(default_factory=dict)
    globals: dict[str, Position] = field(default_factory=dict)
    pairs: dict[int, int] = field(default_factory=dict)
    """Address of an instruction with `%pcrel_hi` -> how far its target is from there."""
    _is_laid_out: bool = False

    def define(self, name: Token, definition: Definition) -> None:
        """Add a definition. Raises `Wrong` for a label that is defined already."""
        if is_register_name(name.text) or name.text == ".":
            raise Wrong(name.at, f"expected a name for a symbol, found {name}, which has a meaning")
        earlier = self.table.setdefault(name.text, [])
        if earlier and not (isinstance(definition, Equ) and isinstance(earlier[0], Equ)):
            line = earlier[0].at.line
            raise Wrong(name.at, f"expected a new name, found {name} again (first in line {line})")
        earlier.append(definition)

    def symbol(self, name: Name, depth: int) -> int:
        """The value of a name where it stands (`expressions.Scope`)."""
        return self.value_of(self._meant(name), name, depth)

    def value_of(self, definition: Definition, name: Name, depth: int = 0) -> int:
        """The value of a definition that `name` means."""
        if isinstance(definition, Equ):
            return self._value(definition, depth + 1)
        if definition.place.address < 0:
            raise Wrong(name.at, f"expected a value known here, found the label '{name.text}'")
        return definition.place.address

    def defines(self, name: str) -> bool:
        """True if there is a symbol of this name (`expressions.Scope`)."""
        return name in self.table

    def paired(self, address: int, at: Position) -> int:
        """How far the target of the `%pcrel_hi` at `address` is (`expressions.Scope`)."""
        if address not in self.pairs:
            raise Wrong(
                at, f"expected the label of an instruction with %pcrel_hi, found {address:#x}"
            )
        return self.pairs[address]

    def forget_values(self) -> None:
        """Work values out anew: addresses have changed. In text order, so that the definitions
        that build on earlier ones find them."""
        values = [
            entry for entries in self.table.values() for entry in entries if isinstance(entry, Equ)
        ]
        for value in values:
            value.known = value.mistake = None
        self._is_laid_out = True
        for value in sorted(values, key=lambda value: value.at):
            self.try_value(value)

    def try_value(self, value: Equ) -> None:
        """Work a value out if that can be done already."""
        try:
            self._value(value, 0)
        except Wrong:
            return  # whoever uses it meets the mistake again

    def _value(self, value: Equ, depth: int) -> int:
        if value.mistake is not None:
            old = value.mistake
            raise Wrong(old.at, old.message, old.found, old.known)
        if value.known is None:
            if value.is_busy:
                raise Wrong(value.value.at, "expected a value, found one that is defined by itself")
            value.is_busy = True
            try:
                value.known = evaluate(value.value, self, value.place.address, depth)
            except Wrong as wrong:
                # Kept, so that a chain of bad values is not followed again from each of its ends;
                # but while the source is being read, what is missing may still come.
                value.mistake = wrong.problem if self._is_laid_out else None
                raise
            finally:
                value.is_busy = False
        return value.known

    def _meant(self, name: Name) -> Definition:
        if name.text[0].isdigit():
            return self._numeric(name)
        found = self.table.get(name.text)
        if not found:
            if is_register_name(name.text):
                raise Wrong(name.at, f"expected a number or symbol, found the register {name.text}")
            message = f"expected a symbol that is defined, found '{name.text}'"
            raise Wrong(name.at, message, name.text, self.table)
        before = bisect_left(found, name.at, key=lambda definition: definition.at)
        return found[max(before - 1, 0)]

    def _numeric(self, name: Name) -> Label:
        """`1b` is the last label 1 before here, `1f` the first one after."""
        labels = self.numeric.get(int(name.text[:-1]), [])
        after = bisect_left(labels, name.at, key=lambda label: label.at)
        index = after if name.text.endswith("f") else after - 1
        if not 0 <= index < len(labels):
            where = "after" if name.text.endswith("f") else "before"
            raise Wrong(name.at, f"expected a label {name.text[:-1]} {where} this, found none")
        return labels[index]
