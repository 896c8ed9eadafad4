"""Values on their way between a grader and a student's program, as JSON.

A program may run in another process (`course.sandbox`). What crosses is: numbers, text, bytes,
tuples, lists, dictionaries; members of enums (`symbol`); frozen records (`record`); records that
the callee may change, and whose new fields come home (`carried`); and objects that stay where they
are and are asked (`live`), alone or in a field of a carried record. Nothing else: what a stranger
sends is checked against the names below and against the types that a record declares.

    42            "text"  true  null  [1, 2]          themselves, lists
    {"t": [..]}   {"d": [[key, value], ..]}  {"b": "00ff"}     tuple, dict, bytes
    {"e": ["Access", "LOAD"]}  {"f": ["Flags", 3]}             enum, flags
    {"r": ["Pte", [..]]}                                       a record's fields in order
    {"c": [number, "Vcpu", [..]]}   {"l": [number, "Guest"]}   carried, live
"""

from __future__ import annotations

import functools
import json
import types
import typing
from collections.abc import Callable, Collection
from dataclasses import fields
from enum import Enum, Flag
from typing import Any, Final, TypeVar

from vmlab.core.errors import BadInput

_C = TypeVar("_C", bound=type)

SYMBOLS: Final[dict[str, type[Enum]]] = {}
RECORDS: Final[dict[str, type]] = {}
CARRIED: Final[dict[str, type]] = {}
LIVE: Final[dict[str, frozenset[str]]] = {}
"""For each kind of live object, the methods that may be called from outside."""
_LIVE_CLASSES: Final[dict[str, type]] = {}
"""A class of that name elsewhere is another thing."""

PLAIN: Final = frozenset((int, str, bool, type(None)))
"""Types that JSON has."""
DEEPEST: Final = 24
"""Values are flatter than this."""
LONGEST: Final = 4 << 20
"""Characters of a message."""
WIDEST: Final = 1 << 80
"""No number of an exercise is as large: a program that sends one has lost its way."""

text: Final = json.JSONEncoder(separators=(",", ":")).encode
"""A message as a line."""


def symbol(cls: _C) -> _C:
    """Decorator: members of this enum may cross."""
    SYMBOLS[cls.__name__] = cls
    return cls


def record(cls: _C) -> _C:
    """Decorator: this frozen dataclass may cross."""
    RECORDS[cls.__name__] = cls
    return cls


def carried(cls: _C) -> _C:
    """Decorator: this dataclass crosses, and what the callee changed in it comes back."""
    CARRIED[cls.__name__] = cls
    return cls


def live(*methods: str) -> Callable[[_C], _C]:
    """Decorator: objects of this class stay where they are; the methods named may be called."""

    def declare(cls: _C) -> _C:
        LIVE[cls.__name__] = frozenset(methods)
        _LIVE_CLASSES[cls.__name__] = cls
        return cls

    return declare


class Misfit(BadInput):
    """A field of a record is of another type than it declares."""

    def __init__(self, said: str, field: str, hint: Any, found: str) -> None:
        super().__init__(said)
        self.field, self.hint, self.found = field, hint, found


class Proxy:
    """Stands for a live object that stayed at the other side."""

    __slots__ = ("_kind", "_number")

    def __init__(self, number: int, kind: str) -> None:
        self._number, self._kind = number, kind


def proxied(value: object) -> tuple[int, str] | None:
    """The number and the kind of what a proxy stands for; None for anything else."""
    return (value._number, value._kind) if isinstance(value, Proxy) else None


def is_carried(value: object) -> bool:
    """Whether a value is handed over to be changed."""
    return CARRIED.get(type(value).__name__) is type(value)


def live_kind(value: object) -> str | None:
    """The name of the live class that a value is of, or stands for; None for any other."""
    if isinstance(value, Proxy):
        return value._kind
    named = (cls for cls in type(value).__mro__ if _LIVE_CLASSES.get(cls.__name__) is cls)
    return next((cls.__name__ for cls in named), None)


def encode(value: Any, keep: Callable[[Any], int]) -> Any:
    """A value as JSON. `keep` gives a number to a carried or live object. Raises `BadInput`."""
    if type(value) in PLAIN:  # most of them; members of an IntEnum are of another type
        return value
    if isinstance(value, Flag):
        return {"f": [type(value).__name__, value.value]}
    if isinstance(value, Enum):
        return {"e": [type(value).__name__, value.name]}
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
    name = type(value).__name__
    if RECORDS.get(name) is type(value):
        return {"r": [name, encode_fields(value, keep)]}
    if is_carried(value):
        return {"c": [keep(value), name, encode_fields(value, keep)]}
    kind = live_kind(value)
    if kind is not None:
        return {"l": [keep(value), kind]}
    raise BadInput(f"expected a number, text, or one of the exercise's records, found {name}")


def encode_fields(value: Any, keep: Callable[[Any], int]) -> list[Any]:
    """The fields of a record, in order, as JSON."""
    cls: type = type(value)
    return [encode(getattr(value, name), keep) for name in field_names(cls)]


def decode(found: Any, find: Callable[[int, str, list[Any] | None], Any], deep: int = 0) -> Any:
    """The value that JSON stands for. `find(number, class name, fields)` gives the object for a
    carried or live one. Raises `BadInput` for anything that no honest side sends."""
    if deep > DEEPEST:
        raise BadInput(f"expected values at most {DEEPEST} deep, found deeper ones")
    if found is None or isinstance(found, bool | str):
        return found
    if isinstance(found, int):
        if abs(found) >= WIDEST:
            raise BadInput("expected numbers of at most 80 bits, found a larger one")
        return found
    if isinstance(found, list):
        return [decode(one, find, deep + 1) for one in found]
    if isinstance(found, dict) and len(found) == 1:
        return _tagged(*next(iter(found.items())), find, deep + 1)
    raise BadInput(f"expected an encoded value, found {type(found).__name__}")


def _tagged(
    tag: str, body: Any, find: Callable[[int, str, list[Any] | None], Any], deep: int
) -> Any:
    try:
        match tag, body:
            case "t", list():
                return tuple(decode(one, find, deep) for one in body)
            case "d", list():
                return {decode(k, find, deep): decode(one, find, deep) for k, one in body}
            case "b", str():
                return bytes.fromhex(body)
            case "e", [str(name), str(member)]:
                return SYMBOLS[name][member]
            case "f", [str(name), int(number)]:
                return SYMBOLS[name](number)
            case "r", [str(name), list(values)]:
                return made(RECORDS[name], [decode(one, find, deep) for one in values])
            case "c", [int(number), str(name), list(values)]:
                return find(number, name, checked(
                    CARRIED[name], [decode(one, find, deep) for one in values]))  # fmt: skip
            case "l", [int(number), str(name)] if name in LIVE:
                return find(number, name, None)
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput(f"expected an encoded value, found {tag!r} with {error}") from None
    raise BadInput(f"expected an encoded value, found one of kind {tag[:20]!r}")


def made(cls: type, values: list[Any]) -> Any:
    """A record of these fields, each of the type that it declares."""
    return cls(*checked(cls, values))


def checked(cls: type, values: list[Any]) -> list[Any]:
    """The fields of a record, if each is of the type that it declares. Raises `BadInput`."""
    declared = _declared(cls)
    if len(values) != len(declared):
        raise BadInput(f"expected {len(declared)} fields of {cls.__name__}, found {len(values)}")
    for (name, hint), value in zip(declared, values, strict=True):
        if not fits(value, hint):
            field, found = f"{cls.__name__}.{name}", type(value).__name__
            said = f"expected {field} of type {shown(hint)}, found {found}"
            raise Misfit(said, field, hint, found)
    return values


@functools.cache
def field_names(cls: type) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return tuple(one.name for one in fields(cls))


@functools.cache
def _declared(cls: type) -> tuple[tuple[str, Any], ...]:
    """The names and types of a record's fields: finding them takes longer than all the rest."""
    hints = typing.get_type_hints(cls)
    return tuple((name, hints[name]) for name in field_names(cls))


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a declared type. A plain number will do for an enum's."""
    if type(value) is hint or hint is Any:
        return True
    if isinstance(hint, typing.NewType):
        return fits(value, hint.__supertype__)
    if hint is None or hint is type(None):
        return value is None
    origin = typing.get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        return any(fits(value, one) for one in typing.get_args(hint))
    if origin is not None:
        return _holds(value, origin, typing.get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum) and issubclass(hint, int):
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, Proxy):
        return isinstance(hint, type) and hint.__name__ == value._kind
    return isinstance(value, hint)


def _holds(value: Any, origin: Any, inner: tuple[Any, ...]) -> bool:
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


def parts_of(hint: Any) -> tuple[Any, ...]:
    """The types that a union is of; none for any other type."""
    is_union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    return typing.get_args(hint) if is_union else ()


def shown(hint: Any) -> str:
    """A type as a reader of Python knows it."""
    if parts := parts_of(hint):
        return " or ".join(map(shown, parts))
    return getattr(hint, "__name__", str(hint)) if hint is not type(None) else "None"
