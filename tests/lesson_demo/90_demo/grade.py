"""Traps of two kinds, each answered once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from vmlab.course.exercise import Counter, Finding
from vmlab.course.student import Student
from vmlab.lab import Cause, Trap

ROUNDS: Final = 20
LAST: Final = (1 << 64) - 4


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """Each property once all of it has been looked at."""
    chance = random.Random(seed)
    calls = 0

    def ask(cause: Cause, epc: int) -> int:
        nonlocal calls
        calls += 1
        answer: int = student.call("resume", Trap(cause, epc, 0), returns=int)
        return answer

    def told(name: str, hint: str, cause: Cause, behind: int) -> Finding:
        for _ in range(ROUNDS):
            epc = chance.randrange(1 << 20) * 4
            found = ask(cause, epc)
            if found != epc + behind:
                values = {"epc": f"va {epc:#x}"}
                return Finding(name, False, hint, values, f"{epc + behind:#x}", f"{found:#x}")
        return Finding(name, True)

    yield told("call", "again", Cause.ECALL_FROM_U, 4)
    yield told("fault", "skipped", Cause.STORE_PAGE_FAULT, 0)
    found = ask(Cause.ECALL_FROM_S, LAST)
    if found >> 64:
        yield Finding("range", False, "wide", {}, "0x0", f"{found:#x}", "the last instruction")
    else:
        yield Finding("range", True)
    yield Finding("calls", True, counters=(Counter("calls", calls, 2 * ROUNDS + 1),))
