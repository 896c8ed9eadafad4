"""Programs around an exercise: the starter, the solution, wrong ones that each earn a hint, and
mutants of the solution. What a grader says of them is what a grader is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.course.authoring.mutation import FILE, Meter, Mutant, metered, mutants
from vmlab.course.exercise import (
    LANGUAGES,
    RAISED,
    STOPPED,
    TYPE,
    Exercise,
    Grade,
    Verdict,
    check,
    load_grader,
)
from vmlab.course.files import read_text, read_toml
from vmlab.course.student import Failed, InProcess, Student

COMMON: Final = frozenset({RAISED, TYPE, STOPPED})
"""Hints that every exercise has: no wrong program needs to earn them."""
SEEDS: Final = (1, 2, 3)
SAMPLE: Final = 25
"""Mutants that are tried, of all that there are, unless all are asked for."""
MOST_STEPS: Final = 3_000_000
"""Of a program that is checked once: a hundred times what a long one takes."""
MARGIN: Final = 20
"""A mutant may take so many times the solution's steps."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A program of `wrong/`: its name, and the hint that its first line claims."""

    name: str
    hint: str
    source: str


def text(exercise: Exercise, name: str) -> str:
    """A file of the exercise's folder. Raises `BadInput` if it is missing."""
    try:
        return read_text(exercise.folder / name)
    except OSError:
        raise BadInput(f"expected {exercise.folder / name}, found no such file") from None


def wrong_programs(exercise: Exercise) -> list[Wrong]:
    """The programs of `wrong/`. Raises `BadInput` if one does not say which hint it earns."""
    found = []
    for path in sorted((exercise.folder / "wrong").glob("*.py")):
        source = read_text(path)
        first = source.partition("\n")[0]
        if not first.startswith("# hint: "):
            raise BadInput(f"{path}: expected a first line '# hint: ID', found {first!r}")
        found.append(Wrong(path.stem, first.removeprefix("# hint: ").strip(), source))
    return found


@cache
def _grader(folder: Path) -> Grade:
    return load_grader(folder)


def judge(exercise: Exercise, student: Student, seed: int) -> Verdict:
    """Check a program, wherever it runs."""
    return check(exercise, student, seed, _grader(exercise.folder))


def verdict(exercise: Exercise, source: str, seed: int) -> Verdict:
    """Check a program's text in this process."""
    return judge(exercise, InProcess.of(source, exercise.names), seed)


def ending(exercise: Exercise, name: str, source: str, seed: int) -> Verdict:
    """Check a program that its author may have written to run for ever. Raises `BadInput` for one
    that does, and the error of one that does not load."""
    meter = Meter(MOST_STEPS)
    try:
        space = metered(source, meter)
    except Exception:  # noqa: BLE001  # whatever a program raises
        found = verdict(exercise, source, seed) if meter.steps <= meter.most else None
    else:
        found = judge(exercise, InProcess(space, exercise.names, FILE), seed)
    if found is None or meter.steps > meter.most:
        raise BadInput(
            f"{name}: expected a program that ends, found one that goes on after "
            f"{MOST_STEPS:,} rounds of its loops and calls"
        )
    return found


def first_hint(found: Verdict) -> str:
    """The hint of the first property that failed; "" if none did."""
    failed = found.first_failure
    return failed.hint if failed else ""


# What is wrong with a grader ---------------------------------------------------------------------


def starter_problems(exercise: Exercise) -> Iterator[str]:
    """The starter fails, with a hint that says what it lacks."""
    found = ending(exercise, "starter.py", exercise.starter, SEEDS[0])
    if found.passed:
        yield "the starter passes all checks"
    elif first_hint(found) in COMMON:
        yield f"the starter ends with the hint {first_hint(found)!r} and not with one of its own"


def solution_problems(exercise: Exercise) -> Iterator[str]:
    """The solution passes, whatever the seed."""
    for seed in SEEDS:
        source = text(exercise, "solution.py")
        failed = ending(exercise, "solution.py", source, seed).first_failure
        if failed is not None:
            yield f"the solution fails {failed.property} with hint {failed.hint!r} (seed {seed})"


def wrong_problems(exercise: Exercise) -> Iterator[str]:
    """Each wrong program earns its own hint, and each hint is earned by one of them. Raises
    `BrokenInvariant` for a fact of the grader's that has no sentence."""
    programs = wrong_programs(exercise)
    for one in programs:
        found = ending(exercise, f"wrong/{one.name}.py", one.source, SEEDS[0])
        failed = found.first_failure
        if failed is None:
            yield f"wrong/{one.name}.py passes all checks"
        elif failed.hint != one.hint:
            yield f"wrong/{one.name}.py claims hint {one.hint!r} and earns {failed.hint!r}"
        else:
            for language in LANGUAGES:
                if "{" in exercise.sentence(failed, language):
                    yield f"hint {failed.hint}: a place of its sentence ({language}) is not filled"
                for fact in (failed.expected, failed.found, failed.where):
                    exercise.tell(fact, language)
    earned = sorted(one.hint for one in programs)
    wanted = sorted(set(exercise.hints) - COMMON)
    for hint in wanted:
        if earned.count(hint) != 1:
            yield f"hint {hint!r} is earned by {earned.count(hint)} programs of wrong/, not by one"


# Mutants -----------------------------------------------------------------------------------------


def equivalent(exercise: Exercise) -> dict[tuple[str, str, str], str]:
    """The mutants that `mutants.toml` says nobody can tell from the solution, and why. Raises
    `BadInput` for an entry without a reason."""
    path = exercise.folder / "mutants.toml"
    listed = read_toml(path).get("equivalent") if path.exists() else []
    if not isinstance(listed, list):
        raise BadInput(f"{path}: expected equivalent, a list of tables, found none")
    found = {}
    for one in listed:
        if set(one) != {"in", "was", "becomes", "why"} or len(one["why"]) < 10:
            raise BadInput(f"{path}: expected in, was, becomes and why, a sentence; found {one}")
        found[one["in"], one["was"], one["becomes"]] = one["why"]
    return found


def all_mutants(exercise: Exercise) -> list[Mutant]:
    """Every mutant of the solution."""
    return list(mutants(text(exercise, "solution.py")))


def sample(exercise: Exercise, number: int = SAMPLE) -> list[Mutant]:
    """Some of them, the same each time."""
    found = all_mutants(exercise)
    return Random(0).sample(found, min(number, len(found)))


def steps_of(exercise: Exercise, seeds: tuple[int, ...]) -> int:
    """The most steps that the solution takes for one of these seeds."""
    most = 0
    for seed in seeds:
        meter = Meter(1 << 40)
        space = metered(text(exercise, "solution.py"), meter)
        judge(exercise, InProcess(space, exercise.names, FILE), seed)
        most = max(most, meter.steps)
    return most


def survives(exercise: Exercise, mutant: Mutant, seeds: tuple[int, ...], most: int) -> bool:
    """Whether the grader takes a mutant for a solution, whatever the seed."""
    for seed in seeds:
        try:
            student = InProcess(metered(mutant.source, Meter(most)), exercise.names, FILE)
        except Exception:  # noqa: BLE001  # it does not even load
            return False
        try:
            if not judge(exercise, student, seed).passed:
                return False
        except Failed:
            return False
    return True


def survivors(
    exercise: Exercise, tried: list[Mutant], seeds: tuple[int, ...] = SEEDS
) -> list[Mutant]:
    """Those that no check notices."""
    most = MARGIN * steps_of(exercise, seeds)
    return [one for one in tried if survives(exercise, one, seeds, most)]


def report_lines(exercise: Exercise, ran: int, left: list[Mutant]) -> list[str]:
    """The score, and who survived."""
    known = equivalent(exercise)
    lines = [f"{exercise.slug}: {ran - len(left)} of {ran} mutants killed"]
    for one in left:
        why = known.get(one.name)
        lines.append(f"  survived, {'equivalent' if why else 'NOT KNOWN WHY'}: {one}")
        lines += [f"    {why}"] if why else []
    return lines


def mutant_problems(exercise: Exercise, left: list[Mutant], whole: bool) -> Iterator[str]:
    """Survivors that nobody explains; and, if all were tried, explanations of mutants that are
    killed or gone."""
    known = equivalent(exercise)
    for one in left:
        if one.name not in known:
            yield f"a mutant passes all checks, and mutants.toml does not say why: {one}"
    for name in sorted(set(known) - {one.name for one in left}) if whole else ():
        yield f"mutants.toml calls a mutant equivalent that is killed or gone: {name}"
