"""The lesson's exercise: an editor, the checks, and the hint of the first that failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vmlab.ui.i18n import t
from vmlab.ui.lesson import wording
from vmlab.ui.lesson.base import LessonWidget, twin_words
from vmlab.ui.lesson.wording import Standing
from vmlab.ui.widgets.base import Payload
from vmlab.ui.widgets.sent import name_in
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, visible


class ExercisePanel(LessonWidget):
    """The program that the reader writes, and how each property of it stands."""

    kind: ClassVar[str] = "exercise"
    doc: ClassVar[str] = "lessons#the-exercise"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        exercise = self.controller.trial.exercise
        title = t("Exercise") if exercise is None else exercise.title[wording.spoken()]
        return {
            **twin_words(t("Exercise")),
            "name": visible(title),
            "number": "" if exercise is None else exercise.number,
            "defines": "" if exercise is None else ", ".join(exercise.names),
            "write": t("Define: {names}"),
            "starter": "" if exercise is None else exercise.starter,
            "check": t("Run checks"),
            "stop": t("Stop"),
            "reset": t("Reset to original"),
            "reset_ask": t("Press again: what you wrote is lost"),
            "source": t("Your program"),
            "keys": t("Ctrl+Enter runs the checks. Esc, then Tab, leaves the editor."),
            "printed": t("Your program printed"),
            "loading": t("The editor is being loaded."),
            "words": wording.words(),
            "roles": _roles(),
        }

    def payload(self, snapshot: Any) -> Payload:
        trial = self.controller.trial
        return {
            "there": trial.exercise is not None,
            "checking": trial.checking,
            "rows": trial.rows(),
            "said": visible(t(trial.said())),
            "refused": bool(trial.refusal),
            "printed": trial.printed.text,
            "verdict": trial.as_page(),
            "attempts": len(trial.attempts.attempts),
        }

    def table(self, snapshot: Any) -> Table:
        trial = self.controller.trial
        return Table(
            Phrase("Checks"),
            (Phrase("Check"), Phrase("Law"), Phrase("State")),
            tuple(
                (row["says"].replace("`", ""), _LAWS[row["law"]], Standing(row["state"]).word)
                for row in trial.rows()
            ),
            Phrase("This lesson has no exercise."),
        )

    def act(self, message: Mapping[str, Any]) -> None:
        match message.get("command"):
            case "check":
                self.controller.check(name_in(message.get("source")))
            case "stop":
                self.controller.stop()


_LAWS: Mapping[str, Phrase] = {
    "equivalence": Phrase("equivalence"),
    "control": Phrase("resource control"),
    "efficiency": Phrase("efficiency"),
}


def _roles() -> list[str]:
    """What the editor says to a screen reader, in the order of ACE_WORDS in ace.js."""
    return [
        t("editor"),
        t("Cursor in line $0"),
        t("editor"),
        t("Press Enter to write, Escape to leave"),
        t("editor gutter"),
        t("Press Enter for the mistakes, Escape to leave"),
        t("Mistake in line $0"),
        t("mistake"),
        t("mistakes"),
    ]
