"""How views name modes, causes and addresses. One place, so that all pictures agree."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.core.units import format_hex
from vmlab.isa.causes import EXCEPTIONS, INTERRUPT_BIT, INTERRUPTS
from vmlab.views.phrase import Phrase, described, say
from vmlab.views.table import visible

_NEAR_BYTES: Final = 1 << 20
"""Further away than this, the symbol below an address says nothing about it."""

OWNERS: Final[Mapping[Mode, Phrase]] = {
    Mode.U: Phrase("User program"),
    Mode.S: Phrase("Kernel"),
    Mode.M: Phrase("Firmware"),
}
"""Who runs in a mode, on a machine without a VMM."""

MODES: Final[Mapping[Mode, Phrase]] = {
    Mode.U: Phrase("user"),
    Mode.S: Phrase("supervisor"),
    Mode.M: Phrase("machine"),
}


GUEST_OWNERS: Final[Mapping[Mode, Phrase]] = {
    Mode.U: Phrase("Guest's user program"),
    Mode.S: Phrase("Guest's kernel"),
}
"""Who runs while V = 1."""

GUEST_MODES: Final[Mapping[Mode, Phrase]] = {
    Mode.U: Phrase("virtual user"),
    Mode.S: Phrase("virtual supervisor"),
}


ACCESSES: Final[Mapping[Access, Phrase]] = {
    Access.FETCH: Phrase("fetch"),
    Access.LOAD: Phrase("load"),
    Access.STORE: Phrase("store"),
}
"""What a hart does with an address, as a noun."""


def owner(mode: Mode, virtual: bool) -> Phrase:
    """Who runs in a mode, with this V."""
    return (GUEST_OWNERS if virtual else OWNERS)[mode]


def long_mode(mode: Mode, virtual: bool) -> Phrase:
    """A mode's full name, with this V."""
    return (GUEST_MODES if virtual else MODES)[mode]


def cause_name(cause: int, interrupt: bool) -> Phrase:
    """The manual's name of a trap cause (privileged manual, table of mcause values)."""
    known = (INTERRUPTS if interrupt else EXCEPTIONS).get(cause)
    return (
        described(known.name) if known is not None else say("reserved cause {cause}", cause=cause)
    )


def summary(doc: str) -> str:
    """The first paragraph of an instruction's description, on one line."""
    return " ".join(doc.partition("\n\n")[0].split())


def cause_tag(cause: int, interrupt: bool) -> str:
    """The short form that stats and pictures use: `8`, or `i7` for an interrupt."""
    return f"i{cause}" if interrupt else str(cause)


def split_cause(word: int) -> tuple[int, bool]:
    """An xcause word as (cause, is it an interrupt)."""
    return word & ~INTERRUPT_BIT, bool(word & INTERRUPT_BIT)


def short_hex(value: int) -> str:
    """Hexadecimal in groups of four without leading zero groups; at least two groups."""
    digits = max(8, -(-max(value.bit_length(), 1) // 16) * 4)
    return format_hex(value, digits)


class Symbols:
    """Symbols in address order, to say `main+8` for an address inside `main`."""

    __slots__ = ("_names", "_starts")

    def __init__(self, symbols: Mapping[int, str]) -> None:
        self._starts = sorted(symbols)
        self._names = symbols

    def _below(self, address: int) -> int | None:
        at = bisect_right(self._starts, address) - 1
        if at < 0 or address - self._starts[at] > _NEAR_BYTES:
            return None
        return self._starts[at]

    def near(self, address: int) -> str | None:
        """`symbol` or `symbol+offset` for the symbol at or below `address`, made printable."""
        start = self._below(address)
        if start is None:
            return None
        name = visible(self._names[start])
        return name if start == address else f"{name}+{address - start:#x}"

    def within(self, address: int) -> str | None:
        """The symbol at or below `address` without an offset, made printable."""
        start = self._below(address)
        return None if start is None else visible(self._names[start])
