"""`vmlab lesson`: what authors and teachers do with lessons: make one, check it, give it away."""

from __future__ import annotations

import shlex
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from vmlab.core.errors import BadInput

app = typer.Typer(
    name="lesson",
    help="Make lessons, check them, and write them in the form of other systems.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


HIDDEN_SEEDS: Final = 2
"""Seeds of a key that an export hides in its tests."""


class Form(Enum):
    """What a lesson is exported as."""

    PLAIN = "plain"
    NBGRADER = "nbgrader"
    OTTER = "otter"
    SCORM = "scorm"


class Language(Enum):
    """In which language."""

    EN = "en"
    ZH = "zh"


Slug = Annotated[str, typer.Argument(help="A lesson: its slug, or its exercise's number (E05).")]
Root = Annotated[
    Path | None, typer.Option("--lessons", metavar="DIR", help="The folder of lessons.")
]


@app.command("list")
def list_(root: Root = None) -> None:
    """List the lessons, with their exercises.

    Example:

      vmlab lesson list
    """
    from vmlab.course.lesson import lessons_folder, read_lessons

    for one in read_lessons(root or lessons_folder()):
        exercise = f"{one.exercise.number} {one.exercise.slug}" if one.exercise else ""
        typer.echo(f"{one.number:02d}  {one.slug:22} {exercise:18} {one.title['en']}".rstrip())


@app.command("new")
def new(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, such as two-stage.")],
    number: Annotated[
        int | None, typer.Option(metavar="NN", help="Its number; else the next that is free.")
    ] = None,
    root: Root = None,
) -> None:
    """Make the folder of a new lesson: small, whole, and passing all checks. Write it over.

    Example:

      vmlab lesson new two-stage --number 10
    """
    from vmlab.course.authoring import fresh
    from vmlab.course.lesson import INSIDE, lessons_folder

    if root is None and lessons_folder().name == INSIDE:
        raise BadInput(
            "expected --lessons DIR, a folder of your own, found none: the lessons that came with "
            "vmlab go away with it"
        )
    folder = fresh.make(root or lessons_folder(), slug, number)
    elsewhere = f" --lessons {shlex.quote(str(root))}" if root else ""
    check = f"vmlab lesson check {slug}{elsewhere}"
    typer.echo(f"vmlab: made {folder}; check it with: {check}", err=True)


@app.command("check")
def check(
    slug: Slug,
    root: Root = None,
    whole: Annotated[
        bool, typer.Option("--all-mutants", help="Try every mutant of the solution, not 25.")
    ] = False,
) -> None:
    """Run all that CI would run on a lesson: its texts, its cells, its notebooks, and what its
    grader says of the starter, the solution, each wrong program and mutants of the solution.

    Status: 0, or 1 if something is wrong.

    Example:

      vmlab lesson check shadow
    """
    from vmlab.course.authoring.checks import steps
    from vmlab.course.lesson import find_lesson, lessons_folder

    folder = root or lessons_folder()
    lesson = find_lesson(slug, folder)
    notebooks = folder.parent / "notebooks"
    wrong = 0
    for step in steps(lesson, notebooks if notebooks.is_dir() else None, whole):
        wrong += len(step.problems)
        said = "ok" if not step.problems else f"{len(step.problems)} wrong"
        typer.echo(f"{step.name:16} {said:8} {step.seconds:6.1f} s", err=True)
        for line in (*step.problems, *step.notes):
            typer.echo(f"  {line}", err=True)
    if wrong:
        raise typer.Exit(1)


@app.command("export")
def export(
    slug: Slug,
    form: Annotated[Form, typer.Option("--format", help="Which system it is for.")],
    out: Annotated[
        Path, typer.Option(help="A new folder; for scorm the zip file that is written.")
    ],
    lang: Annotated[Language, typer.Option(help="In which language.")] = Language.EN,
    key: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Hidden tests use this key's seeds (nbgrader, otter)."),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="scorm: a site that was built, else it is built now."),
    ] = None,
    root: Root = None,
) -> None:
    """Write a lesson for another system: an nbgrader course, a master notebook of Otter, a SCORM
    1.2 package for a learning management system, or plain files.

    Examples:

      vmlab lesson export shadow --format nbgrader --out course

      vmlab lesson export E05 --format scorm --lang zh --out shadow.zip
    """
    from vmlab.course.lesson import find_lesson

    lesson = find_lesson(slug, root)
    language = lang.value
    if key is not None and form not in {Form.NBGRADER, Form.OTTER}:
        raise BadInput(f"expected --key with nbgrader or otter, found it with {form.value}")
    if form is Form.SCORM:
        from vmlab.cli import scorm

        made = [scorm.package(lesson, out, language, site)]
    elif form is Form.PLAIN:
        from vmlab.course.export import plain

        made = plain.export(lesson, out, language)
    else:
        from vmlab.course.export import exercise_of, nbgrader, otter

        writer = nbgrader if form is Form.NBGRADER else otter
        made = writer.export(lesson, out, language, _seeds(exercise_of(lesson).slug, key))
    for path in made:
        typer.echo(f"vmlab: wrote {path}", err=True)


def _seeds(exercise: str, key: Path | None) -> tuple[int, ...]:
    from vmlab.course.claims import PUBLIC_SEED

    if key is None:
        return (PUBLIC_SEED,)
    from vmlab.course.grading.keys import read_key

    return (PUBLIC_SEED, *read_key(key).seeds(exercise, HIDDEN_SEEDS))
