"""Page tables as a tree; a leaf shows the walk that leads to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from vmlab.core.events import Walk
from vmlab.session.snapshot import Snapshot
from vmlab.session.tables import Of, Path
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import tree
from vmlab.views.names import short_hex
from vmlab.views.table import Table
from vmlab.views.tree import Place, TreeRow

_DEEPEST: Final = 5
_WIDEST: Final = 1 << 11
_MOST_OPEN: Final = 64


def moment(snapshot: Snapshot) -> tuple[Any, ...]:
    """What memory and the TLB depend on: where the run stands, and of what guest."""
    technique = None if snapshot.virtual is None else snapshot.virtual.technique
    return (snapshot.guest, technique, snapshot.position, snapshot.steps, snapshot.now)


class PageTree(Widget):
    """Every tree of tables that there is, opened level by level."""

    kind: ClassVar[str] = "tables"
    doc: ClassVar[str] = "workbench#page-tables"
    on_demand: ClassVar[bool] = True

    def __init__(
        self,
        controller: Controller,
        on_walk: Callable[[Walk | None], None] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(controller, **params)
        self._on_walk = on_walk
        self._open: set[Place] = {(of, ()) for of in Of}
        self._starts: dict[Place, int] = {}

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Page tables")),
            "columns": [t("Entry"), t("From"), t("Flags"), t("What it is"), t("Next access")],
            "open": t("Open or close the table"),
            "walk": t("Why does this address map? Show its walk"),
            "trees": {of.value: t(name) for of, name in tree.NAMES.items()},
            "kernel": t("Kernel"),
            "monitor": t("Monitor"),
        }

    def _rows(self, snapshot: Snapshot) -> tuple[TreeRow, ...]:
        return tree.rows(snapshot, self.controller.session.trees(), self._open, self._starts)

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (*moment(snapshot), frozenset(self._open), tuple(self._starts.items()))

    def payload(self, snapshot: Snapshot) -> Payload:
        return {
            "rows": [
                [
                    row.of.value, list(row.path), row.depth, row.kind,
                    "" if row.number is None else str(row.number),
                    short_hex(row.address) if row.number is not None else "",
                    row.size, f"{row.entry:x}", f"{row.pte:016x}",
                    [[letter, int(on)] for letter, on in row.flags],
                    t(row.note), int(row.is_open),
                    t(tree.used_words(row)) if row.uses else "",
                    "V" if tree.OWNER[row.of] == "V" else "S",
                ]
                for row in self._rows(snapshot)
            ],
            "sub": "",
            "empty": t(tree.table(()).empty),
        }  # fmt: skip

    def table(self, snapshot: Snapshot) -> Table:
        return tree.table(self._rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        place = _place(message)
        if place is None:
            return
        match message.get("command"):
            case "open" if place in self._open:
                self._open.discard(place)
            case "open" if len(self._open) < _MOST_OPEN:
                self._open.add(place)
            case "more":
                self._more(place)
            case "walk":
                self._walk(place)
                return
            case _:
                return
        self.controller.changed()

    def _more(self, place: Place) -> None:
        """The next entries of a table, or the first again."""
        row = next(
            (
                row
                for row in self._rows(self.controller.snapshot())
                if row.kind == "more" and (row.of, row.path) == place
            ),
            None,
        )
        if row is not None:
            start = self._starts.get(place, 0) + tree.PAGE
            self._starts[place] = start if row.more else 0

    def _walk(self, place: Place) -> None:
        """Let the picture of the walk show the way to a leaf."""
        snapshot, trees = self.controller.snapshot(), self.controller.session.trees()
        of, path = place
        row = next((row for row in self._rows(snapshot) if (row.of, row.path) == (of, path)), None)
        if row is not None and row.kind == "leaf" and self._on_walk is not None:
            self._on_walk(tree.walk_of(snapshot, trees, of, row.address))


def _place(message: Mapping[str, Any]) -> Place | None:
    """The table or entry that a message names; None for anything else."""
    said, path = message.get("of"), message.get("path")
    of = next((of for of in Of if of.value == said), None)
    if of is None or not isinstance(path, list) or len(path) > _DEEPEST:
        return None
    whole: Path = tuple(path)
    fits = all(type(number) is int and 0 <= number < _WIDEST for number in whole)
    return (of, whole) if fits else None
