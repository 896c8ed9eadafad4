"""A student's program, as a grader sees it: functions to call.

Where it runs is no matter to a grader. `InProcess` is for a student's own machine (a browser tab, a
notebook) and for our tests; `course.remote` is for programs of strangers.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from vmlab.core.errors import VmlabError
from vmlab.course.facts import Said, Told, kind
from vmlab.course.plain import plain
from vmlab.lab import fitting, serve

LONGEST_KIND: Final = 80


class Failed(VmlabError):
    """The program raised something instead of answering."""

    def __init__(self, kind: str, text: str, line: int | None) -> None:
        kind, text = plain(kind, LONGEST_KIND), plain(text, serve.LONGEST_TEXT)
        where = f" in line {line}" if line else ""
        super().__init__(f"{kind}{where}: {text}" if text else f"{kind}{where}")
        self.kind, self.text, self.line = kind, text, line


class Wrong(VmlabError):
    """The program's answer is of no kind that was asked for."""

    def __init__(self, function: str, expected: Told, found: Told) -> None:
        super().__init__(f"expected {function} to return {expected}, found {found}")
        self.function, self.expected, self.found = function, expected, found


class Stopped(VmlabError):
    """The program was stopped: out of time, out of memory, or its process is gone."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Handle:
    """An object of the program's own: an instance of a class that it defines."""

    number: int
    name: str


class Student(Protocol):
    """Raises `Failed`, `Wrong` or `Stopped` from each of its methods."""

    def call(self, name: str, *args: Any, returns: Any = Any) -> Any:
        """What the program's function returns; `returns` is the type that it must be of."""
        ...

    def new(self, name: str, *args: Any) -> Handle:
        """An instance of a class of the program."""
        ...

    def on(self, handle: Handle, name: str, *args: Any, returns: Any = Any) -> Any:
        """What a method of an instance returns."""
        ...

    def each(
        self, handle: Handle, name: str, calls: Sequence[tuple[Any, ...]], returns: Any = Any
    ) -> list[Any]:
        """What a method of an instance returns for each of these arguments, in order: `on` for
        each of them, with less on the way. Arguments are values: none is changed by the program."""
        ...


def expect(function: str, value: Any, returns: Any) -> Any:
    """`value`, if it is of the type asked for. Raises `Wrong`."""
    if not fitting.fits(value, returns):
        raise Wrong(function, kind(returns), described(value))
    return value


def described(value: Any) -> Told:
    """A wrong answer, in a few words: its type, and its text as far as it is short."""
    if value is None:
        return "None"
    text = hex(value) if isinstance(value, int) and not isinstance(value, bool) else repr(value)
    return Said("answer", {"kind": type(value).__name__, "text": text[:80]})


class InProcess:
    """A program in this very process."""

    def __init__(self, space: Mapping[str, Any], names: Sequence[str], file: str = "") -> None:
        """`space` has the program's names. Raises `BadInput` if one of `names` is missing."""
        serve.check_names(space, names)
        self._space, self._file = space, file
        self._objects: list[Any] = []

    @classmethod
    def of(cls, source: str, names: Sequence[str], file: str = "student.py") -> InProcess:
        """A program from its text. Raises `Failed` if it does not even load."""
        try:
            space = serve.load(source, file)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a program raises
            raise failed(error, file) from None
        return cls(space, names, file)

    def call(self, name: str, *args: Any, returns: Any = Any) -> Any:
        return expect(name, self._run(self._space[name], args), returns)

    def new(self, name: str, *args: Any) -> Handle:
        self._objects.append(self._run(self._space[name], args))
        return Handle(len(self._objects) - 1, name)

    def on(self, handle: Handle, name: str, *args: Any, returns: Any = Any) -> Any:
        function = getattr(self._objects[handle.number], name, None)
        if function is None:
            raise Wrong(handle.name, Said("with a method", {"name": name}), Said("without it"))
        return expect(f"{handle.name}.{name}", self._run(function, args), returns)

    def each(
        self, handle: Handle, name: str, calls: Sequence[tuple[Any, ...]], returns: Any = Any
    ) -> list[Any]:
        return [self.on(handle, name, *args, returns=returns) for args in calls]

    def _run(self, function: Any, args: tuple[Any, ...]) -> Any:
        try:
            return function(*args)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a program raises
            file = self._file
            if not file and isinstance(function, types.FunctionType):
                file = function.__code__.co_filename
            raise failed(error, file) from None


def failed(error: BaseException, file: str) -> Failed:
    """A program's exception as something to tell."""
    said = serve.failure(error, file)
    return Failed(said["kind"], said["text"], said["line"])
