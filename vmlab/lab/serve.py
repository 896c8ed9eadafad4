"""The side of a student's program: load it, call its functions as asked, send back what they say.

    asked      {"do": "load", "source", "file", "names"}  {"do": "call", "name", "args"}
               {"do": "new", "name", "args"}     {"do": "on", "handle", "name", "args"}
               {"do": "each", "handle", "name", "calls": [args, ..]}
               {"do": "answer", "value"}  or  {"do": "refuse", "what"}    to an "ask"
    said       {"say": "result", "value", "carried": {number: fields}}
               {"say": "results", "values"}   of the calls, or of the first of them
               {"say": "handle", "handle"}
               {"say": "error", "kind", "text", "line"}
               {"say": "ask", "object", "method", "args"}

A message is one line of JSON. `course.remote` is the other side; what carries the lines is no
matter of either. Nothing here is to be trusted once a program is loaded: the other side believes
no more than that some program sent these lines.
"""

from __future__ import annotations

import json
import sys
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from vmlab.core.errors import BadInput, VmlabError
from vmlab.lab import wire
from vmlab.lab.fitting import Proxy

MODULE: Final = "student"
LONGEST_TEXT: Final = 500
ENOUGH: Final = 1 << 16
"""Characters of results after which the rest of many calls is left for the next message."""


class Served:
    """One program, and the objects that it and the grader know each other's by number."""

    def __init__(self, read: Callable[[], str], write: Callable[[str], object]) -> None:
        """`read` gives the next line ("" at the end), `write` sends one."""
        self._read, self._write = read, write
        self._space: dict[str, Any] = {}
        self._file = MODULE
        self._handles: list[Any] = []
        self._carried: dict[int, Any] = {}

    def run(self) -> None:
        """Answer until there is nothing more to read."""
        while line := self._read():
            self._answer(json.loads(line))

    def _answer(self, asked: dict[str, Any]) -> None:
        self._carried.clear()
        try:
            self._say(self._do(asked))
        except VmlabError as error:
            self._say({"say": "error", "kind": "Wrong", "text": str(error), "line": None})
        except BaseException as error:  # noqa: BLE001  # whatever a student's program raises
            self._say(failure(error, self._file))

    def _do(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["do"] == "load":
            self._file = asked["file"]
            self._space = load(asked["source"], asked["file"])
            check_names(self._space, asked["names"])
            return {"say": "result", "value": None, "carried": {}}
        if asked["do"] == "each":
            return self._each(getattr(self._handles[asked["handle"]], asked["name"]), asked)
        arguments = [wire.decode(one, self._find) for one in asked["args"]]
        if asked["do"] == "on":
            function = getattr(self._handles[asked["handle"]], asked["name"])
        else:
            function = self._space[asked["name"]]
        result = function(*arguments)
        if asked["do"] == "new":
            self._handles.append(result)
            return {"say": "handle", "handle": len(self._handles) - 1}
        changed = {number: wire.encode_fields(one, _known) for number, one in self._carried.items()}
        return {"say": "result", "value": wire.encode(result, _keep_none), "carried": changed}

    def _each(self, function: Callable[..., Any], asked: dict[str, Any]) -> dict[str, Any]:
        values, length = list[Any](), 0
        for call in asked["calls"]:
            if length > ENOUGH:
                break
            result = function(*(wire.decode(one, self._find) for one in call))
            values.append(wire.encode(result, _keep_none))
            length += len(wire.text(values[-1]))
        return {"say": "results", "values": values}

    def _find(self, number: int, name: str, values: list[Any] | None) -> Any:
        if values is None:
            return _Proxy(self, number, name)
        self._carried[number] = wire.CARRIED[name](*values)
        return self._carried[number]

    def ask(self, number: int, method: str, arguments: tuple[Any, ...]) -> Any:
        """Call a method of an object that stayed with the grader."""
        encoded = [wire.encode(one, _keep_none) for one in arguments]
        self._say({"say": "ask", "object": number, "method": method, "args": encoded})
        answer = json.loads(self._read() or '{"do": "refuse", "what": "the grader has gone"}')
        if answer["do"] == "refuse":
            raise ValueError(answer["what"])
        return wire.decode(answer["value"], self._find)

    def _say(self, message: dict[str, Any]) -> None:
        self._write(wire.text(message))


class _Proxy(Proxy):
    """Asks an object that stayed with the grader."""

    __slots__ = ("_methods", "_served")

    def __init__(self, served: Served, number: int, name: str) -> None:
        super().__init__(number, name)
        self._served, self._methods = served, wire.LIVE[name]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._methods:
            raise AttributeError(f"it has {', '.join(sorted(self._methods))}; found no {name!r}")
        return lambda *arguments: self._served.ask(self._number, name, arguments)

    def __call__(self, *arguments: Any) -> Any:
        return self._served.ask(self._number, "__call__", arguments)


def _keep_none(value: Any) -> int:
    """Results are values: an object of the grader's cannot be sent back."""
    raise BadInput(f"expected a value as result, found a {type(value).__name__} of the guest")


def _known(value: Any) -> int:
    """A field of a carried record may be an object of the grader's, as it was when it came."""
    found = wire.proxied(value)
    return _keep_none(value) if found is None else found[0]


def check_names(space: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raises `BadInput` if the program lacks a function or class that the exercise asks for."""
    missing = [name for name in names if not callable(space.get(name))]
    if missing:
        raise BadInput(f"expected the program to define {', '.join(missing)}; found no such name")


def load(source: str, file: str) -> dict[str, Any]:
    """Run a program's text as a module; its names."""
    module = types.ModuleType(MODULE)
    module.__file__ = file
    sys.modules[MODULE] = module  # dataclasses look their module up
    exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    return module.__dict__


def failure(error: BaseException, file: str) -> dict[str, Any]:
    """What a program's exception was, and in which of its lines."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    for frame, at in traceback.walk_tb(error.__traceback__):  # no source is read for it
        if frame.f_code.co_filename == file:
            line = at
    try:
        text = str(error)[:LONGEST_TEXT]
    except Exception:  # noqa: BLE001  # a program may raise things that cannot even be shown
        text = ""
    return {"say": "error", "kind": type(error).__name__, "text": text, "line": line}
