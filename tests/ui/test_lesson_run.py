"""What a lesson's cells call, in a plain Python: the same cells as on the site and in Jupyter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.lessons import EXERCISE, LESSON, ROOT, program
from vmlab.core.errors import BadInput
from vmlab.course.progress import Progress, as_json, from_json
from vmlab.course.text import cells
from vmlab.ui import i18n
from vmlab.ui.lesson import LessonRun, begin
from vmlab.ui.lesson import run as running


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lessons are those of the tests."""
    find = running.find_lesson
    monkeypatch.setattr(running, "find_lesson", lambda slug, root=None: find(slug, root or ROOT))
    yield
    i18n.use(i18n.ENGLISH)


@pytest.fixture
def lesson() -> LessonRun:
    return begin("demo")


def test_every_cell_runs_and_prints_what_the_lesson_promises(
    capsys: pytest.CaptureFixture[str],
) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells(LESSON.text):
        source = program("solution.py") if cell.is_exercise else cell.source
        exec(compile(source, f"cell {cell.number}", "exec"), space)
    said = capsys.readouterr().out.splitlines()
    assert "The machine showed: a trap." in said
    assert "All checks passed." in said
    assert [line for line in said if line.startswith("passed: ")] == [
        f"passed: {one.says['en']}" for one in EXERCISE.properties
    ]
    lesson = space["lesson"]
    assert lesson.progress.observed == {"up": LESSON.by_id["up"].answer}
    [attempt] = lesson.progress.exercise.attempts
    assert attempt.passed and attempt.score == 100


@pytest.mark.parametrize(("tag", "said"), [
    ("en", "You said: a jump. The machine showed: a trap."),
    ("zh", "你的预测：跳转。机器给出的：陷入。"),
])  # fmt: skip
def test_what_was_predicted_stands_beside_what_happened(
    lesson: LessonRun, capsys: pytest.CaptureFixture[str], tag: str, said: str
) -> None:
    i18n.use(tag)
    lesson.predict("up")
    lesson.answer("up", "jump")
    lesson.answer("up", "trap")
    capsys.readouterr()
    lesson.observed("up", "trap")
    assert capsys.readouterr().out == said + "\n"


def test_a_question_is_text_where_nobody_displays_anything(
    lesson: LessonRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lesson.predict("up") is None
    assert capsys.readouterr().out.splitlines() == [
        "What moves the hart from `U` to `S`?", "  jump: a jump", "  trap: a trap",
    ]  # fmt: skip


@pytest.mark.parametrize(("call", "sentence"), [
    (lambda one: one.predict("down"), r"a question of this lesson \(up\), found 'down'"),
    (lambda one: one.observed("down", "trap"), r"a question of this lesson \(up\), found 'down'"),
    (lambda one: one.observed("up", "sideways"), r"an option of up \(jump, trap\), found 'sidew"),
    (lambda one: one.show(None, "nothing"), r"a picture \(.*ribbon.*\), found 'nothing'"),
    (lambda one: one.show(None), "1 to 3 different pictures, found none"),
    (lambda one: one.show(None, "code", "code"), "different pictures, found code, code"),
    (lambda one: one.show(None, "code", "csrs", "traps", "walk"), "1 to 3 different pictures"),
    (lambda one: one.check({}), "expected the program to define resume; found no such name"),
    (lambda _: begin("nowhere"), r"expected a lesson \(demo, endless\), found 'nowhere'"),
])  # fmt: skip
def test_what_an_author_misspells_is_a_sentence(
    lesson: LessonRun, call: Any, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        call(lesson)


@pytest.mark.parametrize("wrong", sorted((LESSON.folder / "wrong").glob("*.py")), ids=str)
def test_a_wrong_program_gets_its_hint(
    lesson: LessonRun, capsys: pytest.CaptureFixture[str], wrong: Any
) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    source = wrong.read_text("utf-8")
    exec(compile(source, "cell 9", "exec"), space)
    lesson.check(space)
    assert lesson.progress.exercise is not None
    failed = lesson.progress.exercise.attempts[-1].failed
    hint = source.partition("# hint: ")[2].partition("\n")[0]
    assert failed[0].hint == hint
    said = capsys.readouterr().out
    assert EXERCISE.hints[hint].says["en"].split("{")[0] in said
    assert f"It is about: {EXERCISE.hints[hint].concept}" in said
    assert "Expected: " in said and "with seed" in said


def test_what_raises_says_where(lesson: LessonRun, capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("def resume(trap):\n    return trap.nothing", "cell 9", "exec"), space)
    lesson.check(space)
    said = capsys.readouterr().out
    assert "raised AttributeError in line 2: 'Trap' object has no attribute 'nothing'" in said
    assert [line.partition(":")[0] for line in said.splitlines()[:4]] == [
        "failed", "not reached", "not reached", "not reached",
    ]  # fmt: skip


def test_progress_is_what_the_schema_says(lesson: LessonRun) -> None:
    lesson.restore({"up": "jump", "gone": "x"})
    lesson.observed("up", "trap")
    lesson.check({"__name__": "x", "resume": lambda trap: trap.epc})
    kept = as_json(Progress({"demo": lesson.progress}))
    assert from_json(json.loads(json.dumps(kept)), "here").lesson("demo") == lesson.progress


def test_the_import_is_light() -> None:
    """A cell that begins a lesson does not wait for what draws."""
    import subprocess
    import sys

    code = "import sys; from vmlab.ui.lesson import begin; print('panel' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
