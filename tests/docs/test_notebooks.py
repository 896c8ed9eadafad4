"""Every lesson is well-formed, its notebook is in step with it, and every cell of it runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmlab.core.errors import BadInput
from vmlab.course.lesson import Lesson, read_lesson, read_lessons
from vmlab.course.notebooks import notebook_text, out_of_step, write_notebooks

ROOT = Path(__file__).parents[2]
LESSONS = read_lessons(ROOT / "lessons")
named = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def test_the_notebooks_are_what_the_lessons_make() -> None:
    assert out_of_step(LESSONS, ROOT / "notebooks") == []


def test_drift_is_noticed_and_mended(tmp_path: Path) -> None:
    write_notebooks(LESSONS, tmp_path)
    assert out_of_step(LESSONS, tmp_path) == []
    first = tmp_path / f"{LESSONS[0].name}.ipynb"
    first.write_text(first.read_text().replace("trap", "trip"))
    (tmp_path / "99_stray.ipynb").write_text("{}")
    assert len(out_of_step(LESSONS, tmp_path)) == 2
    write_notebooks(LESSONS, tmp_path)
    assert out_of_step(LESSONS, tmp_path) == []


@named
def test_cell_ids_are_stable_and_there_is_no_output(lesson: Lesson) -> None:
    text = notebook_text(lesson)
    assert text == notebook_text(lesson)
    ids = re.findall(r'"id": "([^"]+)"', text)
    assert len(ids) == len(set(ids)) == text.count('"cell_type"')
    assert '"output_type"' not in text


@named
def test_a_lesson_opens_only_the_guests_that_it_names(lesson: Lesson) -> None:
    opened = set(re.findall(r'vmlab\.open\(\s*"([^"]+)"', lesson.text.read_text(encoding="utf-8")))
    assert opened == set(lesson.guests)


@named
@pytest.mark.filterwarnings("default")  # of the notebook's own machinery, in this process only
def test_every_cell_runs_in_a_kernel_of_its_own(lesson: Lesson) -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.reads(notebook_text(lesson), as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    said = "".join(output.text for output in outputs if output.output_type == "stream")
    for line in lesson.prints:
        assert re.search(line, said, re.MULTILINE), f"no cell printed {line!r}:\n{said}"


FACTS = """
title = {en = "x", zh = "x"}
idea = {en = "y", zh = "y"}
minutes = 1
"""


def test_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "01_x"
    folder.mkdir()
    for name in ("lesson.md", "lesson.zh.md"):
        (folder / name).write_text("# x\n")
    (folder / "lesson.toml").write_text(FACTS)
    assert read_lesson(folder).slug == "x"
    (folder / "lesson.toml").write_text(FACTS + "minuts = 2\n")
    with pytest.raises(BadInput, match=r"lesson\.toml: expected fields .*, found minuts"):
        read_lesson(folder)
    (folder / "lesson.toml").write_text(FACTS.replace("minutes = 1", 'minutes = "1"'))
    with pytest.raises(BadInput, match="expected minutes as a whole number, found '1'"):
        read_lesson(folder)
