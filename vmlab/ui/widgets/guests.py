"""Choosing a guest: from the catalogue, from disk, or dropped on the page; keeping its run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import param

from vmlab.session.snapshot import Snapshot
from vmlab.trace import report
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.ui.widgets.sent import bytes_in, name_in, number_in
from vmlab.views.phrase import NOTHING, Phrase, described, say
from vmlab.views.table import Table, visible

LIMIT_BYTES: Final = 64 << 20
"""The machine has 64 MiB of RAM unless told otherwise: a larger file cannot be a guest."""
RAW_ENDINGS: Final = (".bin", ".img", ".raw")
SOURCE_ENDINGS: Final = (".c", ".h", ".s", ".inc", ".cc", ".cpp", ".rs", ".zig")
_ELF: Final = b"\x7fELF"
_ZIP: Final = b"PK\x03\x04"


class Guests(Widget):
    """The catalogue as a list, buttons to open and save, the message of the last refusal."""

    catalogue = param.Dict(
        default={}, doc="Guests to choose from: name to a pair of title and what it does."
    )

    kind: ClassVar[str] = "guests"
    doc: ClassVar[str] = "workbench#guests"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            "choose": t("Guest"),
            "open": t("Open"),
            "open_hint": t(
                "Run a bare-metal RV64 ELF from disk, or go on with a saved run (.vmlab); "
                "dropping it on the page works too"
            ),
            "save": t("Save"),
            "save_hint": t(
                "Save this run as a file: it goes on, and back, in any browser, Jupyter or terminal"
            ),
            "drop": t("Drop a bare-metal RV64 ELF, raw firmware (.bin) or a saved run (.vmlab)"),
            "bios": t("Firmware, at 0x80000000"),
            "kernel": t("Kernel, at 0x80200000"),
            "cancel": t("Cancel"),
            "dismiss": t("Dismiss"),
            "limit_bytes": LIMIT_BYTES,
        }

    def __init__(self, controller: Controller, **params: Any) -> None:
        super().__init__(controller, **params)
        self._raw: tuple[str, bytes] | None = None
        """A raw file of which nobody has said yet what it is."""
        self._kernel: tuple[str, bytes] | None = None
        """A kernel that waits for its firmware."""

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        saved = self.controller.saved
        shown = (self.controller.message, self.controller.label, self._raw and self._raw[0])
        return (snapshot.guest, self.catalogue, *shown, saved and saved.number)

    def payload(self, snapshot: Snapshot) -> Payload:
        current = visible(self.controller.label or snapshot.guest)
        known = [[name, t(title)] for name, (title, _) in self.catalogue.items()]
        if current not in self.catalogue:
            known.append([current, current])
        saved = self.controller.saved
        return {
            "guests": known,
            "guest": current,
            "about": t(self.catalogue[current][1]) if current in self.catalogue else "",
            "message": visible(self.controller.message),
            "ask": ""
            if self._raw is None
            else t("{name} is a raw file. Where does it go?", name=visible(self._raw[0])),
            "saved": saved and [saved.number, saved.name, b64encode(saved.data).decode()],
        }

    def table(self, snapshot: Snapshot) -> Table:
        return Table(
            Phrase("Guests"),
            (Phrase("Name"), Phrase("What it does"), Phrase("Now")),
            tuple(
                (name, described(about), Phrase("chosen") if name == snapshot.guest else "")
                for name, (_, about) in self.catalogue.items()
            ),
            Phrase("No guests in the catalogue. Drop an ELF on the page."),
        )

    def act(self, message: Mapping[str, Any]) -> None:
        name, data = name_in(message.get("name")), bytes_in(message.get("data"))
        match message.get("command"):
            case "guest" if name in self.catalogue:
                self.controller.open(name)
            case "file" if data is not None:
                self.take(visible(name), data)
            case "firmware" if data is not None:
                kernel = bytes_in(message.get("kernel"))
                parts = {"bios": data} if kernel is None else {"bios": data, "kernel": kernel}
                self.controller.open(None, visible(name), parts)
            case "unreachable":
                self.controller.say(
                    say("Expected {name} beside the page, found no answer.", name=visible(name))
                )
            case "save":
                self.controller.save()
            case "saved":
                self.controller.taken(number_in(message.get("number")) or 0)
            case "raw" if self._raw is not None:
                self._load_raw(str(message.get("role")))
            case "too_large":
                self.controller.say(
                    say(
                        "Expected a file of at most {limit} bytes, found {name} with {n}.",
                        limit=f"{LIMIT_BYTES:,}", name=visible(name),
                        n=f"{number_in(message.get('size')) or 0:,}",
                    )
                )  # fmt: skip
            case "dismiss":
                self.controller.say(NOTHING)

    def take(self, name: str, data: bytes) -> None:
        """An ELF says where it goes, a saved run what it is; of a raw file somebody says it."""
        self._raw = None
        if data.startswith(_ZIP) or report.looks_like(data) or name.lower().endswith(".vmlab"):
            self.controller.load(data, name)
        elif name.lower().endswith(RAW_ENDINGS) and not data.startswith(_ELF):
            self._raw = (name, data)
            self.controller.say(NOTHING)
        elif name.lower().endswith(SOURCE_ENDINGS) and not data.startswith(_ELF):
            self.controller.add_source(name, data)
        else:
            self.controller.open(data, label=name)

    def _load_raw(self, role: str) -> None:
        assert self._raw is not None
        name, data = self._raw
        self._raw = None
        if role == "bios":
            label = name if self._kernel is None else f"{name} + {self._kernel[0]}"
            parts = {} if self._kernel is None else {"kernel": self._kernel[1]}
            self.controller.open(None, label, {"bios": data, **parts})
        elif role == "kernel":
            bios = self.controller.parts.get("bios")
            self._kernel = (name, data)
            if bios is None:
                said = say(
                    "{name} is kept as the kernel. Now the firmware that starts it.", name=name
                )
                self.controller.say(said)
            else:
                label = f"{self.controller.label.split(' + ')[0]} + {name}"
                self.controller.open(None, label, {"bios": bios, "kernel": data})
        else:
            self.controller.say(NOTHING)
