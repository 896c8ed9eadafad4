"""The compare page's entrance: `browser_main`, which its worker calls once Python is ready."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import panel

from vmlab.core.errors import VmlabError
from vmlab.ui import i18n, rescue
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.compare.link import BoardLink, build, parse
from vmlab.ui.screens.compare import CompareBoard
from vmlab.views.phrase import heard


def page(link: BoardLink | None = None) -> CompareBoard:
    """The board of what `link` asks for, with a page of its own."""
    asked = link or BoardLink()
    if asked.language is not None:
        i18n.use(asked.language)
    return CompareBoard(BoardController(asked.goal, asked.techniques))


def _follow_address(controller: BoardController, location: Any, says_language: bool) -> None:
    """Keep the page's address up to date; one that said a language goes on saying it."""

    def address() -> str:
        spoken = i18n.language() if says_language else None
        return build(replace(controller.link, language=spoken))

    last = [address()]

    def changed() -> None:
        now = address()
        if now != last[0]:
            last[0] = location.hash = now

    controller.watch(changed)


def browser_main() -> None:
    """A link that cannot be followed is said in the page, which then shows the first comparison."""
    location = panel.state.location
    asked = location.hash if location is not None else ""
    try:
        made = page(parse(asked))
    except VmlabError as refusal:
        made = page()
        made.controller.say(heard(str(refusal)))
    if location is not None:
        _follow_address(made.controller, location, says_language="lang=" in asked)
    rescue.begin_again(made.controller.reset)
    made.screen.servable()
