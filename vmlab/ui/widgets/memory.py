"""Memory in hexadecimal, at an address or where a register points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import param

from vmlab.core.bits import MASK64
from vmlab.core.units import format_hex
from vmlab.isa.registers import ABI_NAMES
from vmlab.session.look import ROW_BYTES
from vmlab.session.places import ACCESSES
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.sent import name_in, number_in
from vmlab.views import memory
from vmlab.views.memory import HexRow
from vmlab.views.phrase import say
from vmlab.views.table import Table

_FOLLOWED: Final = ("", "pc", *ABI_NAMES[1:])
_ADDRESS_DIGITS: Final = 16
WATCHED_BYTES: Final = 8


def _row(row: HexRow) -> list[Any]:
    return [
        format_hex(row.address, 16).replace(" ", ""),
        "" if row.pa is None else f"pa {row.pa:#x}",
        " ".join(byte.digits for byte in row.data),
        row.text,
        [at for at, byte in enumerate(row.data) if byte.changed],
        t(row.note) if row.note else "",
        int(row.here),
        [at for at, watched in enumerate(row.watched) if watched],
    ]


class Memory(Widget):
    """Sixteen bytes a row, changed bytes marked, and the same bytes as text."""

    address = param.Integer(
        default=0x8000_0000, bounds=(0, MASK64), doc="Where the first row is; `follow` wins."
    )
    follow = param.Selector(
        default="", objects=list(_FOLLOWED), doc="The register whose address is shown; or none."
    )
    virtual = param.Boolean(default=False, doc="Addresses are virtual: translated like a load.")
    rows = param.Integer(default=32, bounds=(1, 256), doc="How many rows of sixteen bytes.")

    kind: ClassVar[str] = "memory"
    doc: ClassVar[str] = "workbench#memory"
    on_demand: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Memory")),
            "address": t("Address in hexadecimal"),
            "go": t("Go"),
            "virtual": t("va"),
            "virtual_hint": t("Addresses are virtual: translate them as a load would"),
            "follow": t("Follow a register"),
            "registers": [[name, name or t("follow no register")] for name in _FOLLOWED],
            "earlier": t("Earlier addresses"),
            "later": t("Later addresses"),
            "changed": t("changed since the last stop"),
            "watch": t("Watch"),
            "watch_hint": t("Stop when the 8 bytes at this address are accessed; again clears it"),
            "watched": t("watched"),
            "byte_hint": t("Click: watch these 8 bytes, or clear"),
            "access": t("Which accesses stop"),
            "accesses": [["write", t("writes")], ["read", t("reads")], ["both", t("both")]],
            "watches": t("Watchpoints"),
            "clear": t("Clear"),
        }

    def _at(self, snapshot: Snapshot) -> int:
        followed = memory.follow(snapshot, self.follow)
        return self.address if followed is None else followed

    def _first(self, snapshot: Snapshot) -> int:
        """Following a register, a few rows before it are shown too."""
        at = self._at(snapshot) & -ROW_BYTES
        return max(0, at - 2 * ROW_BYTES) if self.follow else at

    def _shown(self, snapshot: Snapshot) -> tuple[HexRow, ...]:
        looked = self.controller.session.look(self._first(snapshot), self.rows, self.virtual)
        return memory.rows(looked, self._at(snapshot), snapshot.watches)

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        at = self._at(snapshot)
        return (self._shown(snapshot), self.follow, self.virtual, at, snapshot.watches)

    def payload(self, snapshot: Snapshot) -> Payload:
        shown = self._shown(snapshot)
        count = sum(row.changed for row in shown)
        return {
            "rows": [_row(row) for row in shown],
            "address": f"{self._at(snapshot):x}",
            "follow": self.follow,
            "virtual": self.virtual,
            "watches": [
                [f"{watch.first:x}", t(memory.watch_words(watch))] for watch in snapshot.watches
            ],
            "sub": t("{n} bytes changed", n=count) if count else "",
        }

    def table(self, snapshot: Snapshot) -> Table:
        return memory.table(self._shown(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        match message.get("command"):
            case "address":
                self._go(name_in(message.get("text")))
            case "watch" if (access := name_in(message.get("access"))) in ACCESSES:
                self._watch(name_in(message.get("text")), access)
                return
            case "clear":
                first = self._address(name_in(message.get("text")))
                if first is not None:
                    self.controller.toggle_watch(first, WATCHED_BYTES, "write")
                return
            case "follow" if message.get("name") in _FOLLOWED:
                self._keep_place()
                self.follow = str(message["name"])
            case "virtual":
                self.virtual = message.get("on") is True
            case "page" if (by := number_in(message.get("by"))) in (-1, 1) and by is not None:
                first = self._first(self.controller.snapshot())
                self.follow = ""
                self.address = (first + by * self.rows * ROW_BYTES) & MASK64
            case _:
                return
        self.controller.changed()

    def _keep_place(self) -> None:
        """Stopping to follow leaves the window where it is."""
        self.address = self._first(self.controller.snapshot())

    def _go(self, typed: str) -> None:
        address = self._address(typed)
        if address is not None:
            self.follow, self.address = "", address

    def _watch(self, typed: str, access: str) -> None:
        """Watchpoints are on virtual addresses: others are refused while the two differ."""
        address = self._address(typed)
        if address is None:
            return
        (row,) = self.controller.session.look(address, 1, virtual=True)
        if not self.virtual and row.pa != row.address:
            self.controller.say(
                say("Watchpoints are on virtual addresses, and these are physical: press va first.")
            )
            return
        self.controller.toggle_watch(address, WATCHED_BYTES, access)

    def _address(self, typed: str) -> int | None:
        """A number in hexadecimal; None, with a sentence, for anything else."""
        digits = typed.strip().replace(" ", "").replace("_", "").lower().removeprefix("0x")
        hexadecimal = digits and all(digit in "0123456789abcdef" for digit in digits)
        if not hexadecimal or len(digits) > _ADDRESS_DIGITS:
            shown = typed[:40]
            self.controller.say(
                say(
                    "Expected an address in hexadecimal such as 80000000, found {text}.", text=shown
                )
            )
            return None
        return int(digits, 16)

    def show(self, address: int) -> None:
        """Go to a physical address: another picture asks for it."""
        self.follow, self.virtual, self.address = "", False, address & MASK64
