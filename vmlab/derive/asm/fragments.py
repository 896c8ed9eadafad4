"""What a section is made of: pieces that know their size, and their bytes once addresses are known.

Sizes may depend on addresses (a far branch, `li` of a label's value): such a piece starts small and
only ever grows, so that laying out again and again comes to an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vmlab.derive.asm.constants import constant_steps
from vmlab.derive.asm.expressions import Binary, Expr, Name, Number, Scope, evaluate
from vmlab.derive.asm.forms import BY_NAME, Coded, coded, encode_at, reaches
from vmlab.derive.asm.problems import Position, Wrong
from vmlab.derive.pseudo import CONSTANT_STEPS, FAR_JUMP, OPPOSITE, PADDING, SHORT_PADDING
from vmlab.isa.table import INSTRUCTIONS

MOST_BYTES: Final = 1 << 26
"""The largest image; a slip of the pen in `.space` should be a message, not a full memory."""

IALIGN_BYTES: Final = min(instruction.size_bytes for instruction in INSTRUCTIONS)
"""Instructions lie at multiples of the shortest one's size."""


class Fragment:
    """A piece of a section that takes no space: a label, or where `.equ` looked at `.`.

    `address` is set by each layout and -1 before the first; `at` is where the source has it.
    """

    def __init__(self, at: Position) -> None:
        self.at = at
        self.address = -1

    def size(self, scope: Scope) -> int:
        """Bytes at the present address. Raises `Wrong` if that is not known yet, or never will."""
        del scope
        return 0

    def grow(self, scope: Scope) -> bool:
        """True if it has to become larger, which it then is from the next layout on."""
        del scope
        return False

    def codes(self, scope: Scope) -> Iterator[tuple[int, Coded]]:
        """The instructions in it, with their addresses."""
        del scope
        yield from ()

    def emit(self, scope: Scope) -> bytes:
        """The bytes. Raises `Wrong` for what does not fit or is not defined."""
        parts = []
        for address, code in self.codes(scope):
            if address % IALIGN_BYTES:
                raise Wrong(
                    self.at,
                    f"expected an instruction at a multiple of {IALIGN_BYTES}, found {address:#x}; "
                    "put `.align 2` before it",
                )
            word = encode_at(code, scope, address)
            parts.append(word.to_bytes(code.instruction.size_bytes, "little"))
        return b"".join(parts)


class Code(Fragment):
    """One instruction."""

    def __init__(self, code: Coded) -> None:
        super().__init__(code.at)
        self.code = code

    def size(self, scope: Scope) -> int:
        del scope
        return self.code.instruction.size_bytes

    def codes(self, scope: Scope) -> Iterator[tuple[int, Coded]]:
        del scope
        yield self.address, self.code


class Branch(Code):
    """A conditional branch. When its target is too far, the opposite branch jumps over a jump."""

    jump: Coded | None = None
    """The jump behind the opposite branch, once that has turned out to be needed."""

    def size(self, scope: Scope) -> int:
        near = super().size(scope)
        return near + self.jump.instruction.size_bytes if self.jump else near

    def grow(self, scope: Scope) -> bool:
        if self.jump or reaches(self.code, scope, self.address):
            return False
        jump = coded(FAR_JUMP, {"target": self.code.values["target"]}, self.at)
        opposite = BY_NAME[OPPOSITE[self.code.instruction.name]]
        size = _number(opposite.size_bytes + jump.instruction.size_bytes, self)
        past = Binary("+", Name(".", self.at), size, self.at)
        self.code = Coded(opposite, {**self.code.values, "target": past}, self.at)
        self.jump = jump
        return True

    def codes(self, scope: Scope) -> Iterator[tuple[int, Coded]]:
        yield from super().codes(scope)
        if self.jump:
            yield self.address + self.code.instruction.size_bytes, self.jump


class Constant(Fragment):
    """`li`: as many instructions as the constant needs."""

    def __init__(self, at: Position, register: Expr, value: Expr) -> None:
        super().__init__(at)
        self.register = register
        self.value = value
        self.count = 1

    def grow(self, scope: Scope) -> bool:
        try:
            needed = len(self._steps(scope))
        except Wrong:
            return False
        if needed <= self.count:
            return False
        self.count = needed
        return True

    def size(self, scope: Scope) -> int:
        del scope
        return self.count * BY_NAME[PADDING.split()[0]].size_bytes

    def codes(self, scope: Scope) -> Iterator[tuple[int, Coded]]:
        codes = self._steps(scope)
        # Room that an earlier layout needed and the last one does not.
        codes += [coded(PADDING, {}, self.at)] * (self.count - len(codes))
        address = self.address
        for code in codes:
            yield address, code
            address += code.instruction.size_bytes

    def _steps(self, scope: Scope) -> list[Coded]:
        value = evaluate(self.value, scope, self.address)
        _check_range(value, 64, self.value.at)
        return [
            coded(CONSTANT_STEPS[step], {"rd": self.register, "imm": _number(imm, self)}, self.at)
            for step, imm in constant_steps(value)
        ]


class Data(Fragment):
    """One item of `.byte`, `.half`, `.word` or `.dword`."""

    def __init__(self, at: Position, size_bytes: int, value: Expr) -> None:
        super().__init__(at)
        self.size_bytes = size_bytes
        self.value = value

    def size(self, scope: Scope) -> int:
        del scope
        return self.size_bytes

    def emit(self, scope: Scope) -> bytes:
        value = evaluate(self.value, scope, self.address)
        width = 8 * self.size_bytes
        _check_range(value, width, self.value.at)
        return (value & (1 << width) - 1).to_bytes(self.size_bytes, "little")


class Text(Fragment):
    """Bytes that are known: a string."""

    def __init__(self, at: Position, data: bytes) -> None:
        super().__init__(at)
        self.data = data

    def size(self, scope: Scope) -> int:
        del scope
        return len(self.data)

    def emit(self, scope: Scope) -> bytes:
        del scope
        return self.data


class Space(Fragment):
    """The same few bytes again and again."""

    def __init__(self, at: Position, count: Expr, item_bytes: int, item: Expr) -> None:
        super().__init__(at)
        self.count = count
        self.item_bytes = item_bytes
        self.item = item

    def size(self, scope: Scope) -> int:
        count = evaluate(self.count, scope, self.address)
        if not 0 <= count * self.item_bytes <= MOST_BYTES:
            raise Wrong(
                self.count.at,
                f"expected a size of 0..{MOST_BYTES:#x} bytes, found {count * self.item_bytes:#x}",
            )
        return count * self.item_bytes

    def emit(self, scope: Scope) -> bytes:
        size = self.size(scope)
        value = evaluate(self.item, scope, self.address)
        _check_range(value, 8 * self.item_bytes, self.item.at)
        item = (value & (1 << 8 * self.item_bytes) - 1).to_bytes(self.item_bytes, "little")
        return item * (size // self.item_bytes)


class Align(Fragment):
    """Filling up to the next multiple of `alignment`; with instructions where code stands."""

    def __init__(
        self, at: Position, alignment: int, fill: int | None, most: int, in_code: bool
    ) -> None:
        super().__init__(at)
        self.alignment = alignment
        self.fill = fill
        self.most = most
        self.in_code = in_code

    def size(self, scope: Scope) -> int:
        del scope
        gap = -self.address % self.alignment
        return gap if gap <= self.most else 0

    def emit(self, scope: Scope) -> bytes:
        gap = self.size(scope)
        if self.fill is not None or not self.in_code:
            return bytes([(self.fill or 0) & 0xFF]) * gap
        data = bytes(gap % IALIGN_BYTES)
        for text in (SHORT_PADDING, PADDING):
            padding = coded(text, {}, self.at)
            size = padding.instruction.size_bytes
            word = encode_at(padding, scope, 0).to_bytes(size, "little")
            count = (gap - len(data)) // size
            data += word * (count if text == PADDING else count % 2)
        return data


def _number(value: int, of: Fragment) -> Number:
    return Number(value, of.at)


def _check_range(value: int, width: int, at: Position) -> None:
    """Data and constants may be meant signed or unsigned: both ranges are fine."""
    if not -(1 << width - 1) <= value < 1 << width:
        low, high = -(1 << width - 1), (1 << width) - 1
        raise Wrong(at, f"expected a value of {low:#x}..{high:#x}, found {value:#x}")
