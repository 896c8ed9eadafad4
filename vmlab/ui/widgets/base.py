"""What all widgets share: a controller, a text twin, and a picture that says when it changed.

A widget is a `Viewer`: parameters, one pure view, one way to draw. It holds no Bokeh model; a
`Screen` draws it, alone in a notebook or together with the others in the workbench.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

import param
from panel.viewable import Viewer

from vmlab.ui.controller import Controller
from vmlab.ui.i18n import cell, t
from vmlab.views.table import Table, render

Payload = dict[str, Any]
"""What a picture's script gets: strings, numbers, lists, and dicts of them."""


class Followed(Protocol):
    """What widgets and screens need of a controller."""

    @property
    def drawn(self) -> bool: ...
    def snapshot(self) -> Any: ...
    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]: ...
    def changed(self) -> None: ...


class Widget(Viewer):
    """A picture of a session, or of what else a controller has snapshots of. Subclasses say what it
    depends on and how rows are sent."""

    controller = param.ClassSelector(
        class_=Controller, allow_None=False, constant=True, doc="The session that is drawn."
    )
    twin = param.Boolean(default=False, doc="Show the same rows as a table of text instead.")
    disabled = param.Boolean(default=False, doc="Draw, but take no command from the page.")

    kind: ClassVar[str]
    """Which script draws it, and the address of its messages."""
    doc: ClassVar[str] = "workbench"
    """The document and section that explain it: `NAME#SECTION` of web/docs."""
    live: ClassVar[bool] = False
    """Whether it is drawn while the guest runs faster than anybody can read."""

    on_demand: ClassVar[bool] = False
    """Whether a workbench draws it only while the page shows it."""
    shown: bool = True
    """Whether it is seen, as far as the page has said so."""

    def __init__(self, controller: Followed, **params: Any) -> None:
        super().__init__(controller=controller, **params)
        self._drawn: tuple[Any, ...] | None = None
        self._screen: Any = None

    def labels(self) -> Mapping[str, Any]:
        """Fixed words and data of the picture, sent once."""
        return {}

    def depends(self, snapshot: Any) -> tuple[Any, ...]:
        """The parts of the snapshot that the picture shows: equal parts, nothing to send."""
        raise NotImplementedError

    def payload(self, snapshot: Any) -> Payload:
        """The rows of the view, as the script wants them."""
        raise NotImplementedError

    def table(self, snapshot: Any) -> Table:
        """The text twin, made from the rows of the view."""
        raise NotImplementedError

    def act(self, message: Mapping[str, Any]) -> None:
        """A command that the picture's own controls give. The base has none."""

    def text(self) -> str:
        """The text twin as lines, in the user's language."""
        return render(self.table(self.controller.snapshot()), cell)

    def changes(self, snapshot: Any, full: bool) -> Payload | None:
        """What to send: None when nothing that this picture shows has changed."""
        depends = (self.twin, *self.depends(snapshot))
        if not full and depends == self._drawn:
            return None
        self._drawn = depends
        payload = self.payload(snapshot)
        payload["twin"] = self.twin_rows(snapshot) if self.twin else None
        return payload

    def receive(self, message: Mapping[str, Any]) -> None:
        """A message from the page. The text twin works even where commands do not."""
        if message.get("command") == "twin":
            self.twin = message.get("on") is True
            self.controller.changed()
        elif not self.disabled:
            self.act(message)

    def twin_rows(self, snapshot: Any) -> Payload:
        """The text twin as the page draws it."""
        table = self.table(snapshot)
        return {
            "title": t(table.title),
            "columns": [t(column) for column in table.columns],
            "rows": [[cell(value) for value in row] for row in table.rows],
            "empty": t(table.empty),
            "current": -1 if table.current is None else table.current,
        }

    def __panel__(self) -> Any:
        """Alone: a screen with this one picture."""
        from vmlab.ui.screens.screen import Screen

        if self._screen is None:
            self._screen = Screen(self.controller, (self,), layout="picture")
        return self._screen


def panel_words(title: str) -> dict[str, str]:
    """The words that the frame of every picture needs."""
    return {
        "title": title,
        "twin": t("Text twin"),
        "twin_hint": t("The same rows as text (x)"),
        "stale": t("not drawn while running"),
    }
