"""The picture of the last page walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vmlab.core.units import PAGE_BITS
from vmlab.isa.system.walk import FORMATS
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import walk
from vmlab.views.table import Table
from vmlab.views.walk import LevelRow, WalkPicture

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


class PageWalk(Widget):
    """Virtual address, one card a level, and the physical address or the reason of the fault."""

    kind: ClassVar[str] = "walk"

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Last page walk")),
            "root": t("satp: root table at pa"),
            "entry_at": t("at pa"),
            "result": t("Result"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.walk, snapshot.now.csrs.get("mstatus"))

    def payload(self, snapshot: Snapshot) -> Payload:
        found = walk.picture(snapshot)
        if found is None:
            return {"sub": "", "empty": t(walk.table(None).empty)}
        return self._drawn_walk(found)

    def _drawn_walk(self, found: WalkPicture) -> Payload:
        where = {"verb": t(found.verb), "mode": found.mode.name}
        return {
            "empty": "",
            "sub": f"#{found.count:,}, {_FORMATS[len(found.levels)]}",
            "verb": t("{verb} in {mode} at va", **where),
            "va": f"{found.va:016x}",
            "root": f"{found.root:012x}",
            "fields": [
                *(_field(row) for row in found.levels),
                [t("offset"), f"{found.offset:03x}", t("bits {high}:{low}", high=11, low=0)],
            ],
            "levels": [_card(row) for row in found.levels],
            "pa": "" if found.pa is None else f"{found.pa:012x}",
            "verdict": t(found.verdict),
            "reason": t(found.reason) if found.reason else "",
        }

    def table(self, snapshot: Snapshot) -> Table:
        return walk.table(walk.picture(snapshot))
