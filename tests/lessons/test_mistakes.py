"""`vmlab lesson check` on what authors do wrong: each is told as a sentence, with its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vmlab.core.errors import BadInput
from vmlab.course.authoring import fresh
from vmlab.course.authoring.checks import steps
from vmlab.course.authoring.running import run
from vmlab.course.authoring.within import within
from vmlab.course.lesson import read_lesson

NOT_UTF8 = b"\xff"


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    """A file's text with another part."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode())

    return change


def added(more: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data + more


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("grade.py", added(b"def ("), "grade.py, line 27: SyntaxError"),
        ("grade.py", replaced("PAGE_BITS\n", "PAGE_BIT\n"), "grade.py, line 8: ImportError"),
        ("grade.py", replaced("random.Random(seed)", "1 / 0"), "line 17: ZeroDivisionError"),
        ("grade.py", replaced("def grade(", "def grades("), "no attribute 'grade'"),
        ("grade.py", replaced('Finding("same", True)', "5"), "AttributeError: 'int' object"),
        ("solution.py", added(b"def ("), "SyntaxError in line 6"),
        ("solution.py", added(NOT_UTF8), "solution.py: expected text in UTF-8"),
        ("starter.py", added(NOT_UTF8), "starter.py: expected text in UTF-8"),
        ("wrong/offset.py", added(NOT_UTF8), "offset.py: expected text in UTF-8"),
        ("lesson.md", added(NOT_UTF8), "lesson.md: expected text in UTF-8"),
        ("mutants.toml", added(b"x = ["), "mutants.toml: expected facts as TOML"),
        ("mutants.toml", added(b"x = 1"), "mutants.toml: expected equivalent"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, name: str, change: Callable[[bytes], bytes], told: str
) -> None:
    folder = fresh.make(tmp_path, "two-stage")
    file = folder / name
    file.write_bytes(change(file.read_bytes() if file.exists() else b""))
    said = [one for step in steps(read_lesson(folder)) for one in step.problems]
    assert any(told in one for one in said), said


ENDLESS = [
    ("solution.py", "def {}(*_):\n    while True: pass\n"),
    ("solution.py", "while True: pass\n"),
    ("starter.py", "def {}(*_):\n    for _ in iter(int, 1): pass\n"),
    ("wrong/offset.py", "# hint: offset\ndef {}(*_): return sum(1 for _ in iter(int, 1))\n"),
]


@pytest.mark.parametrize(("name", "program"), ENDLESS)
def test_a_program_that_never_ends_is_told(tmp_path: Path, name: str, program: str) -> None:
    folder = fresh.make(tmp_path, "two-stage")
    exercise = read_lesson(folder).exercise
    assert exercise is not None
    (folder / name).write_text(program.format(*exercise.names))
    said = [one for step in steps(read_lesson(folder)) for one in step.problems]
    assert any(f"{name}: expected a program that ends" in one for one in said), said


@pytest.mark.parametrize(
    "cell",
    [
        "while True: pass",
        "while True:\n    try:\n        sum(range(1000))\n    except Exception:\n        pass",
        'import vmlab\ns = vmlab.open("tour")\nwhile True:\n    s.step()\n    s.back()',
    ],
)
def test_a_cell_that_never_ends_is_told(tmp_path: Path, cell: str) -> None:
    folder = fresh.make(tmp_path, "two-stage")
    text = folder / "lesson.md"
    before, fence, after = text.read_text().partition("```{code-cell}")
    text.write_text(f"{before}{fence} python\n{cell}\n```\n\n{fence}{after}")
    with pytest.raises(BadInput, match="expected cell 1 to end, found it running after 1 seconds"):
        run(read_lesson(folder), seconds=1.0)


def test_what_ends_in_time_is_left_alone() -> None:
    with within(0.05):
        pass
    time.sleep(0.2)


def test_a_solution_that_does_not_pass_has_no_mutants_to_try(tmp_path: Path) -> None:
    folder = fresh.make(tmp_path, "two-stage")
    (folder / "solution.py").write_text((folder / "starter.py").read_text())
    *_, solution, _, mutants = steps(read_lesson(folder))
    assert solution.problems and not mutants.problems
    assert mutants.notes == ("none is tried before the solution passes",)


def test_a_hint_whose_braces_do_not_fit_is_refused(tmp_path: Path) -> None:
    folder = fresh.make(tmp_path, "two-stage")
    facts = folder / "exercise.toml"
    facts.write_text(facts.read_text().replace("{va}", "{va"))
    with pytest.raises(BadInput, match=r"exercise\.toml: expected .*says with braces in pairs"):
        read_lesson(folder)


def test_facts_may_begin_with_a_mark_of_their_encoding(tmp_path: Path) -> None:
    """Windows' editor writes one."""
    folder = fresh.make(tmp_path, "two-stage")
    for name in ("lesson.toml", "exercise.toml", "lesson.md"):
        file = folder / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert [step.problems for step in steps(read_lesson(folder)) if step.problems] == []
