"""What a notebook shows of a question and of a verdict: small components without a machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import param
from panel.custom import JSComponent

from vmlab.ui import i18n, theme
from vmlab.ui.i18n import t
from vmlab.ui.lesson import wording
from vmlab.views.table import visible

if TYPE_CHECKING:
    from vmlab.course.exercise import Verdict
    from vmlab.course.lesson import Question
    from vmlab.ui.lesson.run import LessonRun

_SHEETS = theme.stylesheet("lesson", base=("tokens", "components"))


class PredictSheet(JSComponent):
    """A question with its options: the first answer stands."""

    setup = param.String(default="{}", constant=True, doc="The question and its words, as JSON.")
    answer = param.String(default="", doc="The option that was chosen.")
    shown = param.String(default="", doc="The option that the machine showed.")

    _esm = theme.script(("dom", "follow", "lesson/inline", "lesson/sheet"))
    _stylesheets = [_SHEETS]  # noqa: RUF012  # Panel's name and type

    def __init__(self, run: LessonRun, question: Question, **params: Any) -> None:
        self._run, self._question = run, question
        language = run.language
        setup = {
            "language": i18n.language(),
            "id": question.id,
            "ask": question.ask[language],
            "why": question.why[language],
            "options": [[name, text[language]] for name, text in question.options.items()],
            "mine": t("your answer"),
            "showed": t("the machine showed"),
            "lock": t("The first answer stands."),
        }
        super().__init__(
            setup=json.dumps(setup),
            answer=run.answered(question.id) or "",
            shown=run.progress.observed.get(question.id, ""),
            sizing_mode="stretch_width",
            **params,
        )

    def _handle_msg(self, data: Any) -> None:
        """An answer from the page, if it is one."""
        option = data.get("answer") if isinstance(data, dict) else None
        if isinstance(option, str) and option in self._question.options:
            self._run.answer(self._question.id, option)
            self.answer = self._run.answered(self._question.id) or ""


class VerdictCard(JSComponent):
    """What a check came to: its properties, the hint, what was counted."""

    setup = param.String(default="{}", constant=True, doc="The verdict and its words, as JSON.")

    _esm = theme.script(("dom", "follow", "lesson/inline", "lesson/verdict", "lesson/card"))
    _stylesheets = [_SHEETS]  # noqa: RUF012  # Panel's name and type

    def __init__(self, verdict: Verdict, **params: Any) -> None:
        self.text = "\n".join(wording.lines(verdict))
        setup = {
            "language": i18n.language(),
            "title": visible(verdict.exercise.title[wording.spoken()]),
            "words": wording.words(),
            "verdict": wording.as_page(verdict, 0),
        }
        super().__init__(setup=json.dumps(setup), sizing_mode="stretch_width", **params)
