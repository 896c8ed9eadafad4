"""A lesson as plain files: its notebook, the starter, and what to do with them."""

from __future__ import annotations

from pathlib import Path

from vmlab.course.export import new_folder
from vmlab.course.lesson import Lesson, lessons_folder
from vmlab.course.notebooks import file_name, notebook_text

_README = {
    "en": """# {title}

{idea}

Open `{notebook}` in Jupyter, or read the lesson on the site.
""",
    "zh": """# {title}

{idea}

在 Jupyter 中打开 `{notebook}`，或者在网站上阅读这一课。
""",
}
_TASK = {
    "en": """
## {exercise}

{task}

Write it in `{slug}.py`. Check it with

    vmlab grade {slug}.py{where}
""",
    "zh": """
## {exercise}

{task}

写在 `{slug}.py` 里，用下面的命令检查：

    vmlab grade {slug}.py{where}
""",
}
_WHERE = " --lessons lessons/"
"""Of a lesson that did not come with vmlab: its folder is named where it is graded."""


def export(lesson: Lesson, out: Path, language: str) -> list[Path]:
    """Write the files; returns them."""
    folder = new_folder(out)
    name = file_name(lesson, language)
    text = _README[language].format(
        title=lesson.title[language], idea=lesson.idea[language], notebook=name
    )
    files = {name: notebook_text(lesson, language)}
    if (exercise := lesson.exercise) is not None:
        files[f"{exercise.slug}.py"] = exercise.starter
        text += _TASK[language].format(
            exercise=f"{exercise.number} {exercise.title[language]}",
            task=exercise.task[language],
            slug=exercise.slug,
            where="" if lesson.folder.parent == lessons_folder() else _WHERE,
        )
    files["README.md"] = text
    for each, content in files.items():
        (folder / each).write_text(content, encoding="utf-8")
    return [folder / each for each in files]
