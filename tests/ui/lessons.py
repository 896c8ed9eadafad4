"""The tests' own lesson, played without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.loops import drive
from vmlab.course.lesson import Lesson, find_lesson
from vmlab.ui.lesson import run
from vmlab.ui.lesson.player import Player

ROOT = Path(__file__).parents[1] / "lesson_demo"
LESSON: Lesson = find_lesson("demo", ROOT)
assert LESSON.exercise is not None
EXERCISE = LESSON.exercise
FOLDER = LESSON.folder


def program(name: str) -> str:
    """A program of the lesson's folder."""
    return (FOLDER / name).read_text(encoding="utf-8")


@contextmanager
def playing() -> Iterator[Player]:
    """A player that is the stage of lessons."""
    player = Player(LESSON)
    run.stage = player
    try:
        yield player
    finally:
        run.stage = None
        player.desk.clear()


def settle(player: Player, *commands: object) -> None:
    """Give commands and wait until nothing runs any more."""

    async def wait() -> None:
        for command in commands:
            assert callable(command), command
            command()
        while player.running:
            await asyncio.sleep(0.001)

    drive(wait())
