"""What is known of a value of an instruction's text once it stands somewhere in a page.

Its operands are numbers. Where the page is mapped is not known, so an address in it is `Near`: so
many bytes from the page's start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from vmlab.core.bits import MASK64, signed
from vmlab.core.units import PAGE_OFFSET
from vmlab.isa.lang.ir import Const, Field, Op, Param, Read, Value, XReg
from vmlab.isa.lang.ops import FOLD


class Near(NamedTuple):
    """An address, in bytes from the start of the page that runs; it may be outside."""

    offset: int


Known = int | Near | None
PAGE_MASK: Final = PAGE_OFFSET
_UNASKED: Final = object()


class Knowledge:
    """Answers for the values of one instruction at one place: with these operands, there in the
    page. `constants` are words of state that never change on the machine."""

    __slots__ = ("_found", "constants", "end", "offset", "operands", "word")

    def __init__(
        self,
        operands: Mapping[str, int],
        place: tuple[int, int],
        word: int,
        constants: Mapping[str, int],
    ) -> None:
        self.operands = operands
        self.offset, self.end = place
        self.word = word
        self.constants = constants
        self._found: dict[int, Known] = {}

    def register(self, place: XReg) -> int:
        """The number of a register that the text names."""
        return self.operands[place.operand] if place.number is None else place.number

    def _param(self, name: str) -> int | Near:
        if name in self.operands:
            return self.operands[name]
        if name == "word":
            return self.word
        return Near(self.offset if name == "pc" else self.end)

    def of(self, value: Value) -> Known:
        """The value, if it is known."""
        if isinstance(value, Const):
            return value.value
        if isinstance(value, Param):
            return self._param(value.name)
        key = id(value)
        found = self._found.get(key, _UNASKED)
        if found is _UNASKED:
            found = self._found[key] = self._work_out(value)
        return found  # type: ignore[return-value]

    def _work_out(self, value: Value) -> Known:
        if isinstance(value, Read):
            if isinstance(value.place, XReg):
                return 0 if self.register(value.place) == 0 else None
            return self.constants.get(value.place.name) if isinstance(value.place, Field) else None
        if not isinstance(value, Op):
            return None
        args = [self.of(arg) for arg in value.args]
        if value.name == "both" and 0 in args:
            return 0
        if value.name == "either" and 1 in args:
            return 1
        if value.name == "select" and isinstance(args[0], int):
            return args[1] if args[0] else args[2]
        if None in args:
            return None
        if Near in map(type, args):
            return _near(value.name, args)
        numbers = [arg for arg in args if isinstance(arg, int)]
        if value.name == "negate":
            return 1 - numbers[0]
        if value.name == "word":
            return numbers[0]
        return int(FOLD[value.name](*numbers)) & MASK64 if value.name in FOLD else None


def _near(name: str, args: list[Known]) -> Known:
    """Arithmetic on addresses of the page: its start is a multiple of its size."""
    a, b = (*args, None)[:2]
    if isinstance(b, Near) and name == "add":
        a, b = b, a
    if not isinstance(a, Near) or not isinstance(b, int):
        return None
    if name == "add":
        return Near(a.offset + signed(b))
    if name == "sub":
        return Near(a.offset - signed(b))
    if name == "and" and b <= PAGE_MASK:
        return a.offset & b
    if name == "and" and b | PAGE_MASK == MASK64:
        return Near(a.offset & signed(b))
    return None
