"""A student's program in another process, by messages (`lab.serve` is the other side).

What comes back is believed to be what some program said, and no more: values are checked against
the types that the exercise declares, and a call of an object of the grader's is checked against the
methods that may be called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from vmlab.core.errors import BadInput, BrokenInvariant, VmlabError
from vmlab.course.facts import Said, misfit
from vmlab.course.student import Failed, Handle, Stopped, Wrong, expect
from vmlab.lab import fitting, wire

REFUSED: Final = "Wrong"
"""The kind of error by which `lab.serve` says that it was our own rules that a program broke."""
MOST_ASKS: Final = 200_000
"""Questions that one call may ask: more is a loop."""
_BAD_ARGUMENTS: Final = (VmlabError, TypeError, ValueError, LookupError, AttributeError,
                         ArithmeticError, RecursionError)  # fmt: skip
"""What a method of ours may come to when a program calls it with things of another kind."""


class Remote:
    """A `Student` at the other end of a line."""

    def __init__(
        self,
        send: Callable[[str], None],
        receive: Callable[[], str],
        most_asks: int = MOST_ASKS,
    ) -> None:
        """`receive` gives the next line; it raises `Stopped` if none can come."""
        self._send, self._receive, self._most_asks = send, receive, most_asks
        self._kept: list[Any] = []

    def load(self, source: str, names: Sequence[str], file: str = "student.py") -> None:
        """Run the program's text over there. Raises `Failed`; `BadInput` if a name is missing."""
        message = {"do": "load", "source": source, "file": file, "names": list(names)}
        try:
            self._exchange(message)
        except Failed as error:
            if error.kind == REFUSED:
                raise BadInput(error.text) from None
            raise

    def call(self, name: str, *args: Any, returns: Any = Any) -> Any:
        self._kept.clear()
        message = {"do": "call", "name": name, "args": [self._encode(one) for one in args]}
        return expect(name, self._value(self._exchange(message), name), returns)

    def new(self, name: str, *args: Any) -> Handle:
        self._kept.clear()
        said = self._exchange({"do": "new", "name": name, "args": list(map(self._encode, args))})
        number = said.get("handle")
        if not isinstance(number, int):
            raise Stopped("protocol", "expected an object from the program, found something else")
        return Handle(number, name)

    def on(self, handle: Handle, name: str, *args: Any, returns: Any = Any) -> Any:
        self._kept.clear()
        said = self._exchange(
            {"do": "on", "handle": handle.number, "name": name,
             "args": list(map(self._encode, args))}
        )  # fmt: skip
        function = f"{handle.name}.{name}"
        return expect(function, self._value(said, function), returns)

    def each(
        self, handle: Handle, name: str, calls: Sequence[tuple[Any, ...]], returns: Any = Any
    ) -> list[Any]:
        self._kept.clear()
        left, found = [list(map(self._encode, args)) for args in calls], list[Any]()
        if self._kept:
            raise BrokenInvariant("expected values for many calls at once, found an object")
        function = f"{handle.name}.{name}"
        while left:
            said = self._exchange(
                {"do": "each", "handle": handle.number, "name": name, "calls": left}
            )
            values = said.get("values")
            if not isinstance(values, list) or not 0 < len(values) <= len(left):
                raise Stopped("protocol", f"expected 1 to {len(left)} results, found other ones")
            for one in values:
                value = self._value({"value": one}, function)
                found.append(expect(function, value, returns))
            del left[: len(values)]
        return found

    def _exchange(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send, answer its questions, and give what it says in the end."""
        self._send(wire.text(message))
        for _ in range(self._most_asks):
            said = self._next()
            match said:
                case {"say": "ask", "object": int(number), "method": str(method), "args": list(a)}:
                    self._send(wire.text(self._asked(number, method, a)))
                case {"say": "error", "kind": str(kind), "text": str(text)}:
                    line = said.get("line")
                    raise Failed(kind, text, line if isinstance(line, int) else None)
                case {"say": "result" | "results" | "handle"}:
                    return said
                case _:
                    raise Stopped("protocol", "expected a result, found another kind of message")
        raise Stopped("asks", f"the program asked {self._most_asks:,} questions in one call")

    def _next(self) -> dict[str, Any]:
        line = self._receive()
        if len(line) > wire.LONGEST:
            raise Stopped("protocol", f"expected at most {wire.LONGEST:,} characters, found more")
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            raise Stopped("protocol", "expected a line of JSON, found something else") from None
        if not isinstance(said, dict):
            raise Stopped("protocol", "expected a message, found another kind of JSON")
        return said

    def _encode(self, value: Any) -> Any:
        return wire.encode(value, self._keep)

    def _keep(self, value: Any) -> int:
        self._kept.append(value)
        return len(self._kept) - 1

    def _asked(self, number: int, method: str, arguments: list[Any]) -> dict[str, Any]:
        """Call one of our objects for the program, if it may."""
        try:
            target = self._kept[number] if 0 <= number < len(self._kept) else None
            kind = wire.live_kind(target)
            if kind is None or method not in wire.LIVE[kind]:
                return {"do": "refuse", "what": f"there is no {method[:40]} to be called"}
            given = [wire.decode(one, _no_objects) for one in arguments]
            return {"do": "answer", "value": self._encode(getattr(target, method)(*given))}
        except _BAD_ARGUMENTS as error:
            return {"do": "refuse", "what": str(error)[:500]}

    def _known(self, number: int, name: str, values: list[Any] | None) -> Any:
        """A live object in a field of a carried record: one of those that the call was given."""
        target = self._kept[number] if 0 <= number < len(self._kept) else None
        if values is None and wire.live_kind(target) == name:
            return target
        raise BadInput(f"expected a value or an object that was given, found object {number}")

    def _value(self, said: dict[str, Any], function: str) -> Any:
        """The result, once what the program changed has come home."""
        try:
            changed = said.get("carried", {})
            for key, values in changed.items():
                target = self._kept[int(key)]
                if not wire.is_carried(target):
                    raise Stopped("protocol", "expected changes of what was handed over to change")
                found = [wire.decode(one, self._known) for one in values]
                cls: type = type(target)
                fitting.checked(cls, found)
                for field, value in zip(fitting.field_names(cls), found, strict=True):
                    setattr(target, field, value)
            return wire.decode(said.get("value"), _no_objects)
        except BadInput as error:
            raise Wrong(function, Said("one of the values"), misfit(error)) from None
        except (AttributeError, IndexError, TypeError, ValueError):
            raise Stopped("protocol", "expected a result, found a damaged one") from None


def _no_objects(number: int, name: str, values: list[Any] | None) -> Any:
    raise BadInput(f"expected a value, found a reference to object {number}")
