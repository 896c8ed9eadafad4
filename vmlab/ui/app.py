"""Entrances: `browser_main` for the page's worker, `workbench` for a notebook, `serve` natively."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import vmlab
from vmlab.guests.catalog import GUESTS
from vmlab.ui.controller import Controller
from vmlab.ui.screens.workbench import Workbench

if TYPE_CHECKING:
    from vmlab.ui.controller import SessionLike

FIRST_GUEST = "tour"


def _catalogue() -> Mapping[str, tuple[str, str]]:
    return {name: (guest.title, guest.summary) for name, guest in GUESTS.items()}


def _controller(session: SessionLike) -> Controller:
    return Controller(session, opener=vmlab.open, trap=vmlab.Until.trap)


def workbench(session: SessionLike) -> Workbench:
    """The workbench of a session, for a notebook: the last line of a cell shows it."""
    return Workbench(_controller(session), _catalogue())


def page(image: str | bytes = FIRST_GUEST) -> Workbench:
    """The workbench with a page of its own, and a new session of `image`."""
    return Workbench(_controller(vmlab.open(image)), _catalogue(), page=True)


def browser_main() -> None:
    """What the page's worker calls once Python is ready."""
    page().screen.servable()
