"""The picture of the physical address space; a region opens in the memory picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.sent import address_in
from vmlab.views import address_map
from vmlab.views.names import short_hex
from vmlab.views.table import Table


class AddressMap(Widget):
    """Regions by address: what each is, how large, and whether pc or sp point into it."""

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
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.regions,)

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
            "sub": "",
            "empty": t(address_map.table(()).empty),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return address_map.table(address_map.rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        address = address_in(message.get("address"))
        if message.get("command") != "open" or address is None:
            return
        if self._on_open is not None:
            self._on_open(address)
            self.controller.changed()
