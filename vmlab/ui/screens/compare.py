"""The compare board: what is compared, the lanes, the papers and the shapes on one screen."""

from __future__ import annotations

from typing import Any, Final

import param
from panel.viewable import Viewer

from vmlab.ui import theme
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.compare.lanes import Lanes
from vmlab.ui.compare.papers import Papers, Shapes
from vmlab.ui.compare.race import Race
from vmlab.ui.i18n import t
from vmlab.ui.screens.screen import Screen

_SCRIPTS: Final = (
    "dom", "panel", "follow", "compare/race", "compare/lanes", "compare/papers", "compare/board",
)  # fmt: skip


def board_words() -> dict[str, Any]:
    """What the screen itself says."""
    return {
        "screen": {
            "title": t("Same guest, several machines"),
            "measured": t("measured: counted in this run"),
            "modelled": t("modelled: counts × a table of prices"),
            "recorded": t("recorded: a paper's number"),
        }
    }


class BoardScreen(Screen):
    """Draws the board's widgets."""

    _esm = theme.script(_SCRIPTS)
    _stylesheets = [theme.stylesheet("compare/compare")]  # noqa: RUF012  # Panel's name and type


class CompareBoard(Viewer):
    """All widgets of one board on one screen."""

    controller = param.ClassSelector(
        class_=BoardController, allow_None=False, constant=True, doc="The board that is drawn."
    )

    def __init__(self, controller: BoardController, **params: Any) -> None:
        super().__init__(controller=controller, **params)
        self.widgets = (
            Race(controller), Lanes(controller), Papers(controller), Shapes(controller),
        )  # fmt: skip
        self.screen = BoardScreen(
            controller,
            self.widgets,
            words=board_words,
            layout="compare",
            keys="page",
            sizing_mode="stretch_width",
        )

    def text(self) -> str:
        """Every picture as text, one after the other."""
        return "\n".join(widget.text() for widget in self.widgets)

    def __panel__(self) -> Screen:
        return self.screen
