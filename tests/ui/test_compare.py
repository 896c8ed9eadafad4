"""The compare screen without a browser: links, commands, and what every widget promises."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from bokeh.document import Document
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import drive
from vmlab.core.errors import VmlabError
from vmlab.session.lanes import PROMPT, Goal
from vmlab.ui import i18n
from vmlab.ui.compare.base import BoardWidget
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.compare.link import FIRST, BoardLink, build, parse
from vmlab.ui.screens.compare import CompareBoard
from vmlab.ui.widgets.base import Widget

CLASSES = sorted(BoardWidget.__subclasses__(), key=lambda widget: widget.kind)
every_widget = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.kind)


@pytest.fixture
def controller() -> Iterator[BoardController]:
    made = BoardController(Goal(point=PROMPT), ("trap_emulate", "hwassist"))
    yield made
    made.close()
    i18n.use(i18n.ENGLISH)


async def until_idle(controller: BoardController) -> None:
    while controller.running:
        await asyncio.sleep(0)


# Links ---------------------------------------------------------------------------------------


def test_a_link_says_guest_point_and_techniques() -> None:
    asked = parse("#u=1&g=nano&p=fault&t=hwassist,bare&lang=zh")
    assert asked == BoardLink(Goal("nano", "fault"), ("hwassist", "bare"), "zh-Hans")
    assert build(asked) == "#u=1&g=nano&p=fault&t=bare,hwassist&lang=zh"
    assert parse("#n=5000").goal.insns == 5_000


@pytest.mark.parametrize("fragment", ["", "#", "#u=1", "#who=knows&theme=dark"])
def test_what_a_link_does_not_say_is_the_first_comparison(fragment: str) -> None:
    assert parse(fragment) == BoardLink() and build(parse(fragment)) == ""


@pytest.mark.parametrize(
    "fragment",
    ["#u=2", "#g=tour", "#g=<script>", "#p=rm", "#t=kvm", "#t=bare,<img>", "#n=0", "#n=-1",
     "#n=1e9", "#n=99999999999", "#" + "t=bare&" * 1000],
)  # fmt: skip
def test_a_hostile_link_is_refused_with_a_sentence(fragment: str) -> None:
    with pytest.raises(VmlabError, match="expected"):
        parse(fragment)


@given(st.text(max_size=80))
def test_no_link_breaks_it(fragment: str) -> None:
    with suppress(VmlabError):
        parse(fragment)


# Commands ------------------------------------------------------------------------------------


def test_run_pause_and_reset(controller: BoardController) -> None:
    async def scene() -> None:
        controller.run()
        assert controller.running
        await asyncio.sleep(0.01)
        controller.pause()
        assert not controller.running
        if controller.board.working:
            controller.run()
        await until_idle(controller)
        shown = controller.snapshot()
        assert shown.arrived and all(one.equal for one in shown.equalities.values())
        controller.reset()
        assert not any(lane.position for lane in controller.snapshot().lanes)

    drive(scene())


def test_judgements_wait_for_each_other(controller: BoardController) -> None:
    async def scene() -> None:
        controller.judge()
        assert controller.queue == ["bare", "trap_emulate", "hwassist"]
        await asyncio.sleep(0)
        controller.reset()
        assert not controller.queue and not controller.running

    drive(scene())


def test_a_refusal_is_said_and_changes_nothing(controller: BoardController) -> None:
    before = controller.link
    controller.choose(Goal(point="<b>"), ())
    assert "expected a point of" in controller.message
    assert controller.link == before


def test_chips_choose_lanes_and_the_reference_stays(controller: BoardController) -> None:
    race = CompareBoard(controller).widgets[0]
    race.receive({"command": "technique", "value": "trap_emulate", "on": False})
    race.receive({"command": "technique", "value": "bare", "on": False})
    race.receive({"command": "technique", "value": "<img>", "on": True})
    assert [row.name for row in controller.board.techniques] == ["bare", "hwassist"]
    race.receive({"command": "point", "value": "insns"})
    assert controller.board.goal.insns is not None
    race.receive({"command": "insns", "value": -5})
    assert "expected 1 to" in controller.message
    race.receive({"command": "point", "value": "fault"})
    assert controller.board.goal == Goal("nano", "fault") and not controller.message


# Widgets -------------------------------------------------------------------------------------


@every_widget
def test_every_widget_keeps_the_contract(
    cls: type[BoardWidget], controller: BoardController
) -> None:
    assert inspect.getdoc(cls) not in (None, inspect.getdoc(Widget))
    assert all(cls.param[name].doc for name in ("controller", "twin", "disabled"))
    widget, shown = cls(controller), controller.snapshot()
    first = widget.changes(shown, full=True)
    assert json.loads(json.dumps(first)) == first
    assert widget.changes(shown, full=False) is None
    widget.receive({"command": "twin", "on": True})
    twin = widget.changes(controller.snapshot(), full=False)["twin"]
    assert len(twin["rows"]) > 0 and all(len(row) == len(twin["columns"]) for row in twin["rows"])
    widget.disabled = True
    widget.receive({"command": "run"})
    widget.receive({"command": "survey"})
    widget.receive({"command": "judge_all"})
    assert not controller.running


def test_the_screen_follows_while_it_is_shown(controller: BoardController) -> None:
    board = CompareBoard(controller)
    document = Document()
    document.add_root(board.screen.get_root(document))
    assert controller.watchers == 1
    pictures = json.loads(board.screen.frame)["pictures"]
    assert set(pictures) == {"race", "lanes", "papers", "shapes"}
    i18n.use("zh")
    controller.changed()
    assert json.loads(board.screen.setup)["lanes"]["title"] == "泳道"
    for root in document.roots:
        board.screen._cleanup(root)
    assert FIRST[0] == "bare"
