"""The picture of the physical address space; a region opens in the memory picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import param

from vmlab.core.bits import MASK64
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.session.frames import FrameRun
from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.page_tree import moment
from vmlab.ui.widgets.sent import address_in
from vmlab.views import address_map, frames
from vmlab.views.frames import FramePicture
from vmlab.views.names import short_hex
from vmlab.views.table import Table

ZOOM: Final = 8
_LEAST: Final = frames.COLUMNS * PAGE_SIZE_BYTES


class AddressMap(Widget):
    """Regions by address: what each is, how large, and whether pc or sp point into it."""

    first = param.Integer(
        default=0, bounds=(0, MASK64), doc="Where the range of pages begins; 0: at the first page."
    )
    size = param.Integer(
        default=0, bounds=(0, 1 << 40), doc="Bytes of the range of pages; 0: all of them."
    )

    kind: ClassVar[str] = "map"
    doc: ClassVar[str] = "workbench#address-map"
    on_demand: ClassVar[bool] = True

    def __init__(
        self, controller: Controller, on_open: Callable[[int], None] | None = None, **params: Any
    ) -> None:
        super().__init__(controller, **params)
        self._on_open = on_open

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Address map")),
            "columns": [t("From"), t("Size"), t("What"), t("Here")],
            "go": t("Show the memory at"),
            "pages": t("Pages by owner"),
            "in": t("Closer: 1/8 of it, around this page"),
            "all": t("All"),
            "out": t("Out"),
            "owners": [
                [use.value, owner.mark, owner.letter, t(owner.name)]
                for use, owner in frames.OWNERS.items()
            ],
            "here": t("{n} × 4 KiB", n="#"),
            "mixed": t("and others"),
            "spa": t("Real memory"),
            "columns_wide": frames.COLUMNS,
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (*moment(snapshot), snapshot.regions, self.first, self.size)

    def _picture(self, runs: tuple[FrameRun, ...]) -> FramePicture:
        return frames.picture(runs, self.first or None, self.size)

    def _frames(self, snapshot: Snapshot) -> Payload:
        shown = self._picture(self.controller.session.frames())
        return {
            "cell": shown.cell_bytes,
            "stretches": [
                [
                    f"{one.first:x}",
                    [[cell.use.value, cell.pages, int(cell.mixed)] for cell in one.cells],
                    "" if one.cells else t(frames.free_words(one)),
                ]
                for one in shown.stretches
            ],
            "counts": [[use.value, pages] for use, pages in shown.counts],
            "said": t(frames.summary(shown)),
            "whole": (shown.first, shown.last) == shown.whole,
            "real": snapshot.virtual is not None,
        }

    def payload(self, snapshot: Snapshot) -> Payload:
        return {
            "rows": [
                [
                    f"{row.first:x}",
                    f"{short_hex(row.first)} - {short_hex(row.last)}",
                    row.size,
                    row.kind.name.lower(),
                    row.name,
                    t(row.what),
                    t(row.marks) if row.marks else "",
                ]
                for row in address_map.rows(snapshot)
            ],
            "frames": self._frames(snapshot),
            "sub": "",
            "empty": t(address_map.table(()).empty),
        }

    def table(self, snapshot: Snapshot) -> Table:
        runs = self.controller.session.frames()
        shown = frames.lines(runs, self._picture(runs))
        return address_map.table(address_map.rows(snapshot), frames.table(shown).rows)

    def act(self, message: Mapping[str, Any]) -> None:
        address, by = address_in(message.get("address")), message.get("by")
        match message.get("command"):
            case "open" if address is not None and self._on_open is not None:
                self._on_open(address)
                self.controller.changed()
            case "zoom" if address is not None or by in ("out", "all"):
                self._zoom(address, by)

    def _zoom(self, around: int | None, by: object) -> None:
        """An eighth of the range around an address, eight times of it, or all."""
        shown = self._picture(self.controller.session.frames())
        low, high = shown.whole
        size = shown.last - shown.first + 1
        middle = shown.first + size // 2 if around is None else around
        wanted = max(_LEAST, size // ZOOM) if around is not None else size * ZOOM
        if by == "all" or wanted > high - low:
            self.param.update(first=0, size=0)
        else:
            first = min(max(low, middle - wanted // 2), high + 1 - wanted)
            self.param.update(first=first & -PAGE_SIZE_BYTES, size=wanted & -PAGE_SIZE_BYTES)
        self.controller.changed()
