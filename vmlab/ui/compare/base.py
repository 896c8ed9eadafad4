"""What the board's widgets share: a controller of their own kind."""

from __future__ import annotations

from typing import Any

import param

from vmlab.session.board import BoardSnapshot
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.widgets.base import Widget


class BoardWidget(Widget):
    """A picture of a comparison."""

    controller = param.ClassSelector(
        class_=BoardController, allow_None=False, constant=True, doc="The board that is drawn."
    )

    def __init__(self, controller: BoardController, **params: Any) -> None:
        super().__init__(controller, **params)

    def depends(self, snapshot: BoardSnapshot) -> tuple[Any, ...]:
        return (snapshot.version,)
