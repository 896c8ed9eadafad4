"""All that CI would say of one lesson, one step after the other: an author waits for no CI."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vmlab.core.errors import VmlabError
from vmlab.course.authoring import blame, programs, running
from vmlab.course.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at."""

    name: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    """What was measured."""
    seconds: float


def steps(lesson: Lesson, notebooks: Path | None = None, whole: bool = False) -> Iterator[Step]:
    """Look at a lesson. `notebooks` is the folder whose notebooks are to be in step (None: not
    looked at); `whole` tries every mutant of the solution."""
    step = partial(_looked, lesson)
    yield step("texts", lambda: (list(running.text_problems(lesson)), []))
    yield step("cells", lambda: _cells(lesson))
    if notebooks is not None:
        folder = notebooks
        yield step("notebooks", lambda: _notebooks(lesson, folder))
    if (exercise := lesson.exercise) is not None:
        found = exercise
        yield step("starter", lambda: (list(programs.starter_problems(found)), []))
        solution = step("solution", lambda: (list(programs.solution_problems(found)), []))
        yield solution
        yield step("wrong programs", lambda: (list(programs.wrong_problems(found)), []))
        if solution.problems:
            yield Step("mutants", (), ("none is tried before the solution passes",), 0.0)
        else:
            yield step("mutants", lambda: _mutants(lesson, whole))


def _looked(lesson: Lesson, name: str, look: Callable[[], tuple[list[str], list[str]]]) -> Step:
    began = time.perf_counter()
    try:
        problems, notes = look()
    except VmlabError as error:
        problems, notes = [str(error)], []
    except Exception as error:  # noqa: BLE001  # whatever an author's program raises
        problems, notes = [blame.told(error, lesson.folder)], []
    return Step(name, tuple(problems), tuple(notes), time.perf_counter() - began)


def _cells(lesson: Lesson) -> tuple[list[str], list[str]]:
    ran = running.run(lesson)
    count = len(ran.printed)
    return list(running.run_problems(ran)), [f"{count} cells, {len(lesson.questions)} questions"]


def _notebooks(lesson: Lesson, folder: Path) -> tuple[list[str], list[str]]:
    from vmlab.course.notebooks import out_of_step

    strays = "has no lesson"
    found = [one for one in out_of_step([lesson], folder) if not one.endswith(strays)]
    return [f"{one}; make it anew with: make notebooks" for one in found], []


def _mutants(lesson: Lesson, whole: bool) -> tuple[list[str], list[str]]:
    exercise = lesson.exercise
    assert exercise is not None, lesson.slug
    tried = programs.all_mutants(exercise) if whole else programs.sample(exercise)
    left = programs.survivors(exercise, tried)
    notes = programs.report_lines(exercise, len(tried), left)
    return list(programs.mutant_problems(exercise, left, whole)), notes
