"""The lesson's own widgets and its screen: what the page is told, and that it may say anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.loops import drive
from tests.ui.fakes import HOSTILE
from tests.ui.lessons import EXERCISE, playing, settle
from vmlab.ui import i18n
from vmlab.ui.i18n import cell
from vmlab.ui.lesson import app
from vmlab.ui.lesson import player as players
from vmlab.ui.lesson.execute import Ended, Outcome
from vmlab.ui.lesson.exercise import ExercisePanel
from vmlab.ui.lesson.player import Player
from vmlab.ui.lesson.screen import LessonScreen
from vmlab.ui.lesson.steps import LessonSteps


@pytest.fixture
def player() -> Iterator[Player]:
    with playing() as made:
        yield made
    i18n.use(i18n.ENGLISH)


@pytest.fixture
def screen(player: Player) -> LessonScreen:
    made = app.page(player)
    player.watch(made.refresh)
    made.param.watch(lambda event: SEEN.append(json.loads(event.new)), "frame")
    SEEN[:] = [json.loads(made.frame)]
    return made


SEEN: list[dict[str, Any]] = []
"""Every frame that was sent."""


def drawn() -> dict[str, Any]:
    """What the page draws after all of them."""
    whole: dict[str, Any] = {}
    for one in SEEN:
        whole = {} if one["full"] else whole
        for kind, data in one["pictures"].items():
            whole[kind] = {**whole.get(kind, {}), **data} if kind == "lesson" else data
    return whole


def test_steps_choose_the_pictures_and_their_words_come_along(
    player: Player, screen: LessonScreen
) -> None:
    assert screen.kinds == ["lesson", "exercise"]
    settle(player, lambda: player.run(2))
    assert screen.kinds == ["ribbon", "csrs", "now", "transport", "lesson", "exercise"]
    setup = json.loads(screen.setup)
    assert setup["kinds"] == screen.kinds and set(screen.kinds) <= set(setup)
    settle(player, lambda: player.run(5))
    assert screen.kinds == ["ribbon", "exits", "now", "transport", "lesson", "exercise"]
    assert set(drawn()) == set(screen.kinds)
    settle(player, player.restart)
    assert screen.kinds == ["lesson", "exercise"]


def test_the_same_pictures_are_not_made_anew(player: Player, screen: LessonScreen) -> None:
    settle(player, lambda: player.run(2))
    before = player.desk.pictures
    settle(player, lambda: player.again(2))
    assert player.desk.pictures is not before, "another session"
    before = player.desk.pictures
    settle(player, lambda: player.run(4))
    assert player.desk.pictures is before


def test_a_message_moves_the_session_that_is_shown(player: Player, screen: LessonScreen) -> None:
    settle(player, lambda: player.run(2))
    at = player.snapshot().position
    screen._handle_msg({"to": "transport", "command": "step"})
    assert player.snapshot().position == at + 1
    assert drawn()["lesson"]["link"].endswith(f"n={at + 1}")
    assert "cells" in drawn()["lesson"]


def test_while_a_machine_runs_the_steps_are_not_sent_again(
    player: Player, screen: LessonScreen
) -> None:
    settle(player, lambda: player.run(2))
    assert player.controller is not None
    sent = len(SEEN)
    player.controller.changed()
    player.controller.step()
    assert all("cells" not in one["pictures"].get("lesson", {}) for one in SEEN[sent:])


def test_the_page_says_what_to_do(player: Player, screen: LessonScreen) -> None:
    say = screen._handle_msg
    settle(player, lambda: say({"to": "lesson", "command": "run", "cell": 2}),
           lambda: say({"to": "lesson", "command": "restore", "answers": {"up": "jump", "x": 3}}),
           lambda: say({"to": "lesson", "command": "run", "cell": 4}))  # fmt: skip
    cells = drawn()["lesson"]["cells"]
    assert cells["4"]["state"] == "done" and "You said: a jump." in cells["4"]["text"]
    assert drawn()["lesson"]["observed"] == {"up": "trap"}
    check = {"to": "exercise", "command": "check", "source": EXERCISE.starter}
    settle(player, lambda: say(check))
    verdict = drawn()["exercise"]["verdict"]
    assert set(verdict) >= {"seed", "score", "passed", "ms", "rows", "hint", "counters"}
    assert set(verdict["hint"]) == {"concept", "sentence", "expected", "found", "where"}
    assert verdict["counters"] == [{"name": "calls", "found": 22, "budget": 41}]


def test_another_language_is_another_view_of_the_same(player: Player, screen: LessonScreen) -> None:
    settle(player, lambda: player.run(4))
    assert "The machine showed" in drawn()["lesson"]["cells"]["4"]["text"]
    screen._handle_msg({"to": "screen", "command": "language", "language": "zh-Hans"})
    assert "机器给出的" in drawn()["lesson"]["cells"]["4"]["text"]
    assert json.loads(screen.setup)["exercise"]["name"] == EXERCISE.title["zh"]


@pytest.mark.parametrize("cls", [LessonSteps, ExercisePanel])
def test_twins_are_the_rows(player: Player, cls: Any) -> None:
    settle(player, lambda: player.run(4), lambda: player.check(EXERCISE.starter))
    widget = cls(player)
    widget.twin = True
    sent = widget.changes(player.snapshot(), full=True)
    table = widget.table(None)
    assert sent["twin"]["rows"] == [[cell(one) for one in row] for row in table.rows]
    assert table.rows and all(len(row) == len(table.columns) for row in table.rows)


VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 70, float("nan"), "", "x", HOSTILE, "\ud800", [], {}, [[[]]] * 3,
    {"up": {}}, {"up": "trap", "\ud800": HOSTILE}, b"\x00", "while", "def resume(t): return t",
)  # fmt: skip


def test_no_message_of_a_hostile_page_breaks_it(
    player: Player, screen: LessonScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command with every value; the steps themselves are left out, which take their time."""
    monkeypatch.setattr(players, "execute", lambda *_: Outcome(Ended.DONE))
    commands = ("run", "again", "restart", "stop", "dismiss", "restore", "check", "nonsense")

    async def attack() -> None:
        for to in ("lesson", "exercise"):
            for command in (*commands, *VALUES):
                for value in VALUES:
                    message = {"to": to, "command": command}
                    screen._handle_msg(
                        message | dict.fromkeys(("cell", "answers", "source"), value)
                    )
                    while player.running:
                        await asyncio.sleep(0)

    drive(attack())
    assert json.dumps(drawn(), allow_nan=False)


def test_the_address_names_the_lesson() -> None:
    assert app.asked("#lesson=shadow") == app.asked("u=1&lesson=shadow") == "shadow"
    assert app.asked("") == app.asked("#u=1") == ""
