"""The trap log; a row travels to its moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import param

from vmlab.core.modes import Mode, mode_name
from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS
from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import cell, t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import traps
from vmlab.views.names import GUEST_OWNERS, OWNERS, cause_tag, short_hex
from vmlab.views.table import Table
from vmlab.views.traps import Filter, Show, TrapRow

_MODES: Final = ("", *(mode_name(mode, v) for mode in Mode for v in (False, True)))
_TAGS: Final = frozenset(cause_tag(cause, False) for cause in EXCEPTIONS) | frozenset(
    cause_tag(cause, True) for cause in INTERRUPTS
)
_LONGEST: Final = 80


class Traps(Widget):
    """Traps taken and handlers left, oldest first."""

    limit = param.Integer(
        default=100, bounds=(1, 512), doc="How many of the last entries are drawn."
    )

    show = param.Selector(
        default="all", objects=[show.value for show in Show], doc="Which kinds of entries."
    )
    source = param.String(default="", doc="Only from this mode, by name; empty: from any.")
    target = param.String(default="", doc="Only to this mode, by name; empty: to any.")
    words = param.String(default="", doc="Only entries with these characters in them.")

    kind: ClassVar[str] = "traps"
    doc: ClassVar[str] = "workbench#trap-log"

    def __init__(self, controller: Controller, **params: Any) -> None:
        super().__init__(controller, **params)
        self._tags: frozenset[str] = frozenset()

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Trap log")),
            "columns": [t("#"), t("From, to"), t("Cause"), t("At")],
            "owners": {mode.name: t(owner) for mode, owner in OWNERS.items()}
            | {f"V{mode.name}": t(owner) for mode, owner in GUEST_OWNERS.items()},
            "go": t("Go to"),
            "filter": t("Filter"),
            "filter_hint": t("Filter the log; the filter stays while the session lives"),
            "shows": [
                ["all", t("All")], ["exceptions", t("Exceptions")],
                ["interrupts", t("Interrupts")], ["returns", t("Returns")],
                ["exits", t("Only exits")],
            ],
            "show": t("Which kinds"), "from": t("From mode"), "to": t("To mode"),
            "any_from": t("from any"), "any_to": t("to any"),
            "words": t("Text in the entry"), "causes": t("Causes, with counts of the whole run"),
            "clear": t("Clear"),
        }  # fmt: skip

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        bands = None if snapshot.virtual is None else snapshot.virtual.bands[-1:]
        return (snapshot.traps, snapshot.position, bands, self._filter())

    def _filter(self) -> Filter:
        return Filter(Show(self.show), self._tags, self.source, self.target, self.words)

    def _last(self, snapshot: Snapshot) -> tuple[TrapRow, ...]:
        """The last entries that the filter lets through."""
        wanted = self._filter()
        if wanted == Filter():
            return traps.rows(replace(snapshot, traps=snapshot.traps[-self.limit :]))
        return traps.chosen(traps.rows(snapshot), wanted, cell)[-self.limit :]

    def payload(self, snapshot: Snapshot) -> Payload:
        filtered = self._filter() != Filter()
        return {
            "filter": {
                "on": filtered, "show": self.show, "source": self.source, "target": self.target,
                "words": self.words,
                "modes": sorted({*traps.modes(snapshot.traps), self.source, self.target} - {""}),
                "causes": [
                    [one.tag, t(one.name), f"{one.count:,}", int(one.tag in self._tags)]
                    for one in traps.counts(self.controller.session.trap_counts)
                ],
            },
            "rows": [
                [
                    row.count,
                    mode_name(row.from_mode, row.from_virtual),
                    mode_name(row.to_mode, row.to_virtual),
                    row.tag,
                    t(row.cause),
                    row.where or short_hex(row.address),
                    short_hex(row.address)
                    + ("" if row.tval is None else f", tval {short_hex(row.tval)}"),
                    int(row.count == snapshot.position),
                ]
                for row in self._last(snapshot)
            ],
            "sub": t("filtered") if filtered else "",
            "empty": t("No entry of the log is what the filter asks for.")
            if filtered and snapshot.traps
            else t(traps.table(()).empty),
        }  # fmt: skip

    def table(self, snapshot: Snapshot) -> Table:
        return traps.table(self._last(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"command": "go", "position": int(position)} if position >= 0:
                self.controller.go_to(position)
                return
            case {"command": "show", "value": str(value)} if value in self.param.show.objects:
                self.show = value
            case {"command": "source" | "target" as end, "value": str(mode)} if mode in _MODES:
                self.param.update(**{end: mode})
            case {"command": "words", "value": str(words)}:
                self.words = words[:_LONGEST]
            case {"command": "cause", "tag": str(tag)} if tag in _TAGS:
                self._tags = self._tags ^ {tag}
            case {"command": "clear"}:
                self._tags = frozenset()
                self.param.update(show="all", source="", target="", words="")
            case _:
                return
        self.controller.changed()
