"""The picture of the last page walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from vmlab.core.events import Walk
from vmlab.core.units import PAGE_BITS
from vmlab.isa.system.walk import FORMATS
from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import walk
from vmlab.views.table import Table
from vmlab.views.walk import LevelRow, WalkPicture
from vmlab.views.walk_grid import Cell, Grid

_INDEX_BITS = 9
_FORMATS = {fmt.levels: fmt.name for fmt in FORMATS}


def _field(row: LevelRow) -> list[str]:
    low = PAGE_BITS + _INDEX_BITS * row.level
    bits = t("bits {high}:{low}", high=low + _INDEX_BITS - 1, low=low)
    return [f"VPN[{row.level}]", str(row.index), bits]


def _card(row: LevelRow) -> list[Any]:
    title = t("Level {level}, entry {index}", level=row.level, index=row.index)
    read = row.address is not None and row.pte is not None
    return [
        title,
        row.kind.value,
        f"{row.address:012x}" if read else "",
        f"{row.pte:016x}" if read else "",
        [[letter, int(on)] for letter, on in row.flags],
        t(row.note),
    ]


def _formats(found: WalkPicture) -> str:
    """The format of the tables; in two stages both, as `Sv39, Sv39x4`."""
    first = _FORMATS.get(len(found.levels), "Bare")
    if found.grid is None:
        return first
    second = _FORMATS.get(found.grid.columns)
    return f"{first}, {f'{second}x4' if second else 'Bare'}"


def _grid(found: Grid) -> Payload:
    """The grid: titles of its columns, and rows of cells by their column."""
    levels = reversed(range(found.columns))
    return {
        "columns": [
            t("For"), *(t("G-stage level {level}", level=level) for level in levels),
            t("VS-stage"),
        ],
        "rows": [
            [
                [t(row.title), "" if row.gpa is None else f"{row.gpa:012x}"],
                {
                    str(cell.column): [
                        cell.number, _kind(cell), f"{cell.address:012x}", f"{cell.pte:016x}",
                        t(cell.note),
                    ]
                    for cell in row.cells
                },
            ]
            for row in found.rows
        ],
        "reads": t("{reads} reads; {planned} at most", reads=found.reads, planned=found.planned),
    }  # fmt: skip


def _kind(cell: Cell) -> str:
    return "fault" if cell.refused else "leaf" if cell.is_leaf else "pointer"


class PageWalk(Widget):
    """Virtual address, one card a level, and the physical address or the reason of the fault."""

    kind: ClassVar[str] = "walk"
    doc: ClassVar[str] = "workbench#last-page-walk"

    def __init__(self, controller: Controller, **params: Any) -> None:
        super().__init__(controller, **params)
        self._asked: Walk | None = None

    def ask(self, walk: Walk | None) -> None:
        """Show the walk that an address would take, until the session moves; None: the last one
        that was taken."""
        self._asked = walk
        self.controller.changed()

    def _seen(self, snapshot: Snapshot) -> Snapshot:
        if self._asked is not None and self._asked.count != snapshot.position:
            self._asked = None
        return snapshot if self._asked is None else replace(snapshot, walk=self._asked)

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Last page walk")),
            "entry_at": t("at pa"),
            "result": t("Result"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        csrs, snapshot = snapshot.now.csrs, self._seen(snapshot)
        return (snapshot.walk, self._asked is not None, csrs.get("mstatus"), csrs.get("vsstatus"))

    def payload(self, snapshot: Snapshot) -> Payload:
        found = walk.picture(self._seen(snapshot))
        if found is None:
            return {"sub": "", "empty": t(walk.table(None).empty)}
        return self._drawn_walk(found)

    def _drawn_walk(self, found: WalkPicture) -> Payload:
        where = {"verb": t(found.verb), "mode": found.short_mode}
        return {
            "empty": "",
            "sub": f"#{found.count:,}, {_formats(found)}"
            if self._asked is None
            else t("not taken: as the tables stand now, {formats}", formats=_formats(found)),
            "verb": t("{verb} in {mode} at va", **where),
            "va": f"{found.va:016x}",
            "root_of": t("vsatp: root table at gpa" if found.virtual else "satp: root table at pa"),
            "root": f"{found.root:012x}",
            "fields": [
                *(_field(row) for row in found.levels),
                [t("offset"), f"{found.offset:03x}", t("bits {high}:{low}", high=11, low=0)],
            ],
            "levels": [_card(row) for row in found.levels],
            "pa": "" if found.pa is None else f"{found.pa:012x}",
            "verdict": t(found.verdict),
            "reason": t(found.reason) if found.reason else "",
            "grid": None if found.grid is None else _grid(found.grid),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return walk.table(walk.picture(self._seen(snapshot)))
