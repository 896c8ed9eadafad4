"""A readable view of the hart's words: registers, pc, mode, words of state by name.

For debuggers, snapshots and tests. It reads and writes the arena; while an engine runs a slice
it may hold registers elsewhere, so look only between slices.
"""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.core.bits import MASK64
from vmlab.core.modes import Mode, split_actor
from vmlab.isa.lang import Array
from vmlab.isa.state import FIELDS, MODE, PC, RETIRED, SKIPPED, VIRTUAL, F, X
from vmlab.machine.arena import Arena


class Registers:
    """x0 to x31, or f0 to f31."""

    def __init__(self, arena: Arena, file: Array = X) -> None:
        self._words = arena.words
        self._file = file

    def __getitem__(self, number: int) -> int:
        return self._words[self._file.slot + number]

    def __setitem__(self, number: int, value: int) -> None:
        if number or self._file is not X:  # x0 stays 0
            self._words[self._file.slot + number] = value & MASK64

    def __len__(self) -> int:
        return self._file.length

    def __iter__(self) -> Iterator[int]:
        return (self[number] for number in range(len(self)))


class Hart:
    """One hart's state by name."""

    def __init__(self, arena: Arena) -> None:
        self._words = arena.words
        self.x = Registers(arena)
        self.f = Registers(arena, F)

    def word(self, name: str) -> int:
        """A word of state (`isa.state`), not a CSR as a guest reads it."""
        return self._words[FIELDS[name].slot]

    def set_word(self, name: str, value: int) -> None:
        """Write a word of state as it is: nothing is legalised, and no engine is told."""
        self._words[FIELDS[name].slot] = value

    @property
    def pc(self) -> int:
        return self._words[PC.slot]

    @pc.setter
    def pc(self, value: int) -> None:
        self._words[PC.slot] = value & MASK64

    @property
    def mode(self) -> Mode:
        return split_actor(self._words[MODE.slot])[0]

    @property
    def virtual(self) -> bool:
        """V: true in VS and VU."""
        return bool(self._words[VIRTUAL.slot])

    @property
    def retired(self) -> int:
        """Instructions retired since reset."""
        return self._words[RETIRED.slot]

    @property
    def virtual_time(self) -> int:
        """Retired instructions plus those skipped in WFI."""
        return self.retired + self._words[SKIPPED.slot]
