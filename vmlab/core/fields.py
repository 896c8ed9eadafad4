"""Reads a table of a TOML file field by field, and refuses what nobody asked for.

A refusal is one sentence that names the file and the field, as the author wrote it: who misspells
a field learns so when the site is built, and not by a page on which something is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from vmlab.core.errors import BadInput

T = TypeVar("T")
_KINDS: Final = {str: "text", int: "a whole number", bool: "true or false", list: "a list",
                 dict: "a table"}  # fmt: skip


class Fields:
    """One table. Ask for each field that may stand in it, then call `end`."""

    def __init__(self, file: str, data: Any, place: str = "") -> None:
        """`place` is the table's own name, empty for the whole file."""
        self._file, self._place = file, place
        if not isinstance(data, dict):
            raise BadInput(f"{file}: expected {place} as a table, found {data!r}")
        self._data: Mapping[str, Any] = data
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def names(self) -> tuple[str, ...]:
        """The fields that stand there: for a table whose names are the author's own."""
        return tuple(self._data)

    def refuse(self, name: str, expected: str, found: object) -> BadInput:
        """The sentence for a field: what it should be, and what stands there."""
        return BadInput(f"{self._file}: expected {self.named(name)} {expected}, found {found}")

    def named(self, name: str) -> str:
        """A field as the author finds it."""
        return f"{self._place}.{name}" if self._place else name

    def text(self, name: str, default: str | None = None) -> str:
        return self._take(name, str, default)

    def whole(self, name: str, default: int | None = None) -> int:
        return self._take(name, int, default)

    def flag(self, name: str) -> bool:
        """False where it is not there."""
        return self._take(name, bool, False)

    def one_of(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise self.refuse(name, f"of {', '.join(choices)}", repr(value))
        return value

    def many(self, name: str, kind: type[T]) -> tuple[T, ...]:
        """A list of this kind; empty where it is not there."""
        found: list[T] = self._take(name, list, [])
        for at, one in enumerate(found):
            if type(one) is not kind:
                raise self.refuse(f"{name}[{at}]", f"as {_KINDS[kind]}", repr(one))
        return tuple(found)

    def tables(self, name: str) -> tuple[Fields, ...]:
        """A list of tables; empty where it is not there."""
        found: list[Any] = self._take(name, list, [])
        return tuple(
            Fields(self._file, one, f"{self.named(name)}[{at}]") for at, one in enumerate(found)
        )

    def table(self, name: str) -> Fields:
        """A table; an empty one where it is not there."""
        found: dict[str, Any] = self._take(name, dict, {})
        return Fields(self._file, found, self.named(name))

    def end(self) -> None:
        """Raises `BadInput` if there is a field that nobody asked for."""
        for name in self._data:
            if name not in self._asked:
                known = ", ".join(sorted(self._asked))
                where = f"[{self._place}]" if self._place else "the file"
                raise BadInput(f"{self._file}: expected fields of {where} among {known}, "
                               f"found {name}")  # fmt: skip

    def _take(self, name: str, kind: type[T], default: T | None) -> T:
        self._asked.add(name)
        if name not in self._data:
            if default is None:
                raise self.refuse(name, f"as {_KINDS[kind]}", "none")
            return default
        value = self._data[name]
        if type(value) is not kind:  # a bool is no number here
            raise self.refuse(name, f"as {_KINDS[kind]}", repr(value))
        return value
