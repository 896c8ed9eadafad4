"""A lesson that is being gone through: what was shown, predicted, observed and checked.

Where its pictures, questions and verdicts appear is a `Stage`: below the cells of a notebook, or
on the site's page. A lesson knows no more of it than these few calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vmlab.core.errors import BadInput
from vmlab.course.exercise import Verdict
from vmlab.course.lesson import Lesson, Question, find_lesson
from vmlab.ui import i18n
from vmlab.ui.i18n import t
from vmlab.ui.lesson import checking

if TYPE_CHECKING:
    from vmlab.ui.controller import SessionLike

MOST_PICTURES = 3


class Stage(Protocol):
    """Where a lesson appears."""

    def show(self, session: SessionLike, kinds: tuple[str, ...]) -> object:
        """Draw these pictures of a session; what a notebook displays, if it is one."""
        ...

    def ask(self, run: LessonRun, question: Question) -> object:
        """Ask for a prediction; what a notebook displays."""
        ...

    def tell(self, sentence: Callable[[], str]) -> None:
        """A sentence below the cell that runs; called again if the language changes."""
        ...

    def judge(self, run: LessonRun, verdict: Verdict) -> object:
        """Say what a check came to; what a notebook displays."""
        ...


stage: Stage | None = None
"""The page that lessons appear on, if there is one: the site's worker puts it here."""


class LessonRun:
    """One lesson, and how far one reader has come in it."""

    def __init__(self, lesson: Lesson, where: Stage) -> None:
        self.lesson = lesson
        self.answers: dict[str, str] = {}
        """What was predicted: an option for each question that was answered."""
        self.seen: dict[str, str] = {}
        """What the machine showed, in the same way."""
        self._stage = where

    @property
    def language(self) -> str:
        """Which of a lesson's languages is spoken: en or zh."""
        return i18n.language().partition("-")[0]

    def show(self, session: SessionLike, *kinds: str) -> object:
        """Draw pictures of a session, at most three: the kinds of the workbench, such as "ribbon".

        As the last line of a cell it displays them in a notebook. They follow the session, and
        their buttons drive it."""
        from vmlab.ui.lesson.pictures import check_kinds

        return self._stage.show(session, check_kinds(kinds))

    def predict(self, question: str) -> object:
        """Ask for a prediction. The first answer stands."""
        return self._stage.ask(self, self._question(question))

    def answer(self, question: str, option: str) -> None:
        """Note a prediction; the first one stands."""
        asked = self._question(question)
        self._check_option(asked, option)
        self.answers.setdefault(question, option)

    def observed(self, question: str, option: str) -> None:
        """Say which option the machine showed, beside what was predicted."""
        asked = self._question(question)
        self._check_option(asked, option)
        self.seen[question] = option
        said = self.answers.get(question)
        self._stage.tell(lambda: _observed(asked, said, option, self.language))

    def check(self, space: Mapping[str, Any]) -> object:
        """Check the exercise as `space` defines it: `lesson.check(globals())`."""
        exercise = self.lesson.exercise
        if exercise is None:
            raise BadInput(f"expected a lesson with an exercise, found {self.lesson.slug} without")
        verdict = checking.check_space(exercise, space)
        return self._stage.judge(self, verdict)

    def restore(self, answers: Mapping[str, str]) -> None:
        """Predictions of an earlier visit. Those of questions that are gone are left out."""
        for question, option in answers.items():
            asked = self.lesson.by_id.get(question)
            if asked is not None and option in asked.options:
                self.answers[question] = option

    def _question(self, name: str) -> Question:
        try:
            return self.lesson.by_id[name]
        except KeyError:
            known = ", ".join(self.lesson.by_id) or "none"
            raise BadInput(
                f"expected a question of this lesson ({known}), found {name!r}"
            ) from None

    @staticmethod
    def _check_option(question: Question, option: str) -> None:
        if option not in question.options:
            known = ", ".join(question.options)
            raise BadInput(f"expected an option of {question.id} ({known}), found {option!r}")


def _observed(question: Question, said: str | None, shown: str, language: str) -> str:
    """One sentence: what was predicted, and what happened."""
    happened = question.options[shown][language]
    if said is None:
        return t("The machine showed: {shown}", shown=happened)
    told = question.options[said][language]
    return t("You said: {said} The machine showed: {shown}", said=told, shown=happened)


def begin(slug: str, root: Path | None = None) -> LessonRun:
    """Begin a lesson: `lesson = begin("shadow")`. Raises `BadInput` if there is no such lesson.

    `root` is the folder of lessons, if they are not those that vmlab comes with."""
    where = stage
    if where is None:
        from vmlab.ui.lesson.cells import Cells

        where = Cells()
    return LessonRun(find_lesson(slug, root), where)
