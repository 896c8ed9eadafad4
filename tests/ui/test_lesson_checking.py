"""Where a student tries a program, it is refused for what the grading of a class refuses."""

from __future__ import annotations

import pytest

from vmlab.core.errors import BadInput
from vmlab.course.lesson import find_lesson
from vmlab.course.sandbox import screen
from vmlab.ui.lesson.checking import FILE, check_source, drained

EXERCISE = find_lesson("popek-goldberg").exercise
assert EXERCISE is not None
SOLUTION = (EXERCISE.folder / "solution.py").read_text("utf-8")


@pytest.mark.parametrize(
    "line",
    ["import random", "from re import match", "import math, os.path", "from . import x",
     "def f():\n    import numpy as np"],
)  # fmt: skip
def test_an_import_that_no_grader_has_is_refused_as_grading_refuses_it(line: str) -> None:
    source = f"{line}\n{SOLUTION}"
    with pytest.raises(BadInput) as graded:
        screen(source, FILE)
    with pytest.raises(BadInput) as tried:
        drained(check_source(EXERCISE, source))
    assert str(tried.value) == str(graded.value)


@pytest.mark.parametrize("line", ["import math", "from collections.abc import Hashable"])
def test_what_graders_have_may_be_imported(line: str) -> None:
    source = f"{line}\n{SOLUTION}"
    assert screen(source, FILE) == source
    assert drained(check_source(EXERCISE, source)).passed
