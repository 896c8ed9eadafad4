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

import json
from collections.abc import Callable, Collection
from enum import Enum, Flag
from typing import Any, Final, TypeVar

from vmlab.core.errors import BadInput
from vmlab.lab.fitting import Proxy, checked, field_names, made

_C = TypeVar("_C", bound=type)
Keep = Callable[[Any], int]
Find = Callable[[int, str, list[Any] | None], Any]

SYMBOLS: Final[dict[str, type[Enum]]] = {}
RECORDS: Final[dict[str, type]] = {}
CARRIED: Final[dict[str, type]] = {}
LIVE: Final[dict[str, frozenset[str]]] = {}
"""For each kind of live object, the methods that may be called from outside."""
_LIVE_CLASSES: Final[dict[str, type]] = {}
"""A class of that name elsewhere is another thing."""
_ENCODERS: Final[dict[type, Callable[[Any, Keep], Any]]] = {}
"""Of the types that were written before. What is declared later may change them."""

PLAIN: Final = frozenset((int, str, bool, type(None)))
"""Types that JSON has."""
_NUMBERS: Final = {int}
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
    _ENCODERS.clear()
    return cls


def record(cls: _C) -> _C:
    """Decorator: this frozen dataclass may cross."""
    RECORDS[cls.__name__] = cls
    _ENCODERS.clear()
    return cls


def carried(cls: _C) -> _C:
    """Decorator: this dataclass crosses, and what the callee changed in it comes back."""
    CARRIED[cls.__name__] = cls
    _ENCODERS.clear()
    return cls


def live(*methods: str) -> Callable[[_C], _C]:
    """Decorator: objects of this class stay where they are; the methods named may be called."""

    def declare(cls: _C) -> _C:
        LIVE[cls.__name__] = frozenset(methods)
        _LIVE_CLASSES[cls.__name__] = cls
        _ENCODERS.clear()
        return cls

    return declare


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


def encode(value: Any, keep: Keep) -> Any:
    """A value as JSON. `keep` gives a number to a carried or live object. Raises `BadInput`."""
    kind = type(value)
    if kind in PLAIN:  # most of them; members of an IntEnum are of another type
        return value
    return (_ENCODERS.get(kind) or _encoder(kind))(value, keep)


def encode_fields(value: Any, keep: Keep) -> list[Any]:
    """The fields of a record, in order, as JSON."""
    cls: type = type(value)
    return [encode(getattr(value, name), keep) for name in field_names(cls)]


def _encoder(kind: type) -> Callable[[Any, Keep], Any]:
    """How values of a type are written: found out once."""
    name = kind.__name__
    if issubclass(kind, Flag):
        encoder = _written_as("f", lambda value, keep: [name, value.value])
    elif issubclass(kind, Enum):
        encoder = _written_as("e", lambda value, keep: [name, value.name])
    elif issubclass(kind, str):
        encoder = _itself
    elif issubclass(kind, int):
        encoder = _number
    elif issubclass(kind, bytes | bytearray):
        encoder = _written_as("b", lambda value, keep: bytes(value).hex())
    elif issubclass(kind, tuple):
        encoder = _written_as("t", _members)
    elif issubclass(kind, list):
        encoder = _members
    elif issubclass(kind, dict):
        encoder = _written_as("d", _pairs)
    elif RECORDS.get(name) is kind:
        encoder = _written_as("r", lambda value, keep: [name, encode_fields(value, keep)])
    elif CARRIED.get(name) is kind:
        encoder = _written_as(
            "c", lambda value, keep: [keep(value), name, encode_fields(value, keep)]
        )
    elif issubclass(kind, Proxy) or any(
        _LIVE_CLASSES.get(one.__name__) is one for one in kind.__mro__
    ):
        encoder = _written_as("l", lambda value, keep: [keep(value), live_kind(value)])
    else:
        raise BadInput(f"expected a number, text, or one of the exercise's records, found {name}")
    _ENCODERS[kind] = encoder
    return encoder


def _written_as(tag: str, body: Callable[[Any, Keep], Any]) -> Callable[[Any, Keep], Any]:
    return lambda value, keep: {tag: body(value, keep)}


def _itself(value: Any, keep: Keep) -> Any:
    return value


def _number(value: Any, keep: Keep) -> int:
    return int(value)


def _members(values: Collection[Any], keep: Keep) -> list[Any]:
    if PLAIN.issuperset(map(type, values)):
        return list(values)
    return [encode(one, keep) for one in values]


def _pairs(values: dict[Any, Any], keep: Keep) -> list[list[Any]]:
    if PLAIN.issuperset(map(type, values)) and PLAIN.issuperset(map(type, values.values())):
        return list(map(list, values.items()))
    return [[encode(key, keep), encode(one, keep)] for key, one in values.items()]


# From JSON ----------------------------------------------------------------------------------------


def decode(found: Any, find: Find, deep: int = 0) -> Any:
    """The value that JSON stands for. `find(number, class name, fields)` gives the object for a
    carried or live one. Raises `BadInput` for anything that no honest side sends."""
    if deep > DEEPEST:
        raise BadInput(f"expected values at most {DEEPEST} deep, found deeper ones")
    kind = type(found)
    if kind in PLAIN:
        if kind is int and not -WIDEST < found < WIDEST:
            raise _too_wide()
        return found
    if kind is list:
        return _each(found, find, deep + 1)
    if kind is dict and len(found) == 1:
        ((tag, body),) = found.items()
        try:
            if tag in _READERS:
                return _READERS[tag](body, find, deep + 1)
        except (KeyError, ValueError, TypeError) as error:
            raise BadInput(f"expected an encoded value, found {tag!r} with {error}") from None
        raise _no_value(tag)
    raise BadInput(f"expected an encoded value, found {kind.__name__}")


def _no_value(tag: str) -> BadInput:
    return BadInput(f"expected an encoded value, found one of kind {tag[:20]!r}")


def _too_wide() -> BadInput:
    return BadInput("expected numbers of at most 80 bits, found a larger one")


def _each(found: list[Any], find: Find, deep: int) -> list[Any]:
    """Values of a list. Plain ones, which most lists are of, are not looked at one by one."""
    if deep <= DEEPEST and _are_plain(found):
        return list(found)
    return [decode(one, find, deep) for one in found]


def _are_plain(found: Collection[Any]) -> bool:
    """Whether all are what JSON has, and no number is too wide (which raises `BadInput`)."""
    kinds = set(map(type, found))
    if kinds == _NUMBERS:
        if max(found) >= WIDEST or min(found) <= -WIDEST:
            raise _too_wide()
        return True
    if not kinds <= PLAIN:
        return False
    return int not in kinds or _are_plain([one for one in found if type(one) is int])


def _tuple(body: Any, find: Find, deep: int) -> tuple[Any, ...]:
    if type(body) is not list:
        raise _no_value("t")
    return tuple(_each(body, find, deep))


def _dict(body: Any, find: Find, deep: int) -> dict[Any, Any]:
    if type(body) is not list:
        raise _no_value("d")
    if deep <= DEEPEST:
        try:
            pairs = dict[Any, Any](body)
        except (TypeError, ValueError):
            pass  # a key that is no plain value, or no pair at all
        else:
            if _are_plain(pairs) and _are_plain(pairs.values()):
                return pairs
    return {decode(key, find, deep): decode(one, find, deep) for key, one in body}


def _bytes(body: Any, find: Find, deep: int) -> bytes:
    if type(body) is not str:
        raise _no_value("b")
    return bytes.fromhex(body)


def _member(body: Any, find: Find, deep: int) -> Any:
    match body:
        case [str(name), str(member)]:
            return SYMBOLS[name][member]
    raise _no_value("e")


def _flags(body: Any, find: Find, deep: int) -> Any:
    match body:
        case [str(name), int(number)]:
            return SYMBOLS[name](number)
    raise _no_value("f")


def _record(body: Any, find: Find, deep: int) -> Any:
    match body:
        case [str(name), list(values)]:
            return made(RECORDS[name], _each(values, find, deep))
    raise _no_value("r")


def _carried(body: Any, find: Find, deep: int) -> Any:
    match body:
        case [int(number), str(name), list(values)]:
            return find(number, name, checked(CARRIED[name], _each(values, find, deep)))
    raise _no_value("c")


def _live(body: Any, find: Find, deep: int) -> Any:
    match body:
        case [int(number), str(name)] if name in LIVE:
            return find(number, name, None)
    raise _no_value("l")


_READERS: Final[dict[str, Callable[[Any, Find, int], Any]]] = {
    "t": _tuple, "d": _dict, "b": _bytes, "e": _member, "f": _flags, "r": _record,
    "c": _carried, "l": _live,
}  # fmt: skip
