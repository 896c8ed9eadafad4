"""The shared checks notice what they are there for: each is tried on an exercise that lacks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lessons.common import Checks, Wrong, verdict, wrong_programs
from vmlab.core.errors import BadInput
from vmlab.course.exercise import Exercise, read_exercise

FACTS = """
slug = "double"
number = "E99"
stars = 1
minutes = 1
names = ["double"]
title = {en = "x", zh = "x"}
task = {en = "x", zh = "x"}
[[properties]]
id = "twice"
law = "equivalence"
says = {en = "x", zh = "x"}
[[hints]]
id = "small"
concept = "x"
says = {en = "{found} is too small", zh = "{found} 太小"}
[[hints]]
id = "large"
concept = "x"
says = {en = "{found} is too large", zh = "{found} 太大"}
"""
GRADER = """
from vmlab.course.exercise import Finding

def grade(student, seed):
    found = student.call("double", seed, returns=int)
    hint = "small" if found < 2 * seed else "large" if found > 2 * seed else ""
    yield Finding("twice", not hint, hint, {"found": str(found)})
"""
SOLUTION = "def double(n):\n    return n * 2\n"


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    folder = tmp_path / "99_double"
    (folder / "wrong").mkdir(parents=True)
    (folder / "exercise.toml").write_text(FACTS, encoding="utf-8")
    (folder / "grade.py").write_text(GRADER)
    (folder / "solution.py").write_text(SOLUTION)
    (folder / "starter.py").write_text("def double(n):\n    return n\n")
    (folder / "wrong" / "small.py").write_text("# hint: small\ndef double(n): return n\n")
    (folder / "wrong" / "large.py").write_text("# hint: large\ndef double(n): return n * 3\n")
    found = read_exercise(folder)
    assert found is not None
    return found


class Double(Checks):
    slug = "double"
    seeds = (3, 5)
    mutant_seeds = (3,)


def test_an_exercise_that_has_all_passes_all(exercise: Exercise) -> None:
    checks = Double()
    checks.test_the_starter_fails_with_a_hint(exercise)
    checks.test_the_solution_passes(exercise, 3)
    for wrong in wrong_programs(exercise):
        checks.test_a_wrong_program_earns_its_own_hint(exercise, wrong)
    checks.test_each_hint_is_earned_by_exactly_one(exercise)
    checks.test_it_makes_no_difference_where_a_program_runs(exercise)
    reported: list[object] = []
    checks.test_all_mutants_are_killed(exercise, lambda name, lines: reported.append(lines))
    assert reported == [["double: 4 of 4 mutants killed"]]


def test_a_wrong_program_with_the_hint_of_another_is_noticed(exercise: Exercise) -> None:
    wrong = Wrong("large", "small", "def double(n): return n * 3\n")
    with pytest.raises(AssertionError):
        Double().test_a_wrong_program_earns_its_own_hint(exercise, wrong)
    with pytest.raises(AssertionError, match="it passed"):
        Double().test_a_wrong_program_earns_its_own_hint(exercise, Wrong("", "large", SOLUTION))


def test_a_hint_that_nobody_earns_is_noticed(exercise: Exercise) -> None:
    (exercise.folder / "wrong" / "large.py").unlink()
    with pytest.raises(AssertionError):
        Double().test_each_hint_is_earned_by_exactly_one(exercise)


def test_a_wrong_program_that_names_no_hint_is_noticed(exercise: Exercise) -> None:
    (exercise.folder / "wrong" / "large.py").write_text("def double(n): return n * 3\n")
    with pytest.raises((AssertionError, BadInput), match="'# hint: ID'"):
        wrong_programs(exercise)


def test_a_mutant_that_survives_is_told(
    exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 2 for a seed, n + 2 and n * 2 are the same."""
    monkeypatch.setattr(Double, "mutant_seeds", (2,))
    reported: list[list[str]] = []
    with pytest.raises(AssertionError):
        Double().test_mutants_are_killed(exercise, lambda name, lines: reported.append(lines))
    survived = "survived, NOT KNOWN WHY: line 2, double: return n * 2  ->  return n + 2"
    assert survived in reported[0][1]
    (exercise.folder / "mutants.toml").write_text(
        '[[equivalent]]\nin = "double"\nwas = "return n * 2"\nbecomes = "return n + 2"\n'
        'why = "The seed is 2, and nothing else."\n'
    )
    Double().test_all_mutants_are_killed(exercise, lambda name, lines: reported.append(lines))
    monkeypatch.setattr(Double, "mutant_seeds", (3,))
    with pytest.raises(AssertionError):
        Double().test_all_mutants_are_killed(exercise, lambda name, lines: None)


def test_a_verdict_is_the_same_from_a_text(exercise: Exercise) -> None:
    assert verdict(exercise, SOLUTION, 4).passed
    failed = verdict(exercise, exercise.starter, 4).first_failure
    assert failed is not None
    assert failed.hint == "small"
