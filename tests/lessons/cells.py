"""Runs a lesson's cells one after the other, with nothing to look at: `vmlab.ui.lesson.begin` gives
a recorder of what was asked, observed, shown and checked.

A lesson that runs so needs neither a notebook nor a browser, and what its text says of a run can be
compared with the run.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from vmlab.course.lesson import Lesson, find_lesson
from vmlab.course.text import Cell, cells

ROOT: Final = Path(__file__).parents[2]
MODULE: Final = "vmlab.ui.lesson"
MOST_SHOWN: Final = 3
"""Pictures that a lesson shows at once."""


@dataclass
class Recorder:
    """Stands for the lesson that `begin` gives."""

    slug: str
    predicted: list[str] = field(default_factory=list)
    observations: dict[str, str] = field(default_factory=dict)
    shown: list[tuple[Any, tuple[str, ...]]] = field(default_factory=list)
    checked: int = 0
    language: str = "en"

    def predict(self, question: str) -> None:
        assert question not in self.observations, f"{question} is asked after it was observed"
        self.predicted.append(question)

    def observed(self, question: str, option: str) -> None:
        assert question in self.predicted, f"{question} is observed and was never asked"
        self.observations[question] = option

    def show(self, session: Any, *pictures: str) -> None:
        assert 1 <= len(pictures) <= MOST_SHOWN, pictures
        self.shown.append((session, pictures))

    def check(self, space: Mapping[str, Any]) -> None:
        self.checked += 1


@dataclass(frozen=True, slots=True)
class Ran:
    """What running all cells of a lesson came to."""

    lesson: Lesson
    recorder: Recorder
    printed: Mapping[int, str]
    """By the cell's number."""
    space: Mapping[str, Any]
    """The names that the cells left."""

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(self.printed.values())


def run_lesson(slug: str, language: str = "en") -> Ran:
    """Run a lesson's cells in order in one namespace, the starter in the exercise's place."""
    lesson = find_lesson(slug, ROOT / "lessons")
    recorder = Recorder(lesson.slug, language=language)
    space: dict[str, Any] = {"__name__": "__main__"}
    printed = {}
    with _begin(recorder):
        for cell in cells(lesson.path(language)):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(_code(lesson, cell), space)
            printed[cell.number] = out.getvalue()
    return Ran(lesson, recorder, printed, space)


def _code(lesson: Lesson, cell: Cell) -> Any:
    source = cell.source
    if cell.is_exercise:
        assert lesson.exercise is not None, f"{lesson.slug} has no exercise"
        source = lesson.exercise.starter
    return compile(source, f"{lesson.name}, cell {cell.number}", "exec", dont_inherit=True)


@contextlib.contextmanager
def _begin(recorder: Recorder) -> Iterator[None]:
    """`from vmlab.ui.lesson import begin` gives the recorder, and no user interface is loaded."""
    stub = types.ModuleType(MODULE)

    def begin(slug: str) -> Recorder:
        assert slug == recorder.slug, f"expected begin({recorder.slug!r}), found {slug!r}"
        return recorder

    stub.begin = begin  # type: ignore[attr-defined]
    kept = sys.modules.get(MODULE)
    sys.modules[MODULE] = stub
    try:
        yield
    finally:
        if kept is None:
            del sys.modules[MODULE]
        else:
            sys.modules[MODULE] = kept


def check_lesson(slug: str) -> Ran:
    """What holds of every lesson: the texts have the same cells; each question is asked, observed,
    and shows what lesson.toml says; what the text relies on is printed."""
    lesson = find_lesson(slug, ROOT / "lessons")
    english, chinese = (cells(lesson.path(language)) for language in ("en", "zh"))
    assert english == chinese, "the cells of both texts are the same"
    assert english[0].source.splitlines()[:2] == [
        "from vmlab.ui.lesson import begin",
        f'lesson = begin("{lesson.slug}")',
    ]
    ran = run_lesson(slug)
    answers = {one.id: one.answer for one in lesson.questions}
    assert ran.recorder.observations == answers
    assert ran.recorder.predicted == list(answers), "asked once each, in the order of lesson.toml"
    for line in lesson.prints:
        assert re.search(line, ran.text, re.MULTILINE), f"no cell printed {line!r}:\n{ran.text}"
    opened = set(re.findall(r'vmlab\.open\(\s*"([^"]+)"', lesson.text.read_text(encoding="utf-8")))
    assert opened <= set(lesson.guests), "a lesson opens only the guests that it names"
    assert (lesson.exercise is not None) == bool(ran.recorder.checked)
    return ran
