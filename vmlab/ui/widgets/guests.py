"""Choosing a guest: from the catalogue, from disk, or dropped on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import param

from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table, visible

LIMIT_BYTES: Final = 64 << 20
"""The machine has 64 MiB of RAM unless told otherwise: a larger file cannot be a guest."""


class Guests(Widget):
    """The catalogue as a list, a button for a file, and the message of the last refusal."""

    catalogue = param.Dict(
        default={}, doc="Guests to choose from: name to a pair of title and what it does."
    )

    kind: ClassVar[str] = "guests"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            "choose": t("Guest"),
            "open": t("Open ELF"),
            "open_hint": t(
                "Run a bare-metal RV64 ELF from disk; dropping it on the page works too"
            ),
            "drop": t("Drop a bare-metal RV64 ELF to run it"),
            "dismiss": t("Dismiss"),
            "limit_bytes": LIMIT_BYTES,
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (snapshot.guest, self.controller.message, self.controller.label, self.catalogue)

    def payload(self, snapshot: Snapshot) -> Payload:
        current = visible(self.controller.label or snapshot.guest)
        known = [[name, t(title)] for name, (title, _) in self.catalogue.items()]
        if current not in self.catalogue:
            known.append([current, current])
        return {
            "guests": known,
            "guest": current,
            "about": t(self.catalogue[current][1]) if current in self.catalogue else "",
            "message": visible(self.controller.message),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return Table(
            Phrase("Guests"),
            (Phrase("Name"), Phrase("What it does"), Phrase("Now")),
            tuple(
                (name, t(about), Phrase("chosen") if name == snapshot.guest else "")
                for name, (_, about) in self.catalogue.items()
            ),
            Phrase("No guests in the catalogue. Drop an ELF on the page."),
        )

    def act(self, message: Mapping[str, Any]) -> None:
        name, data = message.get("name"), message.get("data")
        match message.get("command"):
            case "guest" if name in self.catalogue:
                self.controller.open(str(name))
            case "file" if data is not None:
                self.controller.open(bytes(data), label=visible(str(name)))
            case "too_large":
                self.controller.say(
                    t(
                        "Expected an ELF of at most {limit} bytes, found {name} with {n}.",
                        limit=f"{LIMIT_BYTES:,}", name=visible(str(name)),
                        n=f"{message.get('size', 0):,}",
                    )
                )  # fmt: skip
            case "dismiss":
                self.controller.say("")
