"""Jupyter notebooks made from the lessons, and the check that they are in step.

    python -m vmlab.course.notebooks            write notebooks/NN_slug.ipynb
    python -m vmlab.course.notebooks --check    write nothing; status 1 if one is out of step

A notebook is a pure function of its lesson: no outputs, no dates, cell ids by position. So a
difference in `git diff` is always a difference in a lesson.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vmlab.core.errors import Unsupported, VmlabError
from vmlab.course.lesson import Lesson, read_lessons

_KERNEL: Final = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook_text(lesson: Lesson) -> str:
    """The lesson as a notebook file (nbformat 4.5), without outputs."""
    try:
        import jupytext
        import nbformat
    except ImportError as error:
        raise Unsupported(
            f"making notebooks needs jupytext, which is not installed ({error}); "
            "it comes with: pip install 'vmlab[dev]'"
        ) from None
    notebook = jupytext.read(lesson.text, fmt="md:myst")
    notebook.metadata = nbformat.NotebookNode(
        kernelspec=_KERNEL, language_info={"name": "python"}, vmlab={"lesson": lesson.name}
    )
    for position, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"{lesson.name}-{position:02d}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return f"{nbformat.writes(notebook, indent=1, ensure_ascii=False)}".rstrip("\n") + "\n"


def out_of_step(lessons: Sequence[Lesson], folder: Path) -> list[str]:
    """One sentence for each notebook that is not what its lesson makes, or has no lesson."""
    problems = []
    for lesson in lessons:
        path = folder / f"{lesson.name}.ipynb"
        if not path.exists():
            problems.append(f"{path} is missing")
        elif path.read_text(encoding="utf-8") != notebook_text(lesson):
            problems.append(f"{path} differs from what {lesson.text} makes")
    return problems + [f"{path} has no lesson" for path in _strays(lessons, folder)]


def _strays(lessons: Sequence[Lesson], folder: Path) -> list[Path]:
    """Notebooks that no lesson makes."""
    made = {folder / f"{lesson.name}.ipynb" for lesson in lessons}
    return sorted(set(folder.glob("*.ipynb")) - made)


def write_notebooks(lessons: Sequence[Lesson], folder: Path) -> None:
    """Write every lesson's notebook and remove those that lost their lesson."""
    folder.mkdir(exist_ok=True)
    for stale in _strays(lessons, folder):
        stale.unlink()
    for lesson in lessons:
        (folder / f"{lesson.name}.ipynb").write_text(notebook_text(lesson), encoding="utf-8")


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
