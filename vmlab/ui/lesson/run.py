"""A lesson that is being gone through: what was shown, predicted, observed and checked.

Where its pictures, questions and verdicts appear is a `Stage`: below the cells of a notebook, or
on the site's page. A lesson knows no more of it than these few calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vmlab.core.errors import BadInput
from vmlab.course.exercise import Exercise, Verdict
from vmlab.course.lesson import Lesson, Question, find_lesson
from vmlab.course.progress import Attempt, ExerciseProgress, LessonProgress, now
from vmlab.ui.i18n import t
from vmlab.ui.lesson import checking
from vmlab.ui.lesson.wording import spoken

if TYPE_CHECKING:
    from vmlab.ui.controller import SessionLike


class Stage(Protocol):
    """Where a lesson appears."""

    def known(self, slug: str) -> Lesson | None:
        """The lesson, if it has been read already."""
        ...

    def enter(self, run: LessonRun) -> None:
        """A lesson begins."""
        ...

    def show(self, session: SessionLike, kinds: tuple[str, ...]) -> object:
        """Draw these pictures of a session; what a notebook displays, if it is one."""
        ...

    def ask(self, run: LessonRun, question: Question) -> object:
        """Ask for a prediction; what a notebook displays."""
        ...

    def observe(self, run: LessonRun, question: Question, sentence: Callable[[], str]) -> None:
        """The machine has shown an option. The sentence belongs below the cell that runs; it is
        asked for again if the language changes."""
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
        self.progress = LessonProgress()
        """Answers, observations and attempts (`vmlab.course.progress`)."""
        self._stage = where
        where.enter(self)

    @property
    def language(self) -> str:
        """Which of a lesson's languages is spoken: en or zh."""
        return spoken()

    def show(self, session: SessionLike, *kinds: str) -> object:
        """Draw pictures of a session, at most three: kinds of the workbench such as "ribbon".

        As the last line of a cell it displays them in a notebook. They follow the session, and
        their buttons drive it."""
        from vmlab.ui.lesson.pictures import check_kinds  # what draws them is large

        return self._stage.show(session, check_kinds(kinds))

    def predict(self, question: str) -> object:
        """Ask for a prediction, before the cell that shows what happens."""
        return self._stage.ask(self, self._question(question))

    def answer(self, question: str, option: str) -> None:
        """Note a prediction; the first one stands."""
        self._option(question, option)
        self.progress = self.progress.answered(question, option, now())

    def answered(self, question: str) -> str | None:
        """The option that was predicted, if one was."""
        answer = self.progress.answers.get(question)
        return None if answer is None else answer.option

    def observed(self, question: str, option: str) -> None:
        """Say which option the machine showed, beside what was predicted."""
        asked = self._option(question, option)
        self.progress = self.progress.showed(question, option)
        said = self.answered(question)
        self._stage.observe(self, asked, lambda: _observed(asked, said, option, self.language))

    def check(self, space: Mapping[str, Any]) -> object:
        """Check the exercise as `space` defines it: `lesson.check(globals())`.

        Raises `BadInput` if `space` lacks what the exercise asks for."""
        verdict = checking.drained(checking.check_space(self.exercise, space))
        self.attempted(verdict)
        return self._stage.judge(self, verdict)

    @property
    def exercise(self) -> Exercise:
        """The lesson's exercise. Raises `BadInput` if it has none."""
        if self.lesson.exercise is None:
            raise BadInput(f"expected a lesson with an exercise, found {self.lesson.slug} without")
        return self.lesson.exercise

    def attempted(self, verdict: Verdict) -> None:
        """Note what a check came to."""
        kept = self.progress.exercise or ExerciseProgress(verdict.exercise.slug)
        self.progress = self.progress.with_exercise(kept.attempted(Attempt.of(verdict, now())))

    def restore(self, answers: Mapping[str, str]) -> None:
        """Predictions of an earlier visit. Those of questions that are gone are left out."""
        for question, option in answers.items():
            asked = self.lesson.by_id.get(question)
            if asked is not None and option in asked.options:
                self.answer(question, option)

    def _question(self, name: str) -> Question:
        found = self.lesson.by_id.get(name)
        if found is None:
            known = ", ".join(self.lesson.by_id) or "none"
            raise BadInput(f"expected a question of this lesson ({known}), found {name!r}")
        return found

    def _option(self, question: str, option: str) -> Question:
        """The question, if it has this option."""
        asked = self._question(question)
        if option not in asked.options:
            known = ", ".join(asked.options)
            raise BadInput(f"expected an option of {question} ({known}), found {option!r}")
        return asked


def _observed(question: Question, said: str | None, shown: str, language: str) -> str:
    """One sentence: what was predicted, and what happened."""
    happened = _ended(question.options[shown][language], language)
    if said is None:
        return t("The machine showed: {shown}", shown=happened)
    told = _ended(question.options[said][language], language)
    return t("You said: {said} The machine showed: {shown}", said=told, shown=happened)


def _ended(text: str, language: str) -> str:
    """An option as a sentence ends."""
    if text.endswith((".", "!", "?", "。", "！", "？")):
        return text
    return text + ("。" if language == "zh" else ".")


def begin(slug: str, root: Path | None = None) -> LessonRun:
    """Begin a lesson: `lesson = begin("shadow")`. Raises `BadInput` if there is no such lesson.

    `root` is the folder of lessons, if they are not those that vmlab comes with."""
    where = stage
    if where is None:
        from vmlab.ui.lesson.cells import Cells

        where = Cells()
    return LessonRun(where.known(slug) or find_lesson(slug, root), where)
