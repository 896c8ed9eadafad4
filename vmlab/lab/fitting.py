"""Whether a value is of the type that an annotation declares.

A type becomes a test once, and then millions of values go through it. Tests of whole tuples, lists
and dictionaries look at the set of their members' types, and at each member only if that does not
decide.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Collection, Iterable
from dataclasses import fields
from enum import Enum
from typing import Any, Final

from vmlab.core.errors import BadInput

Test = Callable[[Any], bool]
ITSELF: Final = frozenset((int, str, bool, bytes, type(None)))
"""Types for which a value of just this type is enough, and looking no further."""


class Proxy:
    """Stands for a live object that stayed at the other side."""

    __slots__ = ("_kind", "_number")

    def __init__(self, number: int, kind: str) -> None:
        self._number, self._kind = number, kind


class Misfit(BadInput):
    """A field of a record is of another type than it declares."""

    def __init__(self, said: str, field: str, hint: Any, found: str) -> None:
        super().__init__(said)
        self.field, self.hint, self.found = field, hint, found


def made(cls: type, values: list[Any]) -> Any:
    """A record of these fields, each of the type that it declares."""
    return cls(*checked(cls, values))


def checked(cls: type, values: list[Any]) -> list[Any]:
    """The fields of a record, if each is of the type that it declares. Raises `BadInput`."""
    declared = _declared(cls)
    if len(values) != len(declared):
        raise BadInput(f"expected {len(declared)} fields of {cls.__name__}, found {len(values)}")
    for (name, hint, test), value in zip(declared, values, strict=True):
        if not test(value):
            field, found = f"{cls.__name__}.{name}", type(value).__name__
            said = f"expected {field} of type {shown(hint)}, found {found}"
            raise Misfit(said, field, hint, found)
    return values


@functools.cache
def field_names(cls: type) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return tuple(one.name for one in fields(cls))


@functools.cache
def _declared(cls: type) -> tuple[tuple[str, Any, Test], ...]:
    """The fields of a record: finding their types takes longer than all the rest."""
    hints = typing.get_type_hints(cls)
    return tuple((name, hints[name], test_of(hints[name])) for name in field_names(cls))


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a declared type. A plain number will do for an enum's."""
    return test_of(hint)(value)


@functools.cache
def test_of(hint: Any) -> Test:
    """The test for a declared type."""
    if hint is Any:
        return lambda value: True
    if isinstance(hint, typing.NewType):
        return test_of(hint.__supertype__)
    if hint is None or hint is type(None):
        return lambda value: value is None
    if parts := parts_of(hint):
        return _either(tuple(map(test_of, parts)))
    origin = typing.get_origin(hint)
    if origin is not None:
        return _container(origin, typing.get_args(hint))
    if isinstance(hint, type) and issubclass(hint, int) and (hint is int or issubclass(hint, Enum)):
        return _is_number
    return _instance(hint)


def _is_number(value: Any) -> bool:
    return type(value) is int or (isinstance(value, int) and not isinstance(value, bool))


def _instance(hint: Any) -> Test:
    def test(value: Any) -> bool:
        if isinstance(value, Proxy):
            return isinstance(hint, type) and hint.__name__ == value._kind
        return isinstance(value, hint)

    return test


def _either(tests: tuple[Test, ...]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _container(origin: type, inner: tuple[Any, ...]) -> Test:
    """A test for `tuple[int, ...]`, `dict[str, int]` and their like."""
    parts = _parts(origin, inner)
    if origin is not tuple or inner[1:] != (Ellipsis,):
        return lambda value: (
            isinstance(value, origin) and not isinstance(value, str) and parts(value)
        )
    # Most of what is looked at are tuples of numbers.
    plain = ITSELF & set(inner[:1])
    return lambda value: (
        (type(value) is tuple and plain.issuperset(map(type, value)))
        or (isinstance(value, tuple) and parts(value))
    )


def _parts(origin: type, inner: tuple[Any, ...]) -> Test:
    """A test for what is in a container."""
    if issubclass(origin, tuple) and not (len(inner) == 2 and inner[1] is Ellipsis):
        tests = tuple(map(test_of, inner))
        return lambda value: (
            len(value) == len(tests)
            and all(test(one) for test, one in zip(tests, value, strict=True))
        )
    if issubclass(origin, dict):
        keys, values = map(_each, inner)
        return lambda value: keys(value) and values(value.values())
    if issubclass(origin, Collection) and inner:
        return _each(inner[0])
    return lambda value: True


def _each(hint: Any) -> Callable[[Iterable[Any]], bool]:
    """A test for all of some values at once."""
    while isinstance(hint, typing.NewType):
        hint = hint.__supertype__
    test, plain = test_of(hint), ITSELF & {hint}
    return lambda values: plain.issuperset(map(type, values)) or all(map(test, values))


def parts_of(hint: Any) -> tuple[Any, ...]:
    """The types that a union is of; none for any other type."""
    is_union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    return typing.get_args(hint) if is_union else ()


def shown(hint: Any) -> str:
    """A type as a reader of Python knows it."""
    if parts := parts_of(hint):
        return " or ".join(map(shown, parts))
    return getattr(hint, "__name__", str(hint)) if hint is not type(None) else "None"
