"""What the tests of every exercise share.

    class TestEmulate(Checks):
        slug = "emulate"

gives: the starter fails, the solution passes, each wrong program earns its own hint and nobody
else's, in this process and at the other end of a line; sentences have what they name, in both
languages; and mutants of the solution are killed, or listed in `mutants.toml` as equivalent.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import ClassVar, Final

import pytest

from tests.lessons.totals import PROPERTY
from tests.ui.latin import words_in
from vmlab.course.authoring.mutation import Mutant
from vmlab.course.authoring.programs import (
    COMMON,
    Wrong,
    all_mutants,
    judge,
    mutant_problems,
    report_lines,
    sample,
    survivors,
    text,
    verdict,
    wrong_programs,
)
from vmlab.course.exercise import LANGUAGES, Exercise, Finding, Verdict
from vmlab.course.lesson import find_lesson
from vmlab.course.remote import Remote
from vmlab.lab import serve

ROOT: Final = Path(__file__).parents[2]


@cache
def load(slug: str) -> Exercise:
    """An exercise by its slug or number."""
    exercise = find_lesson(slug, ROOT / "lessons").exercise
    assert exercise is not None, f"{slug} has no exercise"
    return exercise


def remote_verdict(exercise: Exercise, source: str, seed: int) -> Verdict:
    """Check a program at the other end of a line."""
    with remote(exercise, source) as student:
        return judge(exercise, student, seed)


@contextlib.contextmanager
def remote(exercise: Exercise, source: str) -> Iterator[Remote]:
    """A program that a thread serves, and that is asked by messages alone."""
    there: queue.Queue[str] = queue.Queue()
    back: queue.Queue[str] = queue.Queue()
    thread = threading.Thread(target=serve.Served(there.get, back.put).run, daemon=True)
    thread.start()
    try:
        student = Remote(there.put, lambda: back.get(timeout=60))
        student.load(source, exercise.names)
        yield student
    finally:
        there.put("")
        thread.join(10)


def say(exercise: Exercise, finding: Finding) -> dict[str, str]:
    """What a student reads, in each language."""
    return {language: exercise.sentence(finding, language) for language in LANGUAGES}


TERMS: Final = frozenset(
    {"True", "False", "SUM", "MXR", "SIE", "SPIE", "SPP", "ASID", "CSR", "SBI", "VMM", "RAM"}
    | {"hart", "cause", "fence", "None"}
)
"""Latin that Chinese writing about RISC-V keeps: values of Python, fields and terms."""


def in_chinese(exercise: Exercise, found: Verdict) -> list[str]:
    """All that a Chinese reader of a verdict is told of its failures and counts."""
    told = []
    for one in found.findings:
        if not one.passed:
            told.append(exercise.sentence(one, "zh") if one.hint else "")
            told += [exercise.tell(fact, "zh") for fact in (one.expected, one.found, one.where)]
        told += [exercise.counted(counter, "zh") for counter in one.counters]
    return told


_verdicts: dict[tuple[Path, str], Verdict] = {}

# The tests ---------------------------------------------------------------------------------------


class Checks:
    """The tests of one exercise: a subclass `Test...` says which."""

    slug: ClassVar[str]
    terms: ClassVar[frozenset[str]] = frozenset()
    """Latin of this exercise that stands in Chinese, too: names in its program, its guests."""
    seeds: ClassVar[tuple[int, ...]] = (1, 2, 3, 4, 5)
    mutant_seeds: ClassVar[tuple[int, ...]] = (1, 2, 3)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each seed and each wrong program."""
        if "seed" in metafunc.fixturenames:
            metafunc.parametrize("seed", self.seeds)
        if "wrong" in metafunc.fixturenames:
            found = wrong_programs(load(self.slug))
            metafunc.parametrize("wrong", found, ids=[one.name for one in found])

    @pytest.fixture
    def exercise(self) -> Exercise:
        return load(self.slug)

    def test_the_starter_fails_with_a_hint(self, exercise: Exercise) -> None:
        found = verdict(exercise, exercise.starter, self.seeds[0])
        assert not found.passed
        failed = found.first_failure
        assert failed is not None
        assert failed.hint not in COMMON, "the starter runs: what it lacks is what is told"
        assert all(say(exercise, failed).values())

    def test_the_solution_passes(self, exercise: Exercise, seed: int) -> None:
        found = verdict(exercise, text(exercise, "solution.py"), seed)
        assert found.first_failure is None
        assert found.score == 100

    def test_a_wrong_program_earns_its_own_hint(self, exercise: Exercise, wrong: Wrong) -> None:
        found = self.of_wrong(exercise, wrong)
        failed = found.first_failure
        assert failed is not None, "it passed"
        assert failed.hint == wrong.hint, (failed, [one.property for one in found.findings])
        for language, sentence in say(exercise, failed).items():
            assert "{" not in sentence, (language, sentence)
        assert found.score < 100

    def test_in_chinese_all_that_it_is_told_is_chinese(
        self, exercise: Exercise, wrong: Wrong
    ) -> None:
        """The hint, what was expected, what was found, where, and what was counted."""
        told = in_chinese(exercise, self.of_wrong(exercise, wrong))
        assert {one: words for one in told if (words := words_in(one, TERMS | self.terms))} == {}

    def of_wrong(self, exercise: Exercise, wrong: Wrong) -> Verdict:
        """What a wrong program comes to: found once, for all tests that look at it."""
        key = exercise.folder, wrong.source
        if key not in _verdicts:
            _verdicts[key] = verdict(exercise, wrong.source, self.seeds[0])
        return _verdicts[key]

    def test_each_hint_is_earned_by_exactly_one(self, exercise: Exercise) -> None:
        earned = [one.hint for one in wrong_programs(exercise)]
        assert sorted(earned) == sorted(set(exercise.hints) - COMMON)

    def test_it_makes_no_difference_where_a_program_runs(self, exercise: Exercise) -> None:
        programs = [text(exercise, "solution.py"), exercise.starter]
        programs += [one.source for one in wrong_programs(exercise)[:2]]
        for source in programs:
            here = verdict(exercise, source, self.seeds[0])
            assert remote_verdict(exercise, source, self.seeds[0]).findings == here.findings

    def test_the_same_seed_gives_the_same_verdict(self, exercise: Exercise) -> None:
        first, second = (verdict(exercise, exercise.starter, self.seeds[0]) for _ in range(2))
        assert first.findings == second.findings

    def test_mutants_are_killed(
        self, exercise: Exercise, record_property: pytest.RecordProperty
    ) -> None:
        """A sample of them, the same each time."""
        self._kill(exercise, sample(exercise), record_property)

    @pytest.mark.long
    def test_all_mutants_are_killed(
        self, exercise: Exercise, record_property: pytest.RecordProperty
    ) -> None:
        self._kill(exercise, all_mutants(exercise), record_property, whole=True)

    def _kill(
        self,
        exercise: Exercise,
        tried: list[Mutant],
        record_property: pytest.RecordProperty,
        whole: bool = False,
    ) -> None:
        left = survivors(exercise, tried, self.mutant_seeds)
        lines = report_lines(exercise, len(tried), left)
        print(*lines, sep="\n")
        record_property(PROPERTY, lines)
        assert not list(mutant_problems(exercise, left, whole))
