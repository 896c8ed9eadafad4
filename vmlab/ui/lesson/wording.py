"""What a check came to, in the words of the reader's language: for a page and as plain text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from vmlab.course.exercise import ENDINGS, Counter, Verdict
from vmlab.course.facts import Told
from vmlab.ui import i18n
from vmlab.ui.i18n import t
from vmlab.views.phrase import Phrase, heard
from vmlab.views.table import visible


class Standing(Enum):
    """How a property stands."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"

    @property
    def word(self) -> Phrase:
        return _WORDS[self]


_WORDS: Final[Mapping[Standing, Phrase]] = {
    Standing.OPEN: Phrase("not reached"),
    Standing.PASSED: Phrase("passed"),
    Standing.FAILED: Phrase("failed"),
}


def spoken() -> str:
    """Which of a lesson's languages is spoken: en or zh."""
    return i18n.language().partition("-")[0]


def standings(verdict: Verdict) -> tuple[Standing, ...]:
    """How each property stands, in the exercise's order. Of those that an error left open, the
    first stands for the error."""
    found, over = [], False
    for one in verdict.findings:
        if one.passed:
            found.append(Standing.PASSED)
        elif one.hint in ENDINGS:
            found.append(Standing.OPEN if over else Standing.FAILED)
            over = True
        else:
            found.append(Standing.FAILED)
    return tuple(found)


def hint_of(verdict: Verdict) -> dict[str, str] | None:
    """The hint of the first failure: concept, sentence, expected, found, where."""
    failure = verdict.first_failure
    if failure is None:
        return None
    hint = verdict.exercise.hints.get(failure.hint)
    said = {
        "expected": _plain(verdict, failure.expected),
        "found": _plain(verdict, failure.found),
        "where": _plain(verdict, failure.where),
    }
    if hint is None:
        named = verdict.exercise.property_of(failure)
        return {"concept": "", "sentence": named.says[spoken()], **said}
    values = {name: _plain(verdict, value) for name, value in failure.values.items()}
    filled = dataclasses.replace(failure, values=values)
    sentence = verdict.exercise.sentence(filled, spoken())
    if failure.hint in ENDINGS:
        said = {"expected": "", "found": "", "where": ""}  # the sentence has them
    return {"concept": i18n.term(hint.concept), "sentence": sentence, **said}


def _plain(verdict: Verdict, told: Told) -> str:
    """A fact of ours or a value of a student's program, harmless and in the reader's language."""
    return visible(verdict.exercise.tell(told, spoken(), _heard))


def _heard(text: str) -> str:
    return t(heard(text)) if text else ""


def line_of(verdict: Verdict) -> int | None:
    """The program's line that raised."""
    failure = verdict.first_failure
    line = str(failure.values.get("line", "")) if failure is not None else ""
    return int(line) if line.isdecimal() else None


def counters(verdict: Verdict) -> list[Counter]:
    """What was counted, each once, in the order of the properties, as the reader calls it."""
    found = {one.name: one for each in verdict.findings for one in each.counters}
    called = verdict.exercise.counted
    return [dataclasses.replace(one, name=called(one, spoken())) for one in found.values()]


def summary(verdict: Verdict) -> Phrase:
    """One sentence."""
    passed = sum(one.passed for one in verdict.findings)
    if verdict.passed:
        return Phrase("All checks passed.")
    return Phrase(
        "{n} of {all} checks passed with seed {seed}.",
        (("n", str(passed)), ("all", str(len(verdict.findings))), ("seed", str(verdict.seed))),
    )


def rows(verdict: Verdict) -> list[dict[str, Any]]:
    """The properties as a page draws and keeps them."""
    exercise = verdict.exercise
    return [
        {
            "property": finding.property,
            "law": exercise.property_of(finding).law.name.lower(),
            "says": exercise.property_of(finding).says[spoken()],
            "passed": finding.passed,
            "hint": finding.hint,
            "state": standing.value,
        }
        for finding, standing in zip(verdict.findings, standings(verdict), strict=True)
    ]


def _of_counter(one: Counter) -> str:
    if one.budget is None:
        return t("{name}: {found}", name=one.name, found=f"{one.found:,}")
    return t("{name}: {found}, of at most {budget}", name=one.name, found=f"{one.found:,}",
             budget=f"{one.budget:,}")  # fmt: skip


def lines(verdict: Verdict) -> Iterator[str]:
    """The verdict as plain text."""
    for row, standing in zip(rows(verdict), standings(verdict), strict=True):
        yield f"{t(standing.word)}: {row['says']}"
    yield t(summary(verdict))
    hint = hint_of(verdict)
    if hint is not None:
        yield hint["sentence"]
        if hint["concept"]:
            yield t("It is about: {concept}", concept=hint["concept"])
        if hint["expected"]:
            yield t("Expected: {expected}", expected=hint["expected"])
        if hint["found"]:
            yield t("Found: {found}", found=hint["found"])
        if hint["where"]:
            yield t("Where: {where}", where=hint["where"])
    yield from map(_of_counter, counters(verdict))


def short(verdict: Verdict) -> Iterator[str]:
    """What a notebook prints above the card that has the rest."""
    yield t(summary(verdict))
    hint = hint_of(verdict)
    if hint is not None:
        yield hint["sentence"]


def as_page(verdict: Verdict, ms: int) -> dict[str, Any]:
    """The verdict for the page (`vmlab:lesson` of its document)."""
    return {
        "seed": verdict.seed,
        "score": verdict.score,
        "passed": verdict.passed,
        "ms": ms,
        "rows": rows(verdict),
        "hint": hint_of(verdict),
        "counters": [
            {"name": one.name, "found": one.found, "budget": one.budget}
            for one in counters(verdict)
        ],
        "line": line_of(verdict),
        "said": t(summary(verdict)),
    }


def words() -> dict[str, Any]:
    """What `verdict.js` says around a verdict's own sentences."""
    return {
        "checks": t("Checks"),
        "states": {one.value: t(one.word) for one in Standing},
        "running": t("being checked"),
        "laws": {
            "equivalence": t("equivalence"),
            "control": t("resource control"),
            "efficiency": t("efficiency"),
        },
        "hint": t("Hint {k} of {n}"),
        "next": t("Next hint"),
        "about": t("It is about: {concept}"),
        "expected": t("Expected: {expected}"),
        "found": t("Found: {found}"),
        "where": t("Where: {where}"),
        "seed": t("Seed {seed}"),
        "counters": t("Counted"),
        "budget": t("of at most {budget}"),
        "over": t("too many"),
    }
