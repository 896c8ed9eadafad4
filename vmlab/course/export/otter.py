"""A lesson as a master notebook of Otter: `otter assign NAME.ipynb dist` makes the student's copy
and the autograder from it.

Otter tells parts by raw cells: BEGIN QUESTION, PROMPT (the starter), SOLUTION, TESTS.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vmlab.course.claims import PUBLIC_SEED, points
from vmlab.course.exercise import Exercise
from vmlab.course.export import exercise_of, new_folder, solution_of
from vmlab.course.lesson import Lesson
from vmlab.course.notebooks import notebook, text_of

CONFIG: Final = """\
show_question_points: true
export_cell: false
generate: true
run_tests: true
tests:
  files: true"""


def export(
    lesson: Lesson, out: Path, language: str, seeds: Sequence[int] = (PUBLIC_SEED,)
) -> list[Path]:
    """Write the master notebook. Seeds of a key become hidden tests."""
    import nbformat

    exercise = exercise_of(lesson)
    made = notebook(lesson, language)

    def raw(text: str) -> Any:
        return nbformat.v4.new_raw_cell(text)

    def code(text: str) -> Any:
        return nbformat.v4.new_code_cell(text)

    cells: list[Any] = [raw(f"# ASSIGNMENT CONFIG\nname: {lesson.slug}\n{CONFIG}")]
    worth = points({one.id: one.law for one in exercise.properties})
    for cell in made.cells:
        if cell.source.strip() == "lesson.check(globals())":
            continue
        if "exercise" not in cell.metadata.get("vmlab", {}):
            cells.append(cell)
            continue
        cells += [
            raw(f"# BEGIN QUESTION\nname: {exercise.slug}\npoints: {sum(worth.values()):g}"),
            nbformat.v4.new_markdown_cell(exercise.task[language]),
            raw("# BEGIN PROMPT"), code(cell.source), raw("# END PROMPT"),
            raw("# BEGIN SOLUTION"), code(_solution(exercise)), raw("# END SOLUTION"),
            raw("# BEGIN TESTS"),
            *(
                code(_test(exercise.slug, one.id, one.says[language], language, worth[one.id], seed,
                           shared=len(seeds)))
                for one in exercise.properties
                for seed in seeds
            ),
            raw("# END TESTS"), raw("# END QUESTION"),
        ]  # fmt: skip
    for position, cell in enumerate(cells, 1):
        cell["id"] = f"{lesson.name}-{position:02d}"
    made.cells = cells
    target = new_folder(out) / f"{lesson.slug}.ipynb"
    target.write_text(text_of(made), encoding="utf-8")
    return [target]


def _solution(exercise: Exercise) -> str:
    """The solution in the marks by which Otter takes it out of the student's copy: the raw cells
    around it do not."""
    return f"# BEGIN SOLUTION NO PROMPT\n{solution_of(exercise).rstrip()}\n# END SOLUTION"


def _test(
    slug: str, name: str, says: str, language: str, worth: float, seed: int, shared: int
) -> str:
    """One test's cell. A property's points are shared by its seeds."""
    hidden = "true" if seed != PUBLIC_SEED else "false"
    speak = "" if language == "en" else f', language="{language}"'
    return (
        f'""" # BEGIN TEST CONFIG\npoints: {worth / shared:g}\nhidden: {hidden}\n'
        '""" # END TEST CONFIG\n'
        f"from vmlab.course.claims import claim\n# {says}\n"
        f'claim("{slug}", "{name}", globals(), seed={seed}{speak})'
    )
