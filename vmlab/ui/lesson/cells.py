"""A lesson as cells of a notebook: each picture, question and verdict below the cell that calls."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from vmlab.ui.lesson import checking

if TYPE_CHECKING:
    from vmlab.course.exercise import Verdict
    from vmlab.course.lesson import Question
    from vmlab.ui.controller import SessionLike
    from vmlab.ui.lesson.run import LessonRun


class Cells:
    """Where a lesson appears in Jupyter, and in a plain Python."""

    def show(self, session: SessionLike, kinds: tuple[str, ...]) -> object:
        """The pictures, for a notebook to display."""
        import vmlab
        from vmlab.session.files import loading
        from vmlab.ui import notebook
        from vmlab.ui.controller import Controller
        from vmlab.ui.lesson import pictures
        from vmlab.ui.screens.screen import Screen

        notebook.load()
        controller = Controller(session, opener=vmlab.open, loader=loading, trap=vmlab.Until.trap)
        made = pictures.make(controller, kinds)
        return Screen(controller, made, layout="picture", sizing_mode="stretch_width")

    def ask(self, run: LessonRun, question: Question) -> object:
        """The question with its options."""
        self.tell(lambda: question.ask[run.language])
        for option, text in question.options.items():
            self.tell(lambda option=option, text=text: f"  {option}: {text[run.language]}")  # type: ignore[misc]
        return None

    def tell(self, sentence: Callable[[], str]) -> None:
        """Print it."""
        sys.stdout.write(sentence() + "\n")

    def judge(self, run: LessonRun, verdict: Verdict) -> object:
        """The verdict as text."""
        for line in checking.lines(verdict, run.language):
            self.tell(lambda line=line: line)  # type: ignore[misc]
        return None
