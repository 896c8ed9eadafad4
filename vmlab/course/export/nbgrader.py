"""A lesson as an assignment of nbgrader: `source/NAME/NAME.ipynb`, with the solution in it.

`nbgrader generate_assignment NAME` takes the solution and the hidden seeds out again; `nbgrader
autograde NAME` counts the cells that hold. A cell a property, worth its share of a law's weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vmlab.course.claims import PUBLIC_SEED, points
from vmlab.course.exercise import Property
from vmlab.course.export import exercise_of, new_folder, solution_of
from vmlab.course.lesson import Lesson
from vmlab.course.notebooks import notebook, text_of

SCHEMA: Final = 3
"""Of nbgrader's metadata."""
CONFIG: Final = """\
# Made by: vmlab lesson export --format nbgrader
c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "vmlab"
# The starter stands above: nothing has to be put where the solution was.
c.ClearSolutions.code_stub = {"python": "# change the program above"}
c.ExecutePreprocessor.timeout = 300
"""


def export(
    lesson: Lesson, out: Path, language: str, seeds: Sequence[int] = (PUBLIC_SEED,)
) -> list[Path]:
    """Write a course's folder: nbgrader_config.py and source/. In a course that is there already,
    the lesson is one assignment more. `seeds` of a key stay hidden."""
    exercise = exercise_of(lesson)
    made = notebook(lesson, language)
    cells: list[Any] = []
    for cell in made.cells:
        if "exercise" in cell.metadata.get("vmlab", {}):
            cell.source = (
                f"{cell.source}\n\n### BEGIN SOLUTION\n{solution_of(exercise).rstrip()}\n"
                "### END SOLUTION"
            )
            cell.metadata["nbgrader"] = _grades(exercise.slug, solution=True)
        elif cell.source.strip() == "lesson.check(globals())":
            worth = points({one.id: one.law for one in exercise.properties})
            cells += [
                _test(made, lesson, one, worth[one.id], language, seeds)
                for one in exercise.properties
            ]
            continue
        cells.append(cell)
    made.cells = cells
    config = out / "nbgrader_config.py"
    begins = not config.is_file()
    if begins:
        new_folder(out)
        config.write_text(CONFIG, encoding="utf-8")
    target = new_folder(out / "source" / lesson.slug) / f"{lesson.slug}.ipynb"
    target.write_text(text_of(made), encoding="utf-8")
    return [config, target] if begins else [target]


def _grades(name: str, *, solution: bool = False, worth: float | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "grade": worth is not None,
        "grade_id": name,
        "locked": worth is not None,
        "schema_version": SCHEMA,
        "solution": solution,
        "task": False,
    }
    return found if worth is None else found | {"points": worth}


def _test(
    made: Any, lesson: Lesson, one: Property, worth: float, language: str, seeds: Sequence[int]
) -> Any:
    """The cell of one property: with the public seed for all to see, with others hidden."""
    import nbformat

    exercise = exercise_of(lesson)
    call = f'claim("{exercise.slug}", "{one.id}", globals()'
    speak = "" if language == "en" else f', language="{language}"'
    lines = [
        "from vmlab.course.claims import claim",
        f"# {one.says[language]}",
        f"{call}{speak})",
    ]
    private = [seed for seed in seeds if seed != PUBLIC_SEED]
    if private:
        lines += [
            "### BEGIN HIDDEN TESTS",
            *(f"{call}, seed={seed}{speak})" for seed in private),
            "### END HIDDEN TESTS",
        ]
    cell = nbformat.v4.new_code_cell("\n".join(lines))
    cell["id"] = f"{exercise.slug}-{one.id}"[:64]
    cell.metadata["nbgrader"] = _grades(f"{exercise.slug}-{one.id}", worth=worth)
    return cell
