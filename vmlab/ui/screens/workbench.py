"""The workbench: every widget of one session, with tabs where the screen is narrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import param
from panel.viewable import Viewer

from vmlab.ui import arrangement
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.screens.screen import Screen
from vmlab.ui.widgets.address_map import AddressMap
from vmlab.ui.widgets.assembly import Assembly
from vmlab.ui.widgets.base import Widget
from vmlab.ui.widgets.code import Code
from vmlab.ui.widgets.console import Console
from vmlab.ui.widgets.csrs import Csrs
from vmlab.ui.widgets.devices import Devices
from vmlab.ui.widgets.exits import Exits
from vmlab.ui.widgets.guests import Guests
from vmlab.ui.widgets.keep import Keep
from vmlab.ui.widgets.machine import MachineChoice
from vmlab.ui.widgets.memory import Memory
from vmlab.ui.widgets.now import NowLine
from vmlab.ui.widgets.page_tree import PageTree
from vmlab.ui.widgets.points import Breakpoints
from vmlab.ui.widgets.registers import Registers
from vmlab.ui.widgets.ribbon import Ribbon
from vmlab.ui.widgets.shadow import Shadow
from vmlab.ui.widgets.stack import CallStack
from vmlab.ui.widgets.status import StatusLine
from vmlab.ui.widgets.tlb import Tlb
from vmlab.ui.widgets.translation import Translation
from vmlab.ui.widgets.transport import Transport
from vmlab.ui.widgets.traps import Traps
from vmlab.ui.widgets.walk import PageWalk


def _words(widgets: Sequence[Widget], view: str) -> dict[str, Any]:
    return {
        "arrange": arrangement.words(widget.kind for widget in widgets),
        "screen": {
            "title": t("Workbench"),
            "toolbar": t("Transport"),
            "theme": t("Switch light or dark theme"),
            "switch_language": t("Change the language"),
            "on_demand": [widget.kind for widget in widgets if widget.on_demand],
            "view": view,
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
                [["T"], t("Travel to the trap before")],
                [["r"], t("Run or pause")],
                [["R"], t("Reset (asks once)")],
                [["[", "]"], t("Slower, faster")],
                [[",", "."], t("Scrub: a little back, a little forward")],
                [["m"], t("Set a bookmark here, or take it away")],
                [["+", "-"], t("Zoom, with the focus in the ribbon")],
                [["0", "…", "9"], t("Focus a panel; 0 is the ribbon, 6 the console")],
                [["↑", "↓"], t("Next breakpoint or trap; owner, in the ribbon")],
                [["←", "→"], t("Next band of the ribbon; Enter travels there")],
                [["x"], t("Text twin of the focused picture")],
                [["Ctrl+P"], t("Print every picture as text")],
                [["?"], t("This list")],
                [["Esc"], t("Close, leave the console, or restore a maximised panel")],
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

    view = param.String(
        default="",
        doc="The preset of `vmlab.ui.arrangement` that the panels stand in; an unknown one is "
        "the default.",
    )

    def __init__(
        self, controller: Controller, catalogue: Mapping[str, tuple[str, str]], **params: Any
    ) -> None:
        super().__init__(controller=controller, **params)
        self.view = arrangement.known_view(self.view)
        memory, walk, code = Memory(controller), PageWalk(controller), Code(controller)
        self.assembly = Assembly(controller)
        guests = Guests(controller, catalogue=dict(catalogue))
        # A notebook has no address to share, and keeps its own things.
        self.keep = Keep(controller, self.assembly, guests.take) if self.page else None
        keep = (self.keep,) if self.keep else ()
        self.widgets = (
            guests,
            *keep,
            self.assembly,
            MachineChoice(controller),
            Transport(controller),
            StatusLine(controller),
            NowLine(controller),
            Ribbon(controller),
            code,
            Registers(controller),
            Csrs(controller),
            Traps(controller),
            walk,
            Console(controller),
            Devices(controller),
            memory,
            AddressMap(controller, on_open=memory.show),
            PageTree(controller, on_walk=walk.ask),
            Tlb(controller),
            Shadow(controller),
            Exits(controller),
            Translation(controller),
            CallStack(controller, on_look=code.look),
            Breakpoints(controller),
        )
        # Alone on a page it fills the window; in a notebook it is a tall cell.
        self.screen = Screen(
            controller,
            self.widgets,
            on_view=self._chose,
            words=lambda: _words(self.widgets, self.view),
            layout="workbench",
            keys="page" if self.page else "widget",
            sizing_mode="stretch_both" if self.page else "stretch_width",
        )

    def _chose(self, name: str) -> None:
        self.view = arrangement.known_view(name)
        self.controller.changed()

    def text(self) -> str:
        """Every picture as text, one after the other."""
        return "\n".join(widget.text() for widget in self.widgets)

    def __panel__(self) -> Screen:
        return self.screen
