"""One property of an exercise as an assertion: for graders that know cells of code and no more.

nbgrader and Otter run a student's notebook in their own container or process and count the cells
that do not raise. A cell of an export says

    claim("shadow_fill", "none_stale", globals())

The checks behind it are those of everywhere else. They run once a program, however many cells ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vmlab.core.errors import BadInput
from vmlab.course.exercise import ENDINGS, Finding, Law, Verdict, check
from vmlab.course.facts import fill
from vmlab.course.lesson import find_lesson
from vmlab.course.student import InProcess

PUBLIC_SEED: Final = 1
"""The seed of a grader that was given none: everybody can know it."""

EXPECTED: Final = {
    "en": " Expected {expected}, found {found}.",
    "zh": "应为 {expected}，实为 {found}。",
}
NOTHING: Final = {"en": "nothing", "zh": "无"}

_kept: dict[tuple[str, int, tuple[int, ...]], Verdict] = {}


def claim(
    exercise: str,
    property: str,
    space: Mapping[str, Any],
    seed: int = PUBLIC_SEED,
    language: str = "en",
) -> None:
    """Raises `AssertionError` with the hint's sentence if the property does not hold of the program
    whose names are in `space`. Raises `BadInput` for an exercise or property that is none."""
    verdict = judged(exercise, space, seed)
    for finding in verdict.findings:
        if finding.property == property:
            if not finding.passed:
                raise AssertionError(told(verdict, finding, language))
            return
    known = ", ".join(one.property for one in verdict.findings)
    raise BadInput(f"expected a property of {exercise} ({known}), found {property!r}")


def judged(exercise: str, space: Mapping[str, Any], seed: int = PUBLIC_SEED) -> Verdict:
    """The verdict on the program whose names are in `space`, remembered for as long as these names
    stand for the same things."""
    found = find_lesson(exercise).exercise
    if found is None:
        raise BadInput(f"expected an exercise, found the lesson {exercise!r}, which has none")
    key = (found.slug, seed, tuple(id(space.get(name)) for name in found.names))
    if key not in _kept:
        _kept[key] = check(found, InProcess(space, found.names), seed)
    return _kept[key]


def told(verdict: Verdict, finding: Finding, language: str = "en") -> str:
    """A finding that failed as one paragraph: what to think about, what was expected and found."""
    said = verdict.exercise.sentence(finding, language)
    if (finding.expected or finding.found) and finding.hint not in ENDINGS:
        tell = verdict.exercise.tell
        values = {"expected": tell(finding.expected, language) or NOTHING[language],
                  "found": tell(finding.found, language) or NOTHING[language]}  # fmt: skip
        said += fill(EXPECTED[language], values)
    return f"{said} [seed {verdict.seed}]"


def points(verdict_of: Mapping[str, Law]) -> dict[str, float]:
    """How many of 100 points each property is worth: a law's weight, shared by its properties."""
    present = set(verdict_of.values())
    whole = sum(law.value for law in present)
    return {
        name: round(
            100 * law.value / whole / sum(one is law for one in verdict_of.values()), 2
        )
        for name, law in verdict_of.items()
    }  # fmt: skip
