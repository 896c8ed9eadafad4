"""The laws can fail: each seeded bug of a monitor is caught, by the law that is about it."""

from __future__ import annotations

import pytest

from tests.laws.bugs import BUGS, Bug
from tests.laws.caught import MOST_PROGRAMS, programs_needed

NAMED = (
    "lost U bit",
    "stale shadow after an ASID is used again",
    "SPIE not copied",
    "wrong cause for ecall",
    "pc + 4 on a compressed instruction",
    "SUM ignored",
    "MXR ignored",
    "time leak",
    "reservation leak",
    "FS not merged",
    "superpage split wrongly",
    "D set too early",
    "timer injected while masked",
    "fence narrowed",
    "guest value in a real CSR",
    "tval trusted where it may be 0",
)
"""The classes that must be there."""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.name}")
def test_a_seeded_bug_is_caught(bug: Bug, capsys: pytest.CaptureFixture[str]) -> None:
    needed, witness = programs_needed(bug)
    with capsys.disabled():
        print(f"\n{bug.kind:<42} {bug.name:<22} {bug.law:<12} {needed or 'not caught':>3}", end="")
    assert needed is not None, f"{bug.name}: not caught by {MOST_PROGRAMS} programs"
    assert witness


def test_each_class_has_a_bug() -> None:
    assert {bug.kind for bug in BUGS} >= set(NAMED)


def test_each_law_has_a_bug_that_only_it_is_asked_about() -> None:
    assert {bug.law for bug in BUGS} == {"equivalence", "control", "efficiency"}
