"""Entrances: `browser_main` for the page's worker, `workbench` for a notebook, `page` for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import panel

import vmlab
from vmlab.core.errors import VmlabError
from vmlab.guests.catalog import GUESTS
from vmlab.session.files import loading
from vmlab.ui import i18n, notebook
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import MOST_BREAKPOINTS, Link, build, parse
from vmlab.ui.screens.workbench import Workbench
from vmlab.views.phrase import heard

if TYPE_CHECKING:
    from vmlab.ui.controller import SessionLike

FIRST_GUEST = "tour"


def _catalogue() -> Mapping[str, tuple[str, str]]:
    return {name: (guest.title, guest.summary) for name, guest in GUESTS.items()}


def _controller(session: SessionLike) -> Controller:
    return Controller(session, opener=vmlab.open, loader=loading, trap=vmlab.Until.trap)


def workbench(session: SessionLike) -> Workbench:
    """The workbench of a session, for a notebook: the last line of a cell shows it.

    Cells that step the session by themselves are followed: it redraws after each of them.
    """
    notebook.load()
    return Workbench(_controller(session), _catalogue())


def page(link: Link | None = None) -> Workbench:
    """The workbench with a page of its own and a new session of what `link` asks for."""
    asked = link or Link()
    if asked.language is not None:
        i18n.use(asked.language)
    wanted = {
        "isa": asked.isa,
        "engine": asked.engine,
        "translation": asked.translation,
        "ram": asked.ram,
        "technique": asked.technique,
    }
    options: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    guest = asked.guest or FIRST_GUEST
    controller = _controller(vmlab.open(guest, **options))
    controller.image, controller.options = guest, options
    for address in asked.breakpoints:
        controller.toggle_breakpoint(address)
    note = controller.snapshot().engine_note
    if note is not None:
        controller.say(heard(note))
    if asked.position is not None:
        controller.run(vmlab.Until.count(asked.position))
    return Workbench(controller, _catalogue(), page=True)


def _address(controller: Controller, language: str | None = None) -> str:
    """The part of the page's address that opens the same guest on the same machine again, in this
    language."""
    options, image = controller.options, controller.image
    guest = image if isinstance(image, str) else None
    names = ("isa", "translation", "ram", "engine", "technique")
    said = {name: options[name] for name in names if options.get(name)}
    if said.get("engine") == "auto":
        del said["engine"]
    if guest == FIRST_GUEST and not said:
        guest = None
    stops = tuple(sorted(controller.session.breakpoints))[:MOST_BREAKPOINTS]
    return build(Link(guest=guest, language=language, breakpoints=stops, **said))


def _follow_address(controller: Controller, location: Any, says_language: bool) -> None:
    """Keep the page's address up to date. A file that was dropped has no name to put there. An
    address that said a language goes on saying the one that is spoken."""

    def address() -> str:
        return _address(controller, i18n.language() if says_language else None)

    last = [address()]

    def changed() -> None:
        now = address()
        if now != last[0]:
            last[0] = location.hash = now

    controller.watch(changed)


def browser_main() -> None:
    """What the page's worker calls once Python is ready. A link that cannot be followed is said
    in the page, which then shows the first guest."""
    location = panel.state.location
    asked = location.hash if location is not None else ""
    try:
        made = page(parse(asked))
    except VmlabError as refusal:
        made = page()
        made.controller.say(heard(str(refusal)))
    if location is not None:
        _follow_address(made.controller, location, says_language="lang=" in asked)
    made.screen.servable()
