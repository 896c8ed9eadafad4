"""The pictures that a lesson can show, by their kinds."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import vmlab
from vmlab.core.errors import BadInput
from vmlab.session.files import loading
from vmlab.ui.controller import Controller, SessionLike
from vmlab.ui.widgets.base import Widget

PICTURES: Final = {
    "code": "code:Code",
    "console": "console:Console",
    "csrs": "csrs:Csrs",
    "devices": "devices:Devices",
    "exits": "exits:Exits",
    "map": "address_map:AddressMap",
    "memory": "memory:Memory",
    "points": "points:Breakpoints",
    "registers": "registers:Registers",
    "ribbon": "ribbon:Ribbon",
    "shadow": "shadow:Shadow",
    "stack": "stack:CallStack",
    "tables": "page_tree:PageTree",
    "tlb": "tlb:Tlb",
    "translation": "translation:Translation",
    "traps": "traps:Traps",
    "walk": "walk:PageWalk",
}
"""Each kind to the module of `vmlab.ui.widgets` and the class: only what is shown is imported."""
MOST: Final = 3
"""More do not stand beside a text."""
CONTROLS: Final = ("now", "transport")
"""What stands below every lesson's pictures: where the machine is, and what moves it."""


def check_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """These kinds, if a lesson can show them. Raises `BadInput`."""
    for kind in kinds:
        if kind not in PICTURES:
            raise BadInput(f"expected a picture ({', '.join(PICTURES)}), found {kind!r}")
    if not 0 < len(set(kinds)) == len(kinds) <= MOST:
        raise BadInput(
            f"expected 1 to {MOST} different pictures, found {', '.join(kinds) or 'none'}"
        )
    return kinds


def controller_of(session: SessionLike) -> Controller:
    """What drives a session for its pictures."""
    return Controller(session, opener=vmlab.open, loader=loading, trap=vmlab.Until.trap)


def make(controller: Controller, kinds: tuple[str, ...]) -> tuple[Widget, ...]:
    """Widgets of these kinds, and what moves the machine."""
    from vmlab.ui.widgets.now import NowLine
    from vmlab.ui.widgets.transport import Transport

    made = []
    for kind in kinds:
        module, _, name = PICTURES[kind].partition(":")
        cls: type[Widget] = getattr(import_module(f"vmlab.ui.widgets.{module}"), name)
        made.append(cls(controller))
    return (*made, NowLine(controller), Transport(controller))
