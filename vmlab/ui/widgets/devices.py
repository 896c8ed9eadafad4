"""The picture of the devices: what each holds now."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, ClassVar

from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import devices
from vmlab.views.names import short_hex
from vmlab.views.phrase import heard
from vmlab.views.table import Table


class Devices(Widget):
    """A card a device; the values are the device's own words."""

    kind: ClassVar[str] = "devices"
    doc: ClassVar[str] = "workbench#devices"
    on_demand: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {**panel_words(t("Devices")), "at": t("at pa")}

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.devices,)

    def payload(self, snapshot: Snapshot) -> Payload:
        rows = devices.rows(snapshot)
        cards = []
        for (name, base), facts in groupby(rows, lambda row: (row.device, row.base)):
            cards.append(
                [name, short_hex(base), [[t(row.label), t(heard(row.value))] for row in facts]]
            )
        return {"cards": cards, "sub": "", "empty": t(devices.table(()).empty)}

    def table(self, snapshot: Snapshot) -> Table:
        return devices.table(devices.rows(snapshot))
