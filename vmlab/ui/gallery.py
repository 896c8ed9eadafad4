"""Every widget by itself: the list of them, and the page that shows one live.

The list is every class that there is, of the workbench, the compare board and the lessons. Contract
tests and the gallery's pages are made from it, so a new widget is in both by being written.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import panel

import vmlab
from vmlab.core.errors import VmlabError
from vmlab.course.lesson import Lesson, lessons_folder, read_lessons
from vmlab.ui import app, compare, lesson, rescue, widgets
from vmlab.ui.compare.base import BoardWidget
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import Link, parse
from vmlab.ui.lesson import run
from vmlab.ui.lesson.base import LessonWidget
from vmlab.ui.lesson.player import Player
from vmlab.ui.lesson.screen import LessonScreen
from vmlab.ui.screens.compare import BoardScreen, board_words
from vmlab.ui.screens.screen import Screen
from vmlab.ui.widgets.base import Widget
from vmlab.ui.widgets.guests import Guests
from vmlab.views.phrase import heard

FIRST: Final = "ribbon"
BESIDE: Final = ("transport", "now")
"""What a picture alone lacks: something to move the machine with."""
HEAD: Final = "race"
"""The same for a picture of a comparison."""
STOPS: Final = 4
"""The live page begins behind so many traps: before the first one most pictures are empty."""
MOST_STEPS: Final = 200_000


def every() -> tuple[type[Widget], ...]:
    """All widget classes, by their kind: those of every file in `widgets`, `compare`, `lesson`."""
    for package in (widgets, compare, lesson):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found: dict[str, type[Widget]] = {}
    waiting = [*Widget.__subclasses__()]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        # Classes of tests and of other people are no part of the lab.
        if cls.__module__.startswith("vmlab.") and isinstance(getattr(cls, "kind", None), str):
            found[cls.kind] = cls
    return tuple(found[kind] for kind in sorted(found))


def make(
    cls: type[Widget], controller: Controller, catalogue: Mapping[str, tuple[str, str]]
) -> Widget:
    """A widget of this class, with what it needs besides a session: a board, for a comparison, and
    a player, for a lesson."""
    if issubclass(cls, BoardWidget):
        return cls(BoardController())
    if issubclass(cls, LessonWidget):
        return cls(Player())
    given: dict[str, Any] = {}
    if issubclass(cls, Guests):
        given["catalogue"] = dict(catalogue)
    return cls(controller, **given)


def chosen(fragment: str) -> str:
    """The kind that `#w=KIND` asks for; the first one if there is no such widget."""
    asked = dict(parse_qsl(fragment.removeprefix("#"))).get("w", "")
    return asked if asked in {cls.kind for cls in every()} else FIRST


def behind_traps(controller: Controller) -> None:
    """Run on, so that there is something to see."""
    for _ in range(STOPS):
        controller.session.run(vmlab.Until.trap(), limit=MOST_STEPS)


def alone(kind: str, controller: Controller) -> Screen:
    """One widget, with the buttons that move the machine and the line that says where it is."""
    by_kind = {cls.kind: cls for cls in every()}
    if issubclass(by_kind[kind], BoardWidget):
        return _board(by_kind, kind)
    if issubclass(by_kind[kind], LessonWidget):
        return _lesson(by_kind, kind)
    kinds = (*(one for one in BESIDE if one != kind), kind)
    made = tuple(make(by_kind[one], controller, app.catalogue()) for one in kinds)
    return Screen(controller, made, layout="picture", sizing_mode="stretch_width")


def _board(by_kind: Mapping[str, type[Widget]], kind: str) -> Screen:
    """One picture of a comparison, with what chooses and runs it."""
    board = BoardController()
    made = tuple(by_kind[one](board) for one in dict.fromkeys((HEAD, kind)))
    return BoardScreen(
        board, made, words=board_words, layout="compare", sizing_mode="stretch_width"
    )


def _lesson(by_kind: Mapping[str, type[Widget]], kind: str) -> LessonScreen:
    """One part of a lesson's page, with the other."""
    player = Player(_first_exercise())
    own = sorted((one for one in by_kind.values() if issubclass(one, LessonWidget)),
                 key=lambda one: one.kind == kind)  # fmt: skip
    made = tuple(one(player) for one in own)
    return LessonScreen(player, made, layout="lesson", keys="page", sizing_mode="stretch_width")


def _first_exercise() -> Lesson | None:
    """The first lesson that has an exercise."""
    found = (one for one in read_lessons(lessons_folder()) if one.exercise is not None)
    return next(found, None)


def _play(player: Player) -> None:
    """Run a lesson's steps until there is something to see: here is no text that would do it."""
    run.stage = player
    rescue.begin_again(player.interrupted)
    shows = (at for at, one in player.steps.items() if "lesson.show(" in one.cell.source)
    player.run(next(shows, 0))


def browser_main() -> None:
    """What the gallery's live page calls: one widget, chosen by `#w=KIND`, on a guest of the
    workbench's own address keys."""
    location = panel.state.location
    asked = location.hash if location is not None else ""
    try:
        controller = app.opened(parse(asked))
    except VmlabError as refusal:
        controller = app.opened(Link())
        controller.say(heard(str(refusal)))
    if controller.session.position == 0 and (rescue.page is None or rescue.page.kept is None):
        behind_traps(controller)
    rescue.attach(controller)
    screen = alone(chosen(asked), controller)
    if isinstance(screen, LessonScreen) and screen.player is not None:
        _play(screen.player)
    screen.servable()
