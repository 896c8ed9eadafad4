"""Checks `writable` on tables of random entries."""

from __future__ import annotations

import random
from collections.abc import Iterator

from vmlab.course.exercise import Counter, Finding
from vmlab.course.facts import Said
from vmlab.course.student import Student
from vmlab.lab import Flags, Pte, R, V, W

LISTED, NOT = Said("listed"), Said("not")
TABLES = 8
ENTRIES = 16


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """The last entry of each table allows a store, so that an index too many is seen."""
    rng = random.Random(seed)
    listed = needed = 0
    for number in range(TABLES):
        ptes = [Pte(rng.getrandbits(44), Flags(rng.getrandbits(8))) for _ in range(ENTRIES - 1)]
        ptes.append(Pte(rng.getrandbits(44), V | R | W))
        right = {at for at, pte in enumerate(ptes) if V in pte.flags and W in pte.flags}
        found = student.call("writable", ptes, returns=list[int])
        where = Said("table", {"number": str(number)})
        for at in found:
            if not 0 <= at < len(ptes):
                yield Finding("known", False, "range", {"index": str(at)}, where=where)
        for at in sorted(right - set(found)):
            yield Finding("all", False, "missed", {"index": str(at)}, LISTED, NOT, where)
        for at in sorted(set(range(len(ptes))) & set(found) - right):
            yield Finding("few", False, "invalid", {"index": str(at)}, NOT, LISTED, where)
        listed += len(found)
        needed += len(right)
    yield Finding("known", True)
    yield Finding("all", True)
    yield Finding("few", True, counters=(Counter("listed", listed, needed),))
