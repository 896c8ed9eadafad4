"""Checks the made-up exercise: every way in which a grader can speak with a program."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.sandbox.pump import Tank, Valve
from vmlab.course.exercise import Counter, Finding
from vmlab.course.student import Student
from vmlab.lab import Cause, Fault, Flags, Pte


def grade(student: Student, seed: int) -> Iterator[Finding]:
    chance = random.Random(seed)
    levels = [chance.randrange(100) for _ in range(20)]
    tank = Tank(levels)
    found = student.call("fullest", tank, len(levels), returns=int)
    yield _finding("reads", found, max(levels))
    yield _finding("reads", student.call("flags_of", Pte(3, Flags.V), returns=Pte | Fault),
                   Pte(3, Flags.V))  # fmt: skip
    yield _finding("reads", student.call("flags_of", Pte(3, Flags.R), returns=Pte | Fault),
                   Fault(Cause.LOAD_PAGE_FAULT, 0x3000))  # fmt: skip
    valve, turns = Valve(False, 0), 0
    for level in levels:
        turns += (level > 50) != valve.opened
        told = student.call("turn", valve, level, returns=int)
        yield _finding("turns", (told, valve), (turns, Valve(level > 50, turns)))
    log = student.new("Log", 2)
    added = [student.on(log, "add", level, returns=bool) for level in levels[:3]]
    yield _finding("turns", added, [False, True, True])
    counters = (Counter("asks", tank.asked, len(levels)),)
    yield Finding("asks", tank.asked == len(levels), "other", counters=counters)


def _finding(name: str, found: object, expected: object) -> Finding:
    return Finding(name, found == expected, "other", expected=str(expected), found=str(found))
