"""Jupyter notebooks made from the lessons, and the check that they are in step.

    python -m vmlab.course.notebooks            write notebooks/NN_slug.ipynb, NN_slug.zh.ipynb
    python -m vmlab.course.notebooks --check    write nothing; status 1 if one is out of step

A notebook is a pure function of its lesson: no outputs, no dates, cell ids by position. So a
difference in `git diff` is always a difference in a lesson. Two things are put in: the starter,
where the lesson's text has a cell for it, and in the Chinese notebook a first line that says which
language its pictures and sentences speak.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vmlab.core.errors import BadInput, Unsupported, VmlabError
from vmlab.course.exercise import LANGUAGES
from vmlab.course.lesson import Lesson, read_lessons
from vmlab.course.text import EXERCISE

_KERNEL: Final = {"display_name": "Python 3", "language": "python", "name": "python3"}
SPEAK: Final = "from vmlab.ui import i18n\n\ni18n.use({language!r})\n"
"""The first line of a notebook that does not speak English."""
TAGS: Final = {"en": "en", "zh": "zh-Hans"}
SOLUTION: Final = "vmlab"
"""The key of a cell's metadata under which it says that a student writes it."""


def file_name(lesson: Lesson, language: str = "en") -> str:
    """`05_shadow.ipynb`, `05_shadow.zh.ipynb`."""
    return f"{lesson.name}.ipynb" if language == "en" else f"{lesson.name}.{language}.ipynb"


def notebook(lesson: Lesson, language: str = "en") -> Any:
    """The lesson as a notebook (nbformat 4.5), without outputs."""
    try:
        import jupytext
        import nbformat
    except ImportError as error:
        raise Unsupported(
            f"making notebooks needs jupytext, which is not installed ({error}); "
            "it comes with: pip install 'vmlab[notebooks]'"
        ) from None
    made = jupytext.read(lesson.path(language), fmt="md:myst")
    made.metadata = nbformat.NotebookNode(
        kernelspec=_KERNEL,
        language_info={"name": "python"},
        vmlab={"lesson": lesson.name, "language": language},
    )
    spoken = language == "en"
    for position, cell in enumerate(made.cells, 1):
        cell["id"] = f"{lesson.name}-{position:02d}"
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if EXERCISE in cell.metadata.get("tags", []):
            cell.source = _starter(lesson)
            cell.metadata[SOLUTION] = {"exercise": _slug(lesson)}
        if not spoken:
            cell.source, spoken = SPEAK.format(language=TAGS[language]) + cell.source, True
    made.nbformat, made.nbformat_minor = 4, 5
    nbformat.validate(made)
    return made


def notebook_text(lesson: Lesson, language: str = "en") -> str:
    """The lesson as a notebook file."""
    return text_of(notebook(lesson, language))


def text_of(made: Any) -> str:
    """A notebook as a file's text."""
    import nbformat

    return f"{nbformat.writes(made, indent=1, ensure_ascii=False)}".rstrip("\n") + "\n"


def _starter(lesson: Lesson) -> str:
    if lesson.exercise is None:
        raise BadInput(f"{lesson.text}: a cell is an exercise, and there is no exercise.toml")
    return lesson.exercise.starter.rstrip("\n")


def _slug(lesson: Lesson) -> str:
    return lesson.exercise.slug if lesson.exercise else ""


def _wanted(lessons: Sequence[Lesson], folder: Path) -> dict[Path, tuple[Lesson, str]]:
    return {
        folder / file_name(lesson, language): (lesson, language)
        for lesson in lessons
        for language in LANGUAGES
    }


def out_of_step(lessons: Sequence[Lesson], folder: Path) -> list[str]:
    """One sentence for each notebook that is not what its lesson makes, or has no lesson."""
    problems = []
    for path, (lesson, language) in _wanted(lessons, folder).items():
        if not path.exists():
            problems.append(f"{path} is missing")
        elif path.read_text(encoding="utf-8") != notebook_text(lesson, language):
            problems.append(f"{path} differs from what {lesson.path(language)} makes")
    return problems + [f"{path} has no lesson" for path in _strays(lessons, folder)]


def _strays(lessons: Sequence[Lesson], folder: Path) -> list[Path]:
    """Notebooks that no lesson makes."""
    return sorted(set(folder.glob("*.ipynb")) - _wanted(lessons, folder).keys())


def write_notebooks(lessons: Sequence[Lesson], folder: Path) -> None:
    """Write every lesson's notebooks and remove those that lost their lesson."""
    folder.mkdir(exist_ok=True)
    for stale in _strays(lessons, folder):
        stale.unlink()
    for path, (lesson, language) in _wanted(lessons, folder).items():
        path.write_text(notebook_text(lesson, language), encoding="utf-8")


def main(argv: Sequence[str]) -> int:
    """The command above, run in a checkout's top folder."""
    try:
        lessons = read_lessons(Path("lessons"))
        if "--check" not in argv:
            write_notebooks(lessons, Path("notebooks"))
            return 0
        problems = out_of_step(lessons, Path("notebooks"))
    except VmlabError as error:
        sys.stderr.write(f"notebooks: {error}\n")
        return 2
    for problem in problems:
        sys.stderr.write(f"notebooks: {problem}; make it anew with: make notebooks\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
