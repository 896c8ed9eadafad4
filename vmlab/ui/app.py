"""Entrances: `browser_main` for the page's worker, `workbench` for a notebook, `page` for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import panel

import vmlab
from vmlab.core.errors import VmlabError
from vmlab.guests.catalog import GUESTS
from vmlab.session.files import loading
from vmlab.ui import i18n, notebook, rescue, sharing
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import Link, parse
from vmlab.ui.screens.workbench import Workbench
from vmlab.views.phrase import heard

if TYPE_CHECKING:
    from vmlab.ui.controller import SessionLike


def catalogue() -> Mapping[str, tuple[str, str]]:
    """The guests to choose from: name to title and what it does."""
    return {name: (guest.title, guest.summary) for name, guest in GUESTS.items()}


def _controller(session: SessionLike) -> Controller:
    return Controller(session, opener=vmlab.open, loader=loading, trap=vmlab.Until.trap)


def workbench(session: SessionLike, view: str = "") -> Workbench:
    """The workbench of a session, for a notebook: the last line of a cell shows it. `view` is an
    arrangement of the panels, such as "traps".

    Cells that step the session by themselves are followed: it redraws after each of them.
    """
    notebook.load()
    return Workbench(_controller(session), catalogue(), view=view)


def opened(link: Link | None = None) -> Controller:
    """A new session of what `link` asks for, in the language that it asks for."""
    asked = link or Link()
    if asked.language is not None:
        i18n.use(asked.language)
    image, label, options = sharing.opens(asked)
    parts: dict[str, Any] = {"append": asked.append} if asked.append else {}
    controller = _controller(vmlab.open(image, name=label or None, **parts, **options))
    controller.image, controller.label = image, label
    controller.parts, controller.options = parts, options
    note = controller.snapshot().engine_note
    if note is not None:
        controller.say(heard(note))
    sharing.arrive(controller, asked)
    return controller


def page(link: Link | None = None) -> Workbench:
    """The workbench with a page of its own and a new session of what `link` asks for."""
    asked = link or Link()
    controller = opened(asked)
    made = Workbench(controller, catalogue(), page=True, view=asked.view or "")
    if made.keep is not None:
        made.keep.theme = asked.theme
    if asked.assembly is not None:
        made.assembly.adopt(controller.label, asked.assembly)
    return made


def _address(
    controller: Controller, language: str | None = None, view: str = "", theme: str | None = None
) -> str:
    """The part of the page's address that opens the same guest on the same machine again, in this
    language and arrangement, and in the theme that it named."""
    return sharing.standing(controller, language, view, theme)


def _follow_address(made: Workbench, location: Any, says_language: bool) -> None:
    """Keep the page's address up to date. A file that was dropped has no name to put there. An
    address that said a language goes on saying the one that is spoken."""

    controller = made.controller

    def address() -> str:
        language = i18n.language() if says_language else None
        theme = made.keep.theme if made.keep is not None else None
        return _address(controller, language, made.view, theme)

    last = [address()]

    def changed() -> None:
        now = address()
        if now != last[0]:
            last[0] = location.hash = now

    controller.watch(changed)


def _looks_of(link: Link) -> Link:
    """How a link wants to be shown, without what it opens."""
    return Link(language=link.language, theme=link.theme)


def browser_main() -> None:
    """What the page's worker calls once Python is ready. A link that cannot be followed is said
    in the page, which then shows the first guest."""
    location = panel.state.location
    asked = location.hash if location is not None else ""
    # What a worker before this one left decides more than the address, which may have been its end.
    rescued = rescue.page is not None and rescue.page.kept is not None
    try:
        made = page(_looks_of(parse(asked)) if rescued else parse(asked))
    except VmlabError as refusal:
        made = page()
        made.controller.say(heard(str(refusal)))
    if location is not None:
        _follow_address(made, location, says_language="lang=" in asked)
    rescue.attach(made.controller)
    made.screen.servable()
