"""An exercise: what it asks for, what is checked, and what a check says.

The facts are in a lesson's `exercise.toml`, the checks in its `grade.py`, which defines

    def grade(student: Student, seed: int) -> Iterator[Finding]: ...

A grader looks at machine state, traces and counts of events, never at console text. It knows no
text either: a `Finding` names a property and a hint, and the sentences are data in two languages.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.core.fields import Fields
from vmlab.course import facts as facts_
from vmlab.course.facts import COMMON_FACTS, Told
from vmlab.course.files import read_text, read_toml
from vmlab.course.student import Failed, Stopped, Student, Wrong

LANGUAGES: Final = ("en", "zh")
ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
"""What exercises, questions and options are called: files of progress take no other names (`slug`
of their schema), so a lesson with one would lose its reader's work."""


class Law(Enum):
    """Which of the three laws a property is about; the value is its weight in a score."""

    EQUIVALENCE = 50
    CONTROL = 30
    EFFICIENCY = 20


CAP: Final = 50
"""The most that a program gets that fails a property of resource control."""
RAISED: Final = "raised"
"""The hint of a program that raised an exception: all exercises have it."""
TYPE: Final = "type"
"""The hint of a program whose answer is of no kind that was asked for."""
STOPPED: Final = "stopped"
"""The hint of a program that was stopped: an endless loop, too much memory."""
ENDINGS: Final = frozenset({RAISED, TYPE, STOPPED})
"""Hints of failures that end the checks: what comes after was not looked at. Their sentences say
what was expected and found."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A count of events beside what it may be at most (None: reported only)."""

    name: str
    """What tables call it, in every language; `Exercise.counted` knows what readers do."""
    found: int | float
    budget: int | float | None = None
    says: Told = ""
    """What readers call it, if that is no fact of the same name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check came to: a property, and if it failed, why."""

    property: str
    passed: bool
    hint: str = ""
    """The hint's id, if it failed. A failure without one of its own has ""."""
    values: Mapping[str, Told] = field(default_factory=dict)
    """What stands for the {names} of the hint's sentence. Hexadecimal, with the address's kind."""
    expected: Told = ""
    found: Told = ""
    where: Told = ""
    """Where in the run: an instruction, a call."""
    counters: tuple[Counter, ...] = ()
    """What was counted; of a passed check too."""


@dataclass(frozen=True, slots=True)
class Property:
    """One thing that is checked."""

    id: str
    law: Law
    says: Mapping[str, str]
    """What holds, as a sentence, by language."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What to think about, when a property fails."""

    id: str
    concept: str
    """A term of the glossary."""
    says: Mapping[str, str]
    """The sentence by language; {names} are filled in from the finding."""


@dataclass(frozen=True)
class Exercise:
    """The facts of one exercise."""

    folder: Path
    slug: str
    number: str
    """As teachers call it: E04."""
    stars: int
    minutes: int
    names: tuple[str, ...]
    """What a solution must define."""
    title: Mapping[str, str]
    task: Mapping[str, str]
    """What to do, Markdown, by language."""
    properties: tuple[Property, ...]
    hints: Mapping[str, Hint]
    facts: Mapping[str, Mapping[str, str]]
    """What the grader's facts are in words, by their key and by language."""

    @property
    def starter(self) -> str:
        """What a student begins with."""
        return read_text(self.folder / "starter.py")

    def property_of(self, finding: Finding) -> Property:
        """The property that a finding is about."""
        for one in self.properties:
            if one.id == finding.property:
                return one
        raise BrokenInvariant(f"{self.slug}: grade.py speaks of property {finding.property!r}")

    def sentence(self, finding: Finding, language: str) -> str:
        """The hint's sentence with what was found filled in."""
        hint = self.hints.get(finding.hint)
        if hint is None:
            raise BrokenInvariant(f"{self.slug}: grade.py gives hint {finding.hint!r}")
        values = {name: self.tell(value, language) for name, value in finding.values.items()}
        try:
            return facts_.fill(hint.says[language], values)
        except KeyError as error:
            raise BrokenInvariant(f"{self.slug}: hint {hint.id} lacks the value {error}") from None

    def tell(self, told: Told, language: str, say: Callable[[str], str] = str) -> str:
        """A fact in a language; plain text is what `say` makes of it, at the outside only."""
        if isinstance(told, str):
            return say(told)
        try:
            return facts_.tell(told, language, self.facts)
        except BrokenInvariant as error:
            raise BrokenInvariant(f"{self.slug}: {error}") from None

    def counted(self, counter: Counter, language: str) -> str:
        """What readers call a counter."""
        if counter.says:
            return self.tell(counter.says, language)
        known = self.facts.get(counter.name)
        return counter.name if known is None else known[language]


@dataclass(frozen=True)
class Verdict:
    """What checking one program with one seed came to."""

    exercise: Exercise
    seed: int
    findings: tuple[Finding, ...]
    """One for each property, in the exercise's order; the first that failed decides a hint."""

    @property
    def passed(self) -> bool:
        return all(one.passed for one in self.findings)

    @property
    def score(self) -> float:
        """0 to 100: a law's weight, shared evenly by its properties; a failure of control caps."""
        total, control = 0.0, True
        present = {one.law for one in self.exercise.properties}
        whole = sum(law.value for law in present)
        for law in present:
            mine = [one for one in self.findings if self.exercise.property_of(one).law is law]
            good = sum(one.passed for one in mine) / max(1, len(mine))
            total += 100 * law.value / whole * good
            control = control and (law is not Law.CONTROL or good == 1)
        return round(total if control else min(total, CAP), 1)

    @property
    def first_failure(self) -> Finding | None:
        return next((one for one in self.findings if not one.passed), None)


Grade = Callable[[Student, int], Iterable[Finding]]


def check(exercise: Exercise, student: Student, seed: int, grade: Grade | None = None) -> Verdict:
    """Run an exercise's checks on a program.

    What raises, answers with the wrong kind of thing, or is stopped ends the checks; no property
    holds of it then: a program that fails so at one input may do it at any. A grader yields a
    property as passed when it has looked at all of it."""
    steps = checking(exercise, student, seed, grade)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            verdict: Verdict = done.value
            return verdict


def checking(
    exercise: Exercise, student: Student, seed: int, grade: Grade | None = None
) -> Generator[Finding, None, Verdict]:
    """The same step by step, for a page that must not stand still: each finding as it is made."""
    grade = grade or load_grader(exercise.folder)
    found: dict[str, Finding] = {}
    try:
        for finding in grade(student, seed):
            exercise.property_of(finding)
            kept = found.get(finding.property)
            if kept is None or kept.passed:
                found[finding.property] = finding
            yield finding
    except (Failed, Wrong, Stopped) as error:
        return ended(exercise, seed, error, found)
    return _verdict(exercise, seed, found, None)


def ended(
    exercise: Exercise,
    seed: int,
    error: Failed | Wrong | Stopped,
    found: Mapping[str, Finding] | None = None,
) -> Verdict:
    """What checking a program came to that did not get to the end, or could not even be loaded."""
    match error:
        case Failed():
            line = {"line": str(error.line or "?"), "error": error.kind, "text": error.text}
            last = Finding("", False, RAISED, line, found=str(error))
        case Wrong():
            values: dict[str, Told] = {
                "function": error.function, "expected": error.expected, "found": error.found,
            }  # fmt: skip
            last = Finding("", False, TYPE, values, expected=error.expected, found=error.found)
        case Stopped():
            last = Finding("", False, STOPPED, {"reason": str(error)}, found=str(error))
    return _verdict(exercise, seed, found or {}, last)


def _verdict(
    exercise: Exercise, seed: int, found: Mapping[str, Finding], last: Finding | None
) -> Verdict:
    return Verdict(
        exercise,
        seed,
        tuple(_of_property(exercise, one, found, last) for one in exercise.properties),
    )


def _of_property(
    exercise: Exercise, one: Property, found: Mapping[str, Finding], last: Finding | None
) -> Finding:
    if one.id in found and not (last is not None and found[one.id].passed):
        return found[one.id]
    if last is None:
        raise BrokenInvariant(f"{exercise.slug}: grade.py did not look at {one.id}")
    return dataclasses.replace(last, property=one.id)


def load_grader(folder: Path) -> Grade:
    """The function `grade` of a lesson's grade.py (or grade.pyc, as the site has it)."""
    for name in ("grade.py", "grade.pyc"):
        path = folder / name
        if path.is_file():
            module = f"vmlab_grade_{folder.name}"
            spec = importlib.util.spec_from_file_location(module, path)
            assert spec is not None and spec.loader is not None, path
            loaded = importlib.util.module_from_spec(spec)
            sys.modules[module] = loaded  # dataclasses look their module up
            spec.loader.exec_module(loaded)
            grade: Grade = loaded.grade
            return grade
    raise BadInput(f"{folder}: expected grade.py, found none")


COMMON_HINTS: Final = (
    Hint(
        RAISED,
        "exception",
        {
            "en": "Your program raised {error} in line {line}: {text}",
            "zh": "你的程序在第 {line} 行引发了 {error}：{text}",
        },
    ),
    Hint(
        TYPE,
        "exception",
        {
            "en": "{function} must return {expected}; yours returned {found}.",
            "zh": "{function} 必须返回 {expected}，你的返回了 {found}。",
        },
    ),
    Hint(
        STOPPED,
        "resource control",
        {
            "en": "Your program was stopped: {reason}",
            "zh": "你的程序被停止：{reason}",
        },
    ),
)


def read_exercise(folder: Path) -> Exercise | None:
    """The exercise in a lesson's folder, or None. Raises `BadInput` naming file and field."""
    path = folder / "exercise.toml"
    if not path.is_file():
        return None
    facts = Fields(str(path), read_toml(path))
    exercise = Exercise(
        folder=folder,
        slug=identifier(facts, "slug"),
        number=facts.text("number"),
        stars=facts.whole("stars"),
        minutes=facts.whole("minutes"),
        names=facts.many("names", str),
        title=both(facts, "title"),
        task=both(facts, "task"),
        properties=tuple(_property(one) for one in facts.tables("properties")),
        hints={one.id: one for one in (*COMMON_HINTS, *map(_hint, facts.tables("hints")))},
        facts={**COMMON_FACTS, **_facts(facts.table("facts"))},
    )
    facts.end()
    if not exercise.properties:
        raise facts.refuse("properties", "to be what is checked", "none")
    if not (folder / "starter.py").is_file():
        raise BadInput(f"{folder / 'starter.py'}: missing; exercise.toml calls for it")
    return exercise


def _property(facts: Fields) -> Property:
    law = facts.one_of("law", [one.name.lower() for one in Law], "")
    made = Property(facts.text("id"), Law[law.upper()], both(facts, "says"))
    facts.end()
    return made


def _hint(facts: Fields) -> Hint:
    made = Hint(facts.text("id"), facts.text("concept"), both(facts, "says"))
    _names(facts, "says", made.says)
    facts.end()
    return made


def _facts(table: Fields) -> Mapping[str, Mapping[str, str]]:
    """What stands in `[facts]`. Raises `BadInput` if a sentence has other {names} in one language
    than in another, or takes the place of a fact that every exercise has."""
    found = {}
    for name in table.names():
        found[name] = both(table, name)
        if len(_names(table, name, found[name])) > 1:
            raise table.refuse(name, "with the same {names} in each language", "others")
        if name in COMMON_FACTS:
            raise table.refuse(name, "by a name of its own", "one that every exercise has")
    return found


def _names(table: Fields, name: str, says: Mapping[str, str]) -> set[frozenset[str]]:
    """The {names} of a sentence in each language."""
    try:
        return {frozenset(facts_.names(one)) for one in says.values()}
    except ValueError as error:
        raise table.refuse(name, "with braces in pairs", error) from None


def identifier(facts: Fields, name: str) -> str:
    """A name that files of progress can keep."""
    value = facts.text(name)
    if not ID.fullmatch(value):
        raise facts.refuse(name, "of small letters, digits, - and _", repr(value))
    return value


def both(facts: Fields, name: str) -> Mapping[str, str]:
    """A text in each language: `name = {en = "...", zh = "..."}`."""
    table = facts.table(name)
    texts = {language: table.text(language).strip() for language in LANGUAGES}
    table.end()
    return texts
