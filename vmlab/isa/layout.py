"""Bit fields by name: the layouts that CSRs and page-table entries are drawn with in the manual.

One table serves the description (reading and replacing fields of symbolic words) and the screens
(naming the fields of concrete ones).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmlab.isa.lang import Value


@dataclass(frozen=True, slots=True)
class BitField:
    """Bits `high:low` of a word. `meaning` is a short phrase for screens."""

    name: str
    high: int
    low: int
    meaning: str = ""

    @property
    def mask(self) -> int:
        return ((1 << (self.high - self.low + 1)) - 1) << self.low

    def of(self, value: int) -> int:
        """The field of a concrete word."""
        return (value & self.mask) >> self.low


@dataclass(frozen=True)
class Layout:
    """The named fields of one word."""

    fields: tuple[BitField, ...]

    @cached_property
    def _by_name(self) -> dict[str, BitField]:
        return {field.name: field for field in self.fields}

    def __getitem__(self, name: str) -> BitField:
        return self._by_name[name]

    def mask(self, *names: str) -> int:
        """All bits of the named fields."""
        return sum(self._by_name[name].mask for name in names)

    def get(self, word: Value, name: str) -> Value:
        """The field of a symbolic word."""
        field = self._by_name[name]
        return word.bits(field.high, field.low)

    def put(self, word: Value, name: str, new: Value | int) -> Value:
        """The symbolic word with the field replaced; `new` fits the field."""
        field = self._by_name[name]
        moved = new << field.low
        return (word & ~field.mask) | moved


def layout(text: str) -> Layout:
    """A layout from lines `NAME high:low meaning` or `NAME bit meaning`."""
    fields = []
    for line in text.strip().splitlines():
        name, where, *meaning = line.split(maxsplit=2)
        high, _, low = where.partition(":")
        fields.append(BitField(name, int(high), int(low or high), "".join(meaning)))
    return Layout(tuple(fields))
