"""What the lesson's own widgets share: a player in place of a session's controller."""

from __future__ import annotations

from typing import Any

import param

from vmlab.ui.i18n import t
from vmlab.ui.lesson.player import Player
from vmlab.ui.widgets.base import Widget


class LessonWidget(Widget):
    """A part of a lesson's page that is no picture of a machine."""

    controller = param.ClassSelector(
        class_=Player, allow_None=False, constant=True, doc="The lesson that is played."
    )

    def __init__(self, controller: Player, **params: Any) -> None:
        super().__init__(controller, **params)

    def depends(self, snapshot: Any) -> tuple[Any, ...]:
        """The lesson's own state. What the session shows is its pictures' affair."""
        return (self.controller.version,)


def twin_words(title: str) -> dict[str, str]:
    """The title, and the words of the text twin."""
    return {"title": title, "twin": t("Text twin"), "twin_hint": t("The same rows as text")}
