"""Reset, step back, step, run to the next trap, run or pause, and how fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import FULL_SPEED, SPEEDS
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.ui.widgets.sent import number_in
from vmlab.views import transport, traps
from vmlab.views.phrase import Phrase
from vmlab.views.table import Table


class Transport(Widget):
    """The buttons, each with its key, and with the reason when it is disabled."""

    speed = param.Integer(
        default=FULL_SPEED,
        bounds=(0, FULL_SPEED),
        doc="Step of the speed slider, from one instruction a second to as fast as it goes.",
    )

    kind: ClassVar[str] = "transport"
    doc: ClassVar[str] = "workbench#transport"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        full = t("full speed")
        return {
            "speed": t("Speed"),
            "speeds": [f"{ips:,}/s" if ips else t("full") for ips in SPEEDS],
            "speeds_long": [
                t("{n} instructions a second", n=f"{ips:,}") if ips else full for ips in SPEEDS
            ],
            "reset_ask": t("Press again"),
        }

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (transport.rows(snapshot), self.controller.level)

    def payload(self, snapshot: Snapshot) -> Payload:
        return {
            "actions": [
                [row.name, t(row.title), row.key, t(row.reason) if row.reason else ""]
                for row in transport.rows(snapshot)
            ],
            "speed": self.controller.level,
        }

    def table(self, snapshot: Snapshot) -> Table:
        return transport.table(transport.rows(snapshot))

    def act(self, message: Mapping[str, Any]) -> None:
        control = self.controller
        match message.get("command"):
            case "step":
                control.step()
            case "back":
                control.back()
            case "reset":
                control.reset()
            case "trap":
                control.run_to_trap()
            case "trap_back":
                self._back_to_trap()
            case "run":
                control.run()
            case "pause":
                control.pause()
            case "speed" if (level := number_in(message.get("level"))) is not None:
                self.speed = min(max(level, 0), FULL_SPEED)

    def _back_to_trap(self) -> None:
        """Travel to the last trap before the position."""
        snapshot = self.controller.snapshot()
        before = [
            row.count
            for row in traps.rows(snapshot)
            if not row.is_return and row.count < snapshot.position
        ]
        if before:
            self.controller.go_to(before[-1])
        else:
            self.controller.say(Phrase("No trap before this position is in the log."))

    @param.depends("speed", watch=True)
    def _apply_speed(self) -> None:
        self.controller.set_speed(self.speed)
