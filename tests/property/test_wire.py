"""What crosses between a grader and a program is what it would be, looked at value by value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.property import slow_wire
from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.lab import VA, Access, Fault, Flags, Guest, Pte, Trap, fitting, wire
from vmlab.lab.classifying import State
from vmlab.lab.emulating import Resume, Vcpu
from vmlab.lab.fitting import Proxy

numbers = st.integers(-(1 << 82), 1 << 82) | st.integers(0, 9)
plain = st.none() | st.booleans() | numbers | st.text(max_size=3)
records = st.builds(Pte, st.integers(0, 99), st.sampled_from([Flags(3), Flags(0)]))
leaves = plain | st.binary(max_size=3) | st.sampled_from([*Access, *Mode, Flags(5)]) | records


def inside(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    few: st.SearchStrategy[Any] = st.lists(one, max_size=4)
    return few | few.map(tuple) | st.dictionaries(plain, one, max_size=3)


values = st.recursive(leaves, inside, max_leaves=12)


def shapes(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON that looks like messages, whole ones and damaged ones."""
    few = st.lists(one, max_size=4)
    tags = st.sampled_from(["t", "d", "b", "e", "f", "r", "c", "l", "?"])
    names = st.sampled_from(["Pte", "Trap", "Vcpu", "State", "Access", "Flags", "Guest", "None"])
    named = st.tuples(names, few).map(list) | st.tuples(numbers, names, few).map(list)
    pairs = st.lists(st.tuples(one, one).map(list), max_size=3)
    return few | st.dictionaries(tags, few | named | pairs | one, min_size=1, max_size=1)


messages = st.recursive(plain | st.floats(allow_nan=False), shapes, max_leaves=12)


def keep(value: Any) -> int:
    return 7


def find(number: int, name: str, fields: list[Any] | None) -> Any:
    return "found", number, name, fields


def outcome(work: Any, *args: Any) -> Any:
    """What it gives, types included, or that it refuses."""
    try:
        found = work(*args)
    except BadInput:
        return "refused"
    return repr(found)


@given(values)
@example((True, 1))
@example({1: "a", "b": (2,)})
@example([Mode.S, 1])
def test_a_value_is_written_as_ever_and_comes_back(value: Any) -> None:
    said = wire.encode(value, keep)
    assert repr(said) == repr(slow_wire.encode(value, keep))
    line = json.loads(wire.text(said))
    assert outcome(wire.decode, line, find) == outcome(slow_wire.decode, line, find)


@given(messages)
@example([1, 1 << 80])
@example([True, -(1 << 80)])
@example({"d": [[{"t": [1]}, 2], [[1], 3]]})
@example({"d": ["ab", [1, 1 << 90]]})
@example({"d": [[1, 2, 3]]})
@example({"r": ["Pte", [1, {"f": ["Flags", 3]}]]})
@example({"r": ["Pte", [1, True]]})
def test_what_a_stranger_sends_is_taken_or_refused_as_ever(message: Any) -> None:
    assert outcome(wire.decode, message, find) == outcome(slow_wire.decode, message, find)


@pytest.mark.parametrize("deep", range(wire.DEEPEST - 2, wire.DEEPEST + 3))
@pytest.mark.parametrize("tag", ["", "t", "d"])
@pytest.mark.parametrize("inmost", [[], [1], [[1, 2]]])
def test_how_deep_a_value_may_be(deep: int, tag: str, inmost: list[Any]) -> None:
    message: Any = {tag: inmost} if tag else inmost
    for _ in range(deep):
        message = [message]
    assert outcome(wire.decode, message, find) == outcome(slow_wire.decode, message, find)


HINTS = [
    int, str, bool, bytes, Any, None, Mode, Flags, Access, VA, Pte, Guest, Enum, list, dict,
    int | None, Pte | Fault, list[int], tuple[int, ...], tuple[int, str], tuple[()], list[Any],
    dict[str, int], dict[int, tuple[int, ...]], frozenset[int], Sequence[int], list[VA],
    tuple[Mode, ...], list[int | None],
]  # fmt: skip


@given(
    st.sampled_from(HINTS), values | st.builds(Proxy, st.just(1), st.sampled_from(["Guest", "Pte"]))
)
@example(list[int], [1, Mode.S])
@example(list[int], [1, True])
@example(tuple[int, str], (1,))
@example(tuple[int, str], ())
@example(dict[str, int], {"a": 1, 2: 3})
def test_a_type_fits_as_ever(hint: Any, value: Any) -> None:
    assert fitting.fits(value, hint) is slow_wire.fits(value, hint)


@pytest.mark.parametrize("cls", [Pte, Trap, Fault, State, Vcpu, Resume])
def test_a_field_of_another_type_is_named(cls: type) -> None:
    count = len(fitting.field_names(cls))
    with pytest.raises(BadInput, match=f"expected {count} fields of {cls.__name__}, found"):
        fitting.checked(cls, [object()] * (count + 1))
    if count:
        with pytest.raises(
            BadInput, match=f"expected {cls.__name__}.{fitting.field_names(cls)[0]}"
        ):
            fitting.checked(cls, [object()] * count)


def test_a_class_of_the_same_name_is_another_thing() -> None:
    known = wire.encode(Pte(1, Flags(0)), keep)
    other = type("Pte", (), {})
    for _ in range(2):
        with pytest.raises(BadInput, match="found Pte"):
            wire.encode(other(), keep)
    assert wire.encode(Pte(1, Flags(0)), keep) == known
