"""Checks the exercise of a lesson of the tests."""

from __future__ import annotations

import random
from collections.abc import Iterator

from vmlab.course.exercise import Finding
from vmlab.course.student import Student

MASK = (1 << 64) - 1


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """Two properties, a few numbers each."""
    numbers = random.Random(seed)
    pairs = {
        "sums": (numbers.getrandbits(20), numbers.getrandbits(20)),
        "wraps": (MASK - numbers.getrandbits(8), numbers.getrandbits(10) + 300),
    }
    for name, (a, b) in pairs.items():
        found, expected = student.call("add", a, b, returns=int), (a + b) & MASK
        values = {"a": hex(a), "b": hex(b)}
        passed = found == expected
        hint = "" if passed else name
        yield Finding(name, passed, hint, {} if passed else values, hex(expected), hex(found))
