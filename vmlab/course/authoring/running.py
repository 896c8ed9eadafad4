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
import traceback
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from vmlab.core.errors import BadInput
from vmlab.course.authoring.within import within
from vmlab.course.lesson import Lesson
from vmlab.course.text import Cell, cells
from vmlab.course.timelimit import TimeUp

MODULE: Final = "vmlab.ui.lesson"
MOST_SHOWN: Final = 3
"""Pictures that a lesson shows at once."""
CELL_SECONDS: Final = 120.0
"""As long as one cell may take: a reader would have left long before."""


@dataclass
class Recorder:
    """Stands for the lesson that `begin` gives."""

    slug: str
    predicted: list[str] = field(default_factory=list)
    observations: dict[str, str] = field(default_factory=dict)
    shown: list[tuple[Any, tuple[str, ...]]] = field(default_factory=list)
    checked: int = 0

    def predict(self, question: str) -> None:
        if question in self.observations:
            raise BadInput(f"question {question} is asked after it was observed")
        self.predicted.append(question)

    def observed(self, question: str, option: str) -> str:
        if question not in self.predicted:
            raise BadInput(f"question {question} is observed and was never asked")
        self.observations[question] = option
        return f"The machine showed {option}."

    def show(self, session: Any, *pictures: str) -> None:
        if not 1 <= len(pictures) <= MOST_SHOWN:
            raise BadInput(f"expected 1 to {MOST_SHOWN} pictures, found {len(pictures)}")
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

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(self.printed.values())


def run(lesson: Lesson, language: str = "en", seconds: float = CELL_SECONDS) -> Ran:
    """Run a lesson's cells in order in one namespace, the starter in the exercise's place. Raises
    `BadInput` naming the cell that failed, or that went on for longer than `seconds`."""
    recorder = Recorder(lesson.slug)
    space: dict[str, Any] = {"__name__": "__main__"}
    printed = {}
    with _begin(recorder):
        for cell in cells(lesson.path(language)):
            out = io.StringIO()
            try:
                with contextlib.redirect_stdout(out), within(seconds):
                    exec(_code(lesson, cell), space)
            except TimeUp:
                raise BadInput(
                    f"{lesson.path(language)}: expected cell {cell.number} to end, found it "
                    f"running after {seconds:g} seconds"
                ) from None
            except Exception as error:  # whatever a lesson's cell raises
                last = traceback.extract_tb(error.__traceback__)[-1]
                raise BadInput(
                    f"{lesson.path(language)}: cell {cell.number} raised "
                    f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
                ) from error
            printed[cell.number] = out.getvalue()
    return Ran(lesson, recorder, printed)


def _code(lesson: Lesson, cell: Cell) -> Any:
    source = cell.source
    if cell.is_exercise:
        if lesson.exercise is None:
            raise BadInput(f"cell {cell.number} is an exercise, and there is no exercise.toml")
        source = lesson.exercise.starter
    return compile(source, f"{lesson.name}, cell {cell.number}", "exec", dont_inherit=True)


@contextlib.contextmanager
def _begin(recorder: Recorder) -> Iterator[None]:
    """`from vmlab.ui.lesson import begin` gives the recorder, and no user interface is loaded."""
    stub = types.ModuleType(MODULE)

    def begin(slug: str) -> Recorder:
        if slug != recorder.slug:
            raise BadInput(f"expected begin({recorder.slug!r}), found {slug!r}")
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


def text_problems(lesson: Lesson) -> Iterator[str]:
    """What is wrong with a lesson's two texts, a sentence each, without running anything."""
    english, chinese = (cells(lesson.path(language)) for language in ("en", "zh"))
    if english != chinese:
        at = next(
            (one.number for one, other in zip(english, chinese, strict=False) if one != other),
            min(len(english), len(chinese)) + 1,
        )
        yield f"the cells of the two texts differ, first in cell {at}"
    first = ["from vmlab.ui.lesson import begin", f'lesson = begin("{lesson.slug}")']
    if not english or english[0].source.splitlines()[:2] != first:
        yield f"expected the first cell to begin with {first[0]!r} and {first[1]!r}"
    opened = set(re.findall(r'vmlab\.open\(\s*"([^"]+)"', lesson.text.read_text(encoding="utf-8")))
    if strange := sorted(opened - set(lesson.guests)):
        yield f"the cells open {', '.join(strange)}, which lesson.toml does not name in guests"


def run_problems(ran: Ran) -> Iterator[str]:
    """What a run shows to be otherwise than the lesson says: questions, prints, the check."""
    lesson, recorder = ran.lesson, ran.recorder
    answers = {one.id: one.answer for one in lesson.questions}
    if recorder.predicted != list(answers):
        asked = recorder.predicted
        yield f"expected the questions {list(answers)} in this order, asked were {asked}"
    for question, answer in answers.items():
        found = recorder.observations.get(question)
        if found != answer:
            yield f"question {question}: lesson.toml says {answer!r}, the cells observed {found!r}"
    for line in lesson.prints:
        if not re.search(line, ran.text, re.MULTILINE):
            yield f"no cell printed {line!r}"
    if (lesson.exercise is not None) != bool(recorder.checked):
        yield "a lesson has an exercise and a cell lesson.check(globals()), or neither"
