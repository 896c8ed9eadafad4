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
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import ClassVar, Final

import pytest

from tests.lessons.mutation import FILE, Meter, Mutant, metered, mutants
from tests.lessons.totals import PROPERTY
from vmlab.course.exercise import (
    LANGUAGES,
    RAISED,
    STOPPED,
    TYPE,
    Exercise,
    Finding,
    Verdict,
    check,
    load_grader,
)
from vmlab.course.lesson import find_lesson
from vmlab.course.remote import Remote
from vmlab.course.student import InProcess, Student
from vmlab.lab import serve

ROOT: Final = Path(__file__).parents[2]
COMMON: Final = frozenset({RAISED, TYPE, STOPPED})
"""Hints that every exercise has: no wrong program needs to earn them."""
SAMPLE: Final = 25
"""Mutants that `make test` runs, of all that there are."""
MARGIN: Final = 20
"""A mutant may take so many times the solution's steps."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A program of `wrong/`: its name, and the hint that its first line claims."""

    name: str
    hint: str
    source: str


@cache
def load(slug: str) -> Exercise:
    """An exercise by its slug or number."""
    exercise = find_lesson(slug, ROOT / "lessons").exercise
    assert exercise is not None, f"{slug} has no exercise"
    return exercise


def text(exercise: Exercise, name: str) -> str:
    """A file of the exercise's folder."""
    return (exercise.folder / name).read_text(encoding="utf-8")


def wrong_programs(exercise: Exercise) -> list[Wrong]:
    """The programs of `wrong/`. Raises `AssertionError` if one does not say which hint it earns."""
    found = []
    for path in sorted((exercise.folder / "wrong").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        first = source.partition("\n")[0]
        assert first.startswith("# hint: "), f"{path}: expected '# hint: ID', found {first!r}"
        found.append(Wrong(path.stem, first.removeprefix("# hint: ").strip(), source))
    return found


@cache
def _grader(folder: Path):
    return load_grader(folder)


def judge(exercise: Exercise, student: Student, seed: int) -> Verdict:
    """Check a program, wherever it runs."""
    return check(exercise, student, seed, _grader(exercise.folder))


def verdict(exercise: Exercise, source: str, seed: int) -> Verdict:
    """Check a program's text in this process."""
    return judge(exercise, InProcess.of(source, exercise.names), seed)


def remote_verdict(exercise: Exercise, source: str, seed: int) -> Verdict:
    """The same at the other end of a line."""
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


def first_hint(found: Verdict) -> str:
    """The hint of the first property that failed; "" if none did."""
    failed = found.first_failure
    return failed.hint if failed else ""


def say(exercise: Exercise, finding: Finding) -> dict[str, str]:
    """What a student reads, in each language."""
    return {language: exercise.sentence(finding, language) for language in LANGUAGES}


# Mutants -----------------------------------------------------------------------------------------


def equivalent(exercise: Exercise) -> dict[tuple[str, str, str], str]:
    """The mutants that `mutants.toml` says nobody can tell from the solution, and why."""
    path = exercise.folder / "mutants.toml"
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["equivalent"] if path.exists() else []
    found = {}
    for one in listed:
        assert set(one) == {"in", "was", "becomes", "why"}, f"{path}: {one}"
        assert len(one["why"]) > 10, f"{path}: a reason is a sentence: {one}"
        found[one["in"], one["was"], one["becomes"]] = one["why"]
    return found


def steps_of(exercise: Exercise, seeds: tuple[int, ...]) -> int:
    """The most steps that the solution takes for one of these seeds."""
    most = 0
    for seed in seeds:
        meter = Meter(1 << 40)
        space = metered(text(exercise, "solution.py"), meter)
        assert judge(exercise, InProcess(space, exercise.names, FILE), seed).passed
        most = max(most, meter.steps)
    return most


def survives(exercise: Exercise, mutant: Mutant, seeds: tuple[int, ...], most: int) -> bool:
    """Whether the grader takes a mutant for a solution, whatever the seed."""
    for seed in seeds:
        try:
            student = InProcess(metered(mutant.source, Meter(most)), exercise.names, FILE)
        except Exception:  # noqa: BLE001  # it does not even load
            return False
        if not judge(exercise, student, seed).passed:
            return False
    return True


def report_lines(exercise: Exercise, ran: int, survivors: list[Mutant]) -> list[str]:
    """The score, and who survived."""
    known = equivalent(exercise)
    lines = [f"{exercise.slug}: {ran - len(survivors)} of {ran} mutants killed"]
    for one in survivors:
        why = known.get(one.name)
        lines.append(f"  survived, {'equivalent' if why else 'NOT KNOWN WHY'}: {one}")
        lines += [f"    {why}"] if why else []
    return lines


# The tests ---------------------------------------------------------------------------------------


class Checks:
    """The tests of one exercise: a subclass `Test...` says which."""

    slug: ClassVar[str]
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
        found = verdict(exercise, wrong.source, self.seeds[0])
        failed = found.first_failure
        assert failed is not None, "it passed"
        assert failed.hint == wrong.hint, (failed, [one.property for one in found.findings])
        for language, sentence in say(exercise, failed).items():
            assert "{" not in sentence, (language, sentence)
        assert found.score < 100

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
        found = list(mutants(text(exercise, "solution.py")))
        self._kill(exercise, Random(0).sample(found, min(SAMPLE, len(found))), record_property)

    @pytest.mark.long
    def test_all_mutants_are_killed(
        self, exercise: Exercise, record_property: pytest.RecordProperty
    ) -> None:
        found = list(mutants(text(exercise, "solution.py")))
        survivors = self._kill(exercise, found, record_property)
        stale = set(equivalent(exercise)) - {one.name for one in survivors}
        assert not stale, "listed as equivalent, and killed or gone"

    def _kill(
        self, exercise: Exercise, tried: list[Mutant], record_property: pytest.RecordProperty
    ) -> list[Mutant]:
        most = MARGIN * steps_of(exercise, self.mutant_seeds)
        survivors = [one for one in tried if survives(exercise, one, self.mutant_seeds, most)]
        lines = report_lines(exercise, len(tried), survivors)
        print(*lines, sep="\n")
        record_property(PROPERTY, lines)
        assert {one.name for one in survivors} <= set(equivalent(exercise)), "\n".join(lines)
        return survivors
