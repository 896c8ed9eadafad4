"""The tests' own tools: mutants differ from the program, and none of them runs for ever."""

from __future__ import annotations

import pytest

from tests.lessons.mutation import Meter, OutOfSteps, metered, mutants

PROGRAM = '''
"""Prose."""
LIMIT = 3

def count(values: list[int], odd: bool = False) -> int:
    """More prose."""
    total = 0
    for one in values:
        if one < LIMIT and not odd:
            continue
        match one:
            case 7:
                return -1
        total += 1
    return total
'''


def test_each_change_is_there_once_and_says_what_it_is() -> None:
    found = list(mutants(PROGRAM))
    assert len({one.source for one in found}) == len(found)
    names = {one.name for one in found}
    assert {
        ("module", "LIMIT = 3", "LIMIT = 4"),
        ("module", "LIMIT = 3", "LIMIT = 2"),
        ("module", "LIMIT = 3", "pass"),
        ("count", "total = 0", "pass"),
        ("count", "total += 1", "total -= 1"),
        ("count", "if one < LIMIT and (not odd):", "if one < LIMIT or not odd:"),
        ("count", "if one < LIMIT and (not odd):", "if one <= LIMIT and (not odd):"),
        ("count", "if one < LIMIT and (not odd):", "if one < LIMIT and odd:"),
        ("count", "continue", "break"),
        ("count", "case 7:", "case 8:"),
        ("count", "return total", "return None"),
        ("count", "return total", "return -1"),
    } <= names
    assert not [name for name in names if "rose" in name[1] + name[2]]


def test_a_mutant_is_told_by_its_line() -> None:
    lines = PROGRAM.splitlines()
    for one in mutants(PROGRAM):
        assert one.was.split()[0] in lines[one.line - 1], str(one)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n while True: pass",
        "def f(): return f()",
        "def f():\n import itertools\n return [x for x in itertools.count()]",
    ],
)
def test_a_program_that_loops_for_ever_is_ended(source: str) -> None:
    with pytest.raises(OutOfSteps):
        metered(source, Meter(500))["f"]()


def test_metering_changes_nothing_else() -> None:
    meter = Meter(1000)
    assert metered(PROGRAM, meter)["count"]([1, 5, 9]) == 2
    assert meter.steps == 4
