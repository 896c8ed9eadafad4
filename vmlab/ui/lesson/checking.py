"""Checking an exercise: public seeds, and a verdict in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from vmlab.course.exercise import Exercise, Verdict, check
from vmlab.course.student import InProcess
from vmlab.ui.i18n import t

SEEDS: Final = (1, 2, 3)
"""Everybody's: a browser keeps no secrets. A teacher's `vmlab grade` has others."""


def check_space(
    exercise: Exercise, space: Mapping[str, Any], seeds: Sequence[int] = SEEDS
) -> Verdict:
    """Check what `space` defines with one seed after the other; the first that fails decides."""
    verdict = None
    for seed in seeds:
        verdict = check(exercise, InProcess(space, exercise.names), seed)
        if not verdict.passed:
            break
    assert verdict is not None, "no seeds"
    return verdict


def lines(verdict: Verdict, language: str) -> Iterator[str]:
    """A verdict as plain text."""
    exercise = verdict.exercise
    failure = verdict.first_failure
    for finding in verdict.findings:
        mark = "+" if finding.passed else "-"
        yield f"{mark} {exercise.property_of(finding).says[language]}"
    if failure is None:
        yield t("All checks passed.")
        return
    hint = exercise.hints.get(failure.hint)
    if hint is not None:
        yield t("Hint ({concept}): {sentence}", concept=hint.concept,
                sentence=exercise.sentence(failure, language))  # fmt: skip
    if failure.expected or failure.found:
        yield t("Expected {expected}, found {found}.", expected=failure.expected or "-",
                found=failure.found or "-")  # fmt: skip
    if failure.where:
        yield t("Where: {where}", where=failure.where)
    yield t("Seed {seed}", seed=verdict.seed)
