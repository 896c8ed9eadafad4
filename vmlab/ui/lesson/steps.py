"""The lesson's steps: what the page around the pictures is told, and what it asks for.

The page draws the steps in its text; here is no picture but a line below the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from vmlab.ui.i18n import t
from vmlab.ui.lesson.base import LessonWidget, twin_words
from vmlab.ui.lesson.player import STEP_WORDS, Player
from vmlab.ui.widgets.base import Payload
from vmlab.ui.widgets.sent import number_in
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, visible

_MOST_LETTERS: Final = 60
"""Of what a step printed, in the text twin."""


class LessonSteps(LessonWidget):
    """The steps of a lesson: how each stands, and what it printed."""

    kind: ClassVar[str] = "lesson"
    doc: ClassVar[str] = "lessons#the-steps"
    live: ClassVar[bool] = True

    def __init__(self, controller: Player, **params: Any) -> None:
        super().__init__(controller, **params)
        self._told = -1
        """The version of the steps that the page knows: what they printed may be long."""

    def labels(self) -> Mapping[str, Any]:
        return {
            **twin_words(t("Steps")),
            "empty": t("Run a step: the pictures of its machine appear here."),
            "open": t("Open in the workbench"),
            "open_hint": t("The same machine at the same position, with all pictures"),
            "dismiss": t("Dismiss"),
        }

    def depends(self, snapshot: Any) -> tuple[Any, ...]:
        player = self.controller
        return (*super().depends(snapshot), player.message, player.desk.link, player.running)

    def changes(self, snapshot: Any, full: bool) -> Payload | None:
        if full:
            self._told = -1
        return super().changes(snapshot, full)

    def payload(self, snapshot: Any) -> Payload:
        player, steps = self.controller, {}
        if self._told != player.version:
            self._told = player.version
            steps = {str(at): one.payload() for at, one in player.steps.items() if one.runs}
        return {
            "busy": player.running,
            **({"cells": steps} if steps else {}),
            "observed": dict(player.observed),
            "link": player.desk.link,
            "message": visible(player.message),
            "shows": bool(player.desk.kinds),
        }

    def table(self, snapshot: Any) -> Table:
        steps = [one for one in self.controller.steps.values() if one.runs]
        return Table(
            Phrase("Steps"),
            (Phrase("Lesson step"), Phrase("State"), Phrase("Printed")),
            tuple(
                (str(one.cell.number), STEP_WORDS[one.state], _first_line(one.printed.text))
                for one in steps
            ),
            Phrase("No lesson is open."),
        )

    def act(self, message: Mapping[str, Any]) -> None:
        player, number = self.controller, number_in(message.get("cell"))
        match message.get("command"):
            case "run" if number is not None:
                player.run(number)
            case "again" if number is not None:
                player.again(number)
            case "restart":
                player.restart()
            case "stop":
                player.stop()
            case "dismiss":
                player.dismiss()
            case "restore":
                player.restore(_answers(message.get("answers")))


def _first_line(text: str) -> str:
    line = visible(text.strip().partition("\n")[0])
    return line if len(line) <= _MOST_LETTERS else line[: _MOST_LETTERS - 1] + "…"


def _answers(found: Any) -> dict[str, str]:
    """Predictions as a page sends them: an option for each question."""
    if not isinstance(found, dict):
        return {}
    return {
        name: option
        for name, option in found.items()
        if isinstance(name, str) and isinstance(option, str)
    }
