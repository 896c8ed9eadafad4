"""The site's page of a lesson: what its worker runs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import panel

from vmlab.course.lesson import find_lesson
from vmlab.ui import rescue
from vmlab.ui.lesson import run
from vmlab.ui.lesson.exercise import ExercisePanel
from vmlab.ui.lesson.player import Player
from vmlab.ui.lesson.screen import LessonScreen
from vmlab.ui.lesson.steps import LessonSteps


def asked(fragment: str) -> str:
    """The slug that an address asks for: `lesson=shadow`."""
    return dict(parse_qsl(fragment.removeprefix("#"))).get("lesson", "")


def page(player: Player) -> LessonScreen:
    """A lesson with the page for itself."""
    lesson = player.lesson
    own = (LessonSteps(player), *((ExercisePanel(player),) if lesson and lesson.exercise else ()))
    return LessonScreen(player, own, layout="lesson", keys="page", sizing_mode="stretch_width")


def browser_main(root: Path | None = None) -> None:
    """What the page's worker calls once Python is ready. The page names its lesson in the address
    that it hands over; one that is not there ends the start with a sentence. `root` is the folder
    of lessons, for tests that bring their own."""
    location = panel.state.location
    slug = asked(location.hash if location is not None else "")
    player = Player(find_lesson(slug, root))
    run.stage = player
    rescue.begin_again(player.interrupted)
    page(player).servable()
