"""The workbench: every widget of one session, with tabs where the screen is narrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import param
from panel.viewable import Viewer

from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.screens.screen import Screen
from vmlab.ui.widgets.address_map import AddressMap
from vmlab.ui.widgets.code import Code
from vmlab.ui.widgets.console import Console
from vmlab.ui.widgets.csrs import Csrs
from vmlab.ui.widgets.devices import Devices
from vmlab.ui.widgets.guests import Guests
from vmlab.ui.widgets.machine import MachineChoice
from vmlab.ui.widgets.memory import Memory
from vmlab.ui.widgets.now import NowLine
from vmlab.ui.widgets.points import Breakpoints
from vmlab.ui.widgets.registers import Registers
from vmlab.ui.widgets.ribbon import Ribbon
from vmlab.ui.widgets.stack import CallStack
from vmlab.ui.widgets.status import StatusLine
from vmlab.ui.widgets.transport import Transport
from vmlab.ui.widgets.traps import Traps
from vmlab.ui.widgets.walk import PageWalk

# The tabs of a desktop's wide place, of a projector's two right-hand places, of a phone's only one.
_WIDE = ("walk", "devices", "memory", "map", "stack", "points")
_TOP = ("csrs", "registers")
_LOW = ("traps", "walk", "console", "devices", "memory", "map", "stack", "points")
_PHONE: Mapping[str, str] = {
    "ribbon": "ribbon", "code": "code", "registers": "state", "csrs": "state", "traps": "traps",
    "walk": "walk", "console": "console", "devices": "devices", "memory": "memory", "map": "memory",
    "stack": "stack", "points": "stack",
}  # fmt: skip


def _words() -> dict[str, Any]:
    names = {
        "code": t("Code"), "registers": t("Registers"), "csrs": t("CSRs"),
        "traps": t("Trap log"), "walk": t("Page walk"), "console": t("Console"),
        "devices": t("Devices"), "memory": t("Memory"), "map": t("Map"),
        "stack": t("Call stack"), "points": t("Breakpoints"),
    }  # fmt: skip
    return {
        "screen": {
            "title": t("Workbench"),
            "toolbar": t("Transport"),
            "theme": t("Switch light or dark theme"),
            "switch_language": t("Change the language"),
            "tabs": t("Panels"),
            "groups": {"top": _TOP, "low": _LOW, "wide": _WIDE},
            "phone": _PHONE,
            "top_choices": [[kind, names[kind]] for kind in _TOP],
            "low_choices": [[kind, names[kind]] for kind in _LOW],
            "wide_choices": [[kind, names[kind]] for kind in _WIDE],
            "on_demand": [kind for kind in _LOW if kind in ("devices", "memory", "map", "stack")],
            "tab_choices": [
                ["ribbon", t("Who runs")], ["code", t("Code")], ["state", t("State")],
                ["walk", t("Walk")], ["traps", t("Traps")], ["console", t("Console")],
                ["devices", t("Devices")], ["memory", t("Memory")], ["stack", t("Stack")],
            ],
        },
        "keys": {
            "title": t("Keyboard"),
            "close": t("Close"),
            "note": t("Letters work when you are not typing."),
            "letters_off": t("Turn single letters off"),
            "letters_on": t("Turn single letters on"),
            "keys": [
                [["s"], t("Step one instruction")],
                [["b"], t("Step back")],
                [["o"], t("Over a call; over a line, in the source")],
                [["n"], t("Step to the next line")],
                [["f"], t("Run until this function returns")],
                [["g"], t("Go to a symbol or an address")],
                [["t"], t("Run to the next trap")],
                [["r"], t("Run or pause")],
                [["R"], t("Reset (asks once)")],
                [["[", "]"], t("Slower, faster")],
                [[",", "."], t("Scrub: a little back, a little forward")],
                [["+", "-"], t("Zoom, with the focus in the ribbon")],
                [["0", "…", "9"], t("Focus a panel; 0 is the ribbon, 6 the console")],
                [["↑", "↓"], t("Next breakpoint or trap; owner, in the ribbon")],
                [["←", "→"], t("Next band of the ribbon; Enter travels there")],
                [["x"], t("Text twin of the focused picture")],
                [["?"], t("This list")],
                [["Esc"], t("Close, or leave the console")],
            ],
        },
    }  # fmt: skip


class Workbench(Viewer):
    """All widgets of one session on one screen."""

    controller = param.ClassSelector(
        class_=Controller, allow_None=False, constant=True, doc="The session that is drawn."
    )
    page = param.Boolean(
        default=False, constant=True, doc="It has the page for itself: keys work anywhere."
    )

    def __init__(
        self, controller: Controller, catalogue: Mapping[str, tuple[str, str]], **params: Any
    ) -> None:
        super().__init__(controller=controller, **params)
        memory, code = Memory(controller), Code(controller)
        self.widgets = (
            Guests(controller, catalogue=dict(catalogue)),
            MachineChoice(controller),
            Transport(controller),
            StatusLine(controller),
            NowLine(controller),
            Ribbon(controller),
            code,
            Registers(controller),
            Csrs(controller),
            Traps(controller),
            PageWalk(controller),
            Console(controller),
            Devices(controller),
            memory,
            AddressMap(controller, on_open=memory.show),
            CallStack(controller, on_look=code.look),
            Breakpoints(controller),
        )
        # Alone on a page it fills the window; in a notebook it is a tall cell.
        self.screen = Screen(
            controller,
            self.widgets,
            words=_words,
            layout="workbench",
            keys="page" if self.page else "widget",
            sizing_mode="stretch_both" if self.page else "stretch_width",
        )

    def text(self) -> str:
        """Every picture as text, one after the other."""
        return "\n".join(widget.text() for widget in self.widgets)

    def __panel__(self) -> Screen:
        return self.screen
