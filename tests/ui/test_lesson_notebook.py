"""The same cells in Jupyter: a kernel of its own runs them, and displays what the site draws."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from tests.ui.lessons import LESSON, ROOT, program
from vmlab.course.text import cells


@cache
def ran() -> tuple[Any, ...]:
    """The lesson's cells with what they gave; the program is wrong, so that there is a hint."""
    import nbformat
    from nbclient import NotebookClient

    sources = []
    for cell in cells(LESSON.text):
        source = program("wrong/skips_faults.py") if cell.is_exercise else cell.source
        home = f"import pathlib\nlesson = begin('demo', pathlib.Path({str(ROOT)!r}))"
        sources.append(source.replace('lesson = begin("demo")', home))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return tuple(book.cells)


def shown(number: int) -> tuple[str, str]:
    """What a cell printed, and the HTML that it displays."""
    outputs = ran()[number - 1].outputs
    assert not [one for one in outputs if one.output_type == "error"], outputs
    text = "".join(one.text for one in outputs if one.output_type == "stream")
    html = "".join(one.data.get("text/html", "") for one in outputs if "data" in one)
    return text, html


@pytest.mark.filterwarnings("default")  # of the notebook's own machinery, in this process only
def test_pictures_are_displayed_with_what_moves_the_machine() -> None:
    text, html = shown(2)
    assert text == "mode U\n"
    for kind in ("ribbon", "csrs", "now", "transport"):
        assert json.dumps(f'"{kind}"')[1:-1] in html, kind
    assert '\\"exits\\"' in shown(5)[1]


def test_a_question_is_displayed_and_said_again() -> None:
    text, html = shown(3)
    assert text == "" and "What moves the hart from" in html and "fieldset" in html
    assert shown(4)[0].endswith("The machine showed: a trap.\n")


def test_a_verdict_is_a_sentence_and_a_card() -> None:
    text, html = shown(7)
    first, second = text.splitlines()
    assert first == "3 of 4 checks passed with seed 1."
    assert second.startswith("The access at va 0x") and second in html
    assert LESSON.exercise is not None
    for one in LESSON.exercise.properties:
        assert one.says["en"] in html, one.id


def test_nothing_is_asked_of_another_host() -> None:
    for number in (2, 3, 7):
        html = shown(number)[1].replace("http://www.w3.org", "")
        assert "http://" not in html and "https://cdn" not in html
