"""The one component that the browser sees: it draws any number of widgets.

One component and not one a widget: a step then costs one message, one shadow root has the style
rules once, and the layout reflows by itself. `frame` is JSON text and not a dict because the
serializer of the document visits every value of a dict in Python, which would cost more than the
step itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import param
from panel.custom import JSComponent

from vmlab.ui import i18n, theme
from vmlab.ui.i18n import t
from vmlab.ui.notebook import after_each_cell
from vmlab.ui.widgets.base import Followed, Widget

CONTROLS: Final = ("guests", "machine", "transport")
"""Widgets that are only controls: not printed."""


class Screen(JSComponent):
    """Draws widgets and hands their messages back to them."""

    layout = param.Selector(
        default="workbench",
        objects=["workbench", "picture", "compare", "lesson"],
        doc="All widgets as a workbench, a comparison or beside a lesson, or one picture.",
    )
    keys = param.Selector(
        default="widget",
        objects=["page", "widget"],
        doc="Whether keys work anywhere on the page, or only with the focus inside.",
    )
    kinds = param.List(default=[], item_type=str, doc="The widgets, in the order of the focus.")
    setup = param.String(default="{}", doc="Fixed words of each widget, as JSON.")
    frame = param.String(default="{}", doc="The pictures that changed, as JSON.")

    _esm = theme.script()
    _stylesheets = [theme.stylesheet()]  # noqa: RUF012  # Panel's name and type

    def __init__(
        self,
        controller: Followed,
        widgets: tuple[Widget, ...],
        words: Callable[[], Mapping[str, Any]] = dict,
        on_view: Callable[[str], None] = lambda _name: None,
        **params: Any,
    ) -> None:
        self._controller = controller
        self._widgets = {widget.kind: widget for widget in widgets}
        self._sequence = 0
        self._unseen: set[str] = set()
        for widget in widgets:  # a workbench's page says which it shows
            widget.shown = params.get("layout") != "workbench" or not widget.on_demand
        self._off: list[Callable[[], None]] = []
        self._words, self._on_view = words, on_view
        self._language = ""
        super().__init__(kinds=list(self._widgets), setup=self._make_setup(), **params)
        self.frame = self._make_frame(full=True)

    def _make_setup(self) -> str:
        self._language = i18n.language()
        labels = {
            kind: {**widget.labels(), "doc": widget.doc, "doc_hint": t("About this picture")}
            for kind, widget in self._widgets.items()
        }
        languages = {"language": self._language, "languages": dict(i18n.LANGUAGES)}
        return json.dumps({**labels, **self._words(), **languages})

    def _make_frame(self, full: bool) -> str:
        snapshot = self._controller.snapshot()
        drawn = self._controller.drawn
        pictures = {}
        for kind, widget in self._widgets.items():
            if full or ((drawn or widget.live) and kind not in self._unseen):
                payload = widget.changes(snapshot, full)
                if payload is not None:
                    pictures[kind] = payload
        if not pictures:
            return ""
        self._sequence += 1
        return json.dumps(
            {"seq": self._sequence, "full": full, "stale": not drawn, "pictures": pictures},
            separators=(",", ":"),
        )

    def refresh(self) -> None:
        """Draw what changed since the last time; all of it if the language did."""
        if self._language != i18n.language():
            self.param.update(setup=self._make_setup(), frame=self._make_frame(full=True))
            return
        frame = self._make_frame(full=False)
        if frame:
            self.frame = frame

    def _handle_msg(self, data: Any) -> None:
        """A message from the page: to the widget it names, or a request to draw all again."""
        if not isinstance(data, dict):
            return
        if data.get("to") == "screen" and data.get("command") == "shown":
            self._note_shown(str(data.get("kind")), data.get("on") is True)
        elif data.get("to") == "screen" and data.get("command") == "language":
            i18n.use(str(data.get("language")))
            self._controller.changed()
        elif data.get("to") == "screen" and data.get("command") == "print":
            self._print()
        elif data.get("to") == "screen" and data.get("command") == "view":
            self._on_view(str(data.get("name")))
        elif data.get("to") == "screen":
            self.frame = self._make_frame(full=True)
        elif data.get("to") in self._widgets:
            self._widgets[data["to"]].receive(data)

    def _print(self) -> None:
        """Send every text twin at once, for the page to print."""
        snapshot, drawn = self._controller.snapshot(), self._controller.drawn
        shown = [one for kind, one in self._widgets.items() if kind not in CONTROLS]
        self._sequence += 1
        self.frame = json.dumps(
            {
                "seq": self._sequence, "full": False, "stale": not drawn, "pictures": {},
                "printed": [widget.twin_rows(snapshot) for widget in shown],
            }
        )  # fmt: skip

    def _note_shown(self, kind: str, on: bool) -> None:
        """The page shows a picture now, or does not: then nothing is sent for it."""
        if kind in self._widgets and self._widgets[kind].on_demand:
            self._widgets[kind].shown = on
            (self._unseen.discard if on else self._unseen.add)(kind)
            self.refresh()

    def _get_model(self, *args: Any, **kwargs: Any) -> Any:
        """Shown somewhere: from now on, follow the session."""
        if not self._off:
            self._off = [self._controller.watch(self.refresh), after_each_cell(self.refresh)]
            self.frame = self._make_frame(full=True)
        return super()._get_model(*args, **kwargs)

    def _cleanup(self, root: Any = None) -> None:
        """Shown nowhere any more: stop following, so that nothing keeps us alive."""
        super()._cleanup(root)
        if not self._models:
            while self._off:
                self._off.pop()()
