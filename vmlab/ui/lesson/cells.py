"""A lesson as cells of a notebook: each picture, question and verdict below the cell that calls.

In a plain Python, where nobody displays anything, questions and verdicts are text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from vmlab.ui import notebook
from vmlab.ui.lesson import wording

if TYPE_CHECKING:
    from vmlab.course.exercise import Verdict
    from vmlab.course.lesson import Lesson, Question
    from vmlab.ui.controller import Controller, SessionLike
    from vmlab.ui.lesson.run import LessonRun
    from vmlab.ui.lesson.sheet import PredictSheet


class Cells:
    """Where a lesson appears in Jupyter, and in a plain Python."""

    def __init__(self) -> None:
        self._controllers: list[Controller] = []
        self._sheets: dict[str, PredictSheet] = {}

    def known(self, slug: str) -> Lesson | None:
        """None: each notebook reads its own."""
        return None

    def enter(self, run: LessonRun) -> None:
        """Nothing is shown before something is asked for."""

    def show(self, session: SessionLike, kinds: tuple[str, ...]) -> object:
        """The pictures, for a notebook to display."""
        from vmlab.ui.lesson import pictures
        from vmlab.ui.lesson.screen import LessonScreen

        notebook.load()
        controller = self._controller(session)
        made = pictures.make(controller, kinds)
        return LessonScreen(controller, made, layout="lesson", sizing_mode="stretch_width")

    def _controller(self, session: SessionLike) -> Controller:
        """One for each session: pictures of one machine agree on whether it runs."""
        from vmlab.ui.lesson.pictures import controller_of

        for one in self._controllers:
            if one.session is session:
                return one
        self._controllers.append(controller_of(session))
        return self._controllers[-1]

    def ask(self, run: LessonRun, question: Question) -> object:
        """A sheet to answer on."""
        if not notebook.here():
            _print(_asked(question, run.language))
            return None
        from vmlab.ui.lesson.sheet import PredictSheet

        notebook.load()
        self._sheets[question.id] = sheet = PredictSheet(run, question)
        return sheet

    def observe(self, run: LessonRun, question: Question, sentence: Callable[[], str]) -> None:
        """Print it, and mark the option on the sheet."""
        _print([sentence()])
        if question.id in self._sheets:
            self._sheets[question.id].shown = run.progress.observed[question.id]

    def judge(self, run: LessonRun, verdict: Verdict) -> object:
        """What a check came to."""
        if not notebook.here():
            _print(wording.lines(verdict))
            return None
        from vmlab.ui.lesson.sheet import VerdictCard

        notebook.load()
        _print(wording.short(verdict))
        return VerdictCard(verdict)


def _asked(question: Question, language: str) -> Iterable[str]:
    """A question as text."""
    yield question.ask[language]
    for option, text in question.options.items():
        yield f"  {option}: {text[language]}"


def _print(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
