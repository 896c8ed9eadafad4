"""What `lab.wire` and `lab.fitting` do, value by value and with no thought of speed."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection
from enum import Enum, Flag
from typing import Any

from vmlab.core.errors import BadInput
from vmlab.lab import wire
from vmlab.lab.fitting import Proxy, field_names

Find = Callable[[int, str, list[Any] | None], Any]


def encode(value: Any, keep: Callable[[Any], int]) -> Any:
    """A value as JSON."""
    name = type(value).__name__
    if isinstance(value, Flag):
        return {"f": [name, value.value]}
    if isinstance(value, Enum):
        return {"e": [name, value.name]}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes | bytearray):
        return {"b": bytes(value).hex()}
    if isinstance(value, tuple):
        return {"t": [encode(one, keep) for one in value]}
    if isinstance(value, list):
        return [encode(one, keep) for one in value]
    if isinstance(value, dict):
        return {"d": [[encode(key, keep), encode(one, keep)] for key, one in value.items()]}
    if wire.RECORDS.get(name) is type(value):
        return {
            "r": [name, [encode(getattr(value, one), keep) for one in field_names(type(value))]]
        }
    kind = wire.live_kind(value)
    if kind is not None:
        return {"l": [keep(value), kind]}
    raise BadInput(f"expected a number, text, or one of the exercise's records, found {name}")


def decode(found: Any, find: Find, deep: int = 0) -> Any:
    """The value that JSON stands for."""
    if deep > wire.DEEPEST:
        raise BadInput("too deep")
    if found is None or isinstance(found, bool | str):
        return found
    if isinstance(found, int):
        if abs(found) >= wire.WIDEST:
            raise BadInput("too wide")
        return found
    if isinstance(found, list):
        return [decode(one, find, deep + 1) for one in found]
    if isinstance(found, dict) and len(found) == 1:
        try:
            return tagged(*next(iter(found.items())), find, deep + 1)
        except (KeyError, ValueError, TypeError) as error:
            raise BadInput(str(error)) from None
    raise BadInput("no value")


def tagged(tag: str, body: Any, find: Find, deep: int) -> Any:
    match tag, body:
        case "t", list():
            return tuple(decode(one, find, deep) for one in body)
        case "d", list():
            return {decode(k, find, deep): decode(one, find, deep) for k, one in body}
        case "b", str():
            return bytes.fromhex(body)
        case "e", [str(name), str(member)]:
            return wire.SYMBOLS[name][member]
        case "f", [str(name), int(number)]:
            return wire.SYMBOLS[name](number)
        case "r", [str(name), list(values)]:
            cls = wire.RECORDS[name]
            return cls(*checked(cls, [decode(one, find, deep) for one in values]))
        case "c", [int(number), str(name), list(values)]:
            cls = wire.CARRIED[name]
            return find(number, name, checked(cls, [decode(one, find, deep) for one in values]))
        case "l", [int(number), str(name)] if name in wire.LIVE:
            return find(number, name, None)
    raise BadInput("no kind")


def checked(cls: type, values: list[Any]) -> list[Any]:
    hints, names = typing.get_type_hints(cls), field_names(cls)
    if len(values) != len(names) or not all(
        fits(value, hints[name]) for name, value in zip(names, values, strict=True)
    ):
        raise BadInput("a record of another shape")
    return values


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a declared type."""
    if type(value) is hint or hint is Any:
        return True
    if isinstance(hint, typing.NewType):
        return fits(value, hint.__supertype__)
    if hint is None or hint is type(None):
        return value is None
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return any(fits(value, one) for one in inner)
    if origin is not None:
        return holds(value, origin, inner)
    if hint is int or (isinstance(hint, type) and issubclass(hint, Enum) and issubclass(hint, int)):
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, Proxy):
        return isinstance(hint, type) and hint.__name__ == value._kind
    return isinstance(value, hint)


def holds(value: Any, origin: Any, inner: tuple[Any, ...]) -> bool:
    if not isinstance(value, origin) or isinstance(value, str):
        return False
    if issubclass(origin, tuple):
        if len(inner) == 2 and inner[1] is Ellipsis:
            return all(fits(one, inner[0]) for one in value)
        return len(value) == len(inner) and all(map(fits, value, inner))
    if issubclass(origin, dict):
        return all(fits(k, inner[0]) and fits(one, inner[1]) for k, one in value.items())
    if issubclass(origin, Collection) and inner:
        return all(fits(one, inner[0]) for one in value)
    return True
