"""The registers and pc, with what changed since the previous stop."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from vmlab.core.units import format_hex
from vmlab.isa.registers import ABI_NAMES, FLOAT_NAMES
from vmlab.isa.softfloat.formats import F32, F64, Format
from vmlab.session.snapshot import Snapshot
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, Translate, render

BOX: Final = (1 << F64.width) - (1 << F32.width)
"""The ones above a single."""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One register. `was` is its value at the previous stop when it changed, else None."""

    number: str
    name: str
    value: int
    was: int | None
    number_text: str = ""
    """What a floating-point register holds, as a number."""

    @property
    def changed(self) -> bool:
        """Whether the value differs from the one at the previous stop."""
        return self.was is not None


def rows(snapshot: Snapshot) -> tuple[RegisterRow, ...]:
    """pc first, then x0 to x31."""
    now, before = snapshot.now, snapshot.before
    values = (now.pc, *now.x)
    old = values if before is None else (before.pc, *before.x)
    numbers = ("pc", *(f"x{index}" for index in range(len(now.x))))
    names = ("pc", *ABI_NAMES)
    return tuple(
        RegisterRow(number, name, value, None if value == was else was)
        for number, name, value, was in zip(numbers, names, values, old, strict=True)
    )


def float_rows(snapshot: Snapshot) -> tuple[RegisterRow, ...]:
    """f0 to f31; none while the unit is off."""
    now, before = snapshot.now.f, snapshot.before
    old = before.f if before is not None and before.f else now
    return tuple(
        RegisterRow(f"f{at}", name, value, None if value == was else was, float_text(value))
        for at, (name, value, was) in enumerate(zip(FLOAT_NAMES, now, old, strict=False))
    )


def float_text(bits: int) -> str:
    """The number in a floating-point register: a single if it is boxed as one, else a double.
    With the fewest digits that read back as the same number."""
    low = bits & (1 << F32.width) - 1
    if bits == low | BOX:
        return _text(F32, low, "<f", "<I")
    return _text(F64, bits, "<d", "<Q")


def _text(fmt: Format, bits: int, number: str, word: str) -> str:
    if bits & ~fmt.sign > fmt.infinity:
        return "NaN" if bits & fmt.quiet else "signaling NaN"
    packed = struct.pack(word, bits)
    value: float = struct.unpack(number, packed)[0]
    texts = (f"{value:.{digits}g}" for digits in range(1, 18))
    return next(text for text in texts if _packs_to(number, float(text), packed))


def _packs_to(number: str, value: float, packed: bytes) -> bool:
    try:
        return struct.pack(number, value) == packed
    except OverflowError:  # rounded up to too few digits, the largest numbers are too large
        return False


def table(registers: tuple[RegisterRow, ...]) -> Table:
    """The twin of these rows. `*` stands for the changed mark of the picture."""
    return Table(
        Phrase("Registers"),
        (Phrase("Register"), Phrase("Name"), Phrase("Value"), Phrase("Changed from")),
        tuple(
            (
                row.number,
                row.name,
                f"{format_hex(row.value)}{' = ' if row.number_text else ''}{row.number_text}",
                "" if row.was is None else f"* {format_hex(row.was)}",
            )
            for row in registers
        ),
        Phrase("No registers."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The registers as lines of text."""
    return render(table((*rows(snapshot), *float_rows(snapshot))), translate)
