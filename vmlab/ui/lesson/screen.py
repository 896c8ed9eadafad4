"""The component that draws a lesson: its pictures, which change, and on the site its exercise."""

from __future__ import annotations

import json
from typing import Any, Final

from vmlab.ui import theme
from vmlab.ui.i18n import t
from vmlab.ui.lesson.player import Player
from vmlab.ui.screens.screen import Screen
from vmlab.ui.widgets.base import Widget

_SCRIPTS: Final = (
    "dom", "panel", "timebar", "ribbon", "transport", "status", "now", "code", "registers", "csrs",
    "traps", "walk", "terminal", "console", "devices", "memory", "map", "page_tree", "tlb",
    "shadow", "exits", "translation", "stack", "points", "pictures", "keys", "print", "follow",
    "ace", "lesson/inline", "lesson/verdict", "lesson/steps", "lesson/exercise", "lesson/desk",
)  # fmt: skip


def _words() -> dict[str, Any]:
    """What the screen itself says."""
    return {
        "screen": {"title": t("Lesson"), "toolbar": t("Transport"), "pictures": t("Pictures")},
        "keys": {
            "title": t("Keyboard"),
            "close": t("Close"),
            "note": t("Letters work when you are not typing."),
            "letters_off": t("Turn single letters off"),
            "letters_on": t("Turn single letters on"),
            "keys": [
                [["s"], t("Step one instruction")],
                [["b"], t("Step back")],
                [["t"], t("Run to the next trap")],
                [["r"], t("Run or pause")],
                [["x"], t("Text twin of the focused picture")],
                [["?"], t("This list")],
                [["Esc"], t("Close")],
            ],
        },
    }


class LessonScreen(Screen):
    """Draws pictures of a session, and a lesson's own widgets."""

    _esm = theme.script(_SCRIPTS)
    _stylesheets = [theme.stylesheet("lesson")]  # noqa: RUF012  # Panel's name and type

    def __init__(self, controller: Any, widgets: tuple[Widget, ...], **params: Any) -> None:
        self._own = widgets
        self._pictures: tuple[Widget, ...] = ()
        super().__init__(controller, widgets, words=_words, **params)

    def _make_setup(self) -> str:
        """With the kinds, so that pictures and their words arrive together."""
        return json.dumps({**json.loads(super()._make_setup()), "kinds": list(self._widgets)})

    @property
    def player(self) -> Player | None:
        """The lesson that it draws; None in a notebook, where it draws a session."""
        return self._controller if isinstance(self._controller, Player) else None

    def refresh(self) -> None:
        """Draw what changed; all of it if a step has chosen other pictures."""
        player = self.player
        if player is None or player.desk.pictures is self._pictures:
            super().refresh()
            return
        self._pictures = player.desk.pictures
        self._widgets = {one.kind: one for one in (*self._pictures, *self._own)}
        self.param.update(
            kinds=list(self._widgets), setup=self._make_setup(), frame=self._make_frame(full=True)
        )
