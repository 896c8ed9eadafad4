"""What every widget class promises, and what each one adds."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import Any

import param
import pytest
from bokeh.document import Document

from tests.ui.conftest import CATALOGUE
from tests.ui.fakes import HOSTILE, FakeSession, snapshot
from vmlab.core.events import Access, PteRead, Stage, Walk
from vmlab.core.modes import Mode
from vmlab.ui.controller import Controller
from vmlab.ui.screens.screen import Screen
from vmlab.ui.screens.workbench import Workbench
from vmlab.ui.widgets.base import Widget
from vmlab.ui.widgets.guests import Guests
from vmlab.ui.widgets.walk import PageWalk

CLASSES = sorted(
    (widget for widget in Widget.__subclasses__() if hasattr(widget, "kind")),
    key=lambda widget: widget.kind,
)
every_widget = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.kind)


def make(cls: type[Widget], controller: Controller) -> Any:
    return Guests(controller, catalogue=CATALOGUE) if cls is Guests else cls(controller)


def frame(screen: Screen) -> dict[str, Any]:
    return json.loads(screen.frame)


def own_parameters(cls: type[param.Parameterized]) -> list[param.Parameter]:
    return [
        cls.param[name]
        for name in cls.param
        if cls.param[name].owner.__module__.startswith("vmlab")
    ]


@every_widget
def test_parameters_are_documented_and_numbers_bounded(cls: type[Widget]) -> None:
    for parameter in own_parameters(cls):
        assert parameter.doc, parameter.name
        if isinstance(parameter, param.Number) and not isinstance(parameter, param.Boolean):
            assert None not in (parameter.bounds or (None,)), parameter.name


@every_widget
def test_the_class_says_what_it_is(cls: type[Widget]) -> None:
    assert inspect.getdoc(cls) not in (None, inspect.getdoc(Widget))


@every_widget
def test_what_it_sends_is_json_and_empty_when_nothing_changed(
    cls: type[Widget], controller: Controller
) -> None:
    widget = make(cls, controller)
    shown = controller.snapshot()
    first = widget.changes(shown, full=True)
    assert json.loads(json.dumps(first)) == first
    assert widget.changes(shown, full=False) is None
    json.dumps(dict(widget.labels()))


@every_widget
def test_the_text_twin_is_the_same_table_in_the_page_and_as_text(
    cls: type[Widget], controller: Controller
) -> None:
    widget = make(cls, controller)
    widget.receive({"command": "twin", "on": True})
    table = widget.changes(controller.snapshot(), full=False)["twin"]
    text = widget.text()
    assert table["title"] in text
    assert len(text.splitlines()) == len(table["rows"]) + 2
    for row, line in zip(table["rows"], text.splitlines()[2:], strict=True):
        assert all(value.rstrip() in line for value in row)
    widget.receive({"command": "twin", "on": False})
    assert widget.changes(controller.snapshot(), full=True)["twin"] is None


@every_widget
def test_disabled_it_draws_but_gives_no_command(
    cls: type[Widget], controller: Controller, session: FakeSession
) -> None:
    widget = make(cls, controller)
    widget.disabled = True
    before = (session.calls.copy(), session.breakpoints, session.sent)
    for message in MESSAGES:
        widget.receive(message)
    assert (session.calls, session.breakpoints, session.sent) == before
    assert controller.session is session
    assert widget.changes(controller.snapshot(), full=True)


MESSAGES: tuple[dict[str, Any], ...] = (
    {"command": "step"},
    {"command": "breakpoint", "address": "80000100"},
    {"command": "type", "text": "x"},
    {"command": "go", "position": 3},
    {"command": "guest", "name": "primes"},
    {"command": "reset"},
)
NONSENSE: tuple[dict[str, Any], ...] = (
    {},
    {"command": None},
    {"command": "breakpoint"},
    {"command": "breakpoint", "address": "f" * 400},
    {"command": "type"},
    {"command": "type", "text": 5},
    {"command": "go", "position": -1},
    {"command": "go", "position": "x"},
    {"command": "guest", "name": ["x"] and "nowhere"},
    {"command": "file"},
    {"command": "raw", "role": "bios"},
    {"command": "address"},
    {"command": "address", "text": "f" * 40},
    {"command": "follow", "name": "x99"},
    {"command": "page", "by": 1 << 70},
    {"command": "tick", "name": "nothing", "on": True},
    {"command": "pick", "name": "engine", "value": "t9"},
    {"command": "open", "address": "../../"},
    {"command": "open", "of": "own", "path": "x"},
    {"command": "open", "of": "nobody's", "path": []},
    {"command": "walk", "of": "own", "path": [1, "2", None]},
    {"command": "walk", "of": "own", "path": [511, 511, 511, 511]},
    {"command": "more", "of": "own", "path": [1 << 40]},
    {"command": "zoom", "address": "xyz"},
    {"command": "only", "reason": "<b>"},
    {"command": "cause", "tag": "999"},
    {"command": "source", "value": ["S"]},
    {"command": "show", "value": "everything"},
)


@every_widget
def test_a_message_that_makes_no_sense_does_nothing(
    cls: type[Widget], controller: Controller, session: FakeSession
) -> None:
    widget = make(cls, controller)
    before = session.calls.copy()
    for message in NONSENSE:
        widget.receive(message)
    assert session.calls == before


@every_widget
def test_alone_it_follows_the_session_while_it_is_shown(
    cls: type[Widget], controller: Controller
) -> None:
    widget = make(cls, controller)
    screen = widget.__panel__()
    assert isinstance(screen, Screen)
    assert controller.watchers == 0
    model = screen.get_root(Document())
    assert controller.watchers == 1
    screen._cleanup(model)
    assert controller.watchers == 0


def test_shown_twice_it_is_watched_until_the_last_one_goes(workbench: Workbench) -> None:
    screen, controller = workbench.screen, workbench.controller
    one, two = screen.get_root(Document()), screen.get_root(Document())
    assert controller.watchers == 1
    screen._cleanup(one)
    assert controller.watchers == 1
    screen._cleanup(two)
    assert controller.watchers == 0


def test_a_step_is_one_message_with_only_what_changed(workbench: Workbench) -> None:
    screen, controller = workbench.screen, workbench.controller
    screen.get_root(Document())
    assert frame(screen)["full"]
    assert set(frame(screen)["pictures"]) == set(screen.kinds)
    changes: list[Any] = []
    screen.param.watch(changes.append, list(screen.param))
    controller.toggle_breakpoint(0x8000_0100)
    assert len(changes) == 1
    assert set(frame(screen)["pictures"]) == {"code"}
    controller.step()
    assert len(changes) == 2
    assert not frame(screen)["full"]
    assert "guests" not in frame(screen)["pictures"]


def test_a_new_page_gets_all_pictures(workbench: Workbench) -> None:
    workbench.screen.get_root(Document())
    workbench.controller.step()
    workbench.screen._handle_msg({"to": "screen", "command": "resync"})
    assert frame(workbench.screen)["full"]
    workbench.screen._handle_msg("nonsense")
    workbench.screen._handle_msg({"to": "nobody"})


def test_a_click_reaches_the_widget_it_was_made_on(
    workbench: Workbench, session: FakeSession
) -> None:
    send = workbench.screen._handle_msg
    send({"to": "transport", "command": "step"})
    send({"to": "transport", "command": "back"})
    send({"to": "code", "command": "breakpoint", "address": "0000000080000104"})
    send({"to": "console", "command": "type", "text": "hi\r"})
    send({"to": "traps", "command": "go", "position": 47})
    assert session.calls[-3:] == ["step", "back", "go_to"]
    assert session.breakpoints == {0x8000_0104}
    assert session.sent == b"hi\r"


def test_a_file_is_opened_and_a_refusal_is_shown(workbench: Workbench) -> None:
    workbench.screen.get_root(Document())
    send = workbench.screen._handle_msg
    send({"to": "guests", "command": "file", "name": "a.elf", "data": b"MZ"})
    assert "expected an ELF" in frame(workbench.screen)["pictures"]["guests"]["message"]
    send({"to": "guests", "command": "file", "name": HOSTILE, "data": b"\x7fELF"})
    shown = frame(workbench.screen)["pictures"]["guests"]
    assert shown["message"] == ""
    assert shown["guest"].isprintable()
    send({"to": "guests", "command": "too_large", "name": "big", "size": 1 << 40})
    assert "at most" in frame(workbench.screen)["pictures"]["guests"]["message"]
    send({"to": "guests", "command": "dismiss"})
    assert frame(workbench.screen)["pictures"]["guests"]["message"] == ""


def test_a_huge_paste_is_refused(workbench: Workbench, session: FakeSession) -> None:
    workbench.screen._handle_msg({"to": "console", "command": "type", "text": "x" * 100_000})
    assert session.sent == b""
    assert "Nothing was sent" in workbench.controller.message


def test_hostile_names_stay_text(controller: Controller) -> None:
    """Markup arrives as the characters it is made of; what is invisible was written out."""
    controller._shown = snapshot(10, version=controller.session.version, guest=HOSTILE)
    workbench = Workbench(controller, CATALOGUE)
    sent = json.dumps(frame(workbench.screen), ensure_ascii=False)
    assert "<img src=x onerror" in sent
    assert "\x1b" not in sent
    assert "\u202e" not in sent
    assert "\x1b" not in workbench.text()


def test_the_mode_chips_and_the_now_line_agree(workbench: Workbench) -> None:
    now = frame(workbench.screen)["pictures"]["now"]
    assert now["mode"] in {"U", "S", "M"}
    assert now["owner"]


def test_all_the_csrs_on_request(workbench: Workbench) -> None:
    workbench.screen.get_root(Document())
    few = frame(workbench.screen)["pictures"]["csrs"]["rows"]
    workbench.screen._handle_msg({"to": "csrs", "command": "all", "on": True})
    assert len(frame(workbench.screen)["pictures"]["csrs"]["rows"]) > len(few)


def test_the_words_of_the_screen_can_be_translated() -> None:
    from vmlab.ui import i18n
    from vmlab.views.phrase import say

    i18n.install("de", {"Reset": "Zurück", "{a} of {b}": "{b}, {a}"}, {}, {})
    try:
        assert i18n.t("Reset") == "Zurück"
        assert i18n.t(say("{a} of {b}", a=say("Reset"), b="{c}")) == "{c}, Zurück"
        assert i18n.t("100 % {odd") == "100 % {odd"
    finally:
        i18n.use("en")


def test_a_walk_in_two_stages_is_sent_as_its_grid(controller: Controller) -> None:
    """Also with a stage that is Bare, and for a guest's mode and formats by name."""
    reads = (
        PteRead(2, 0x8000_0010, 0x2000_0801, Stage.G, 0x8000_0010, 0x8000_5000),
        PteRead(1, 0x8000_2000, 0x2000_00DF, Stage.G, 0x8000_2000, 0x8000_5000),
    )
    common = {"reads": reads, "pa": None, "fault": 21, "virtual": True, "guest_levels": 3}
    walk = Walk(
        9, 0x8000_5000, Access.LOAD, Mode.S, 0, levels=0, stage=Stage.G, gpa=0x8000_5000, **common
    )
    widget = PageWalk(controller)
    sent = widget.payload(replace(controller.snapshot(), walk=walk))
    assert sent["sub"] == "#9, Bare, Sv39x4"
    assert "VS" in sent["verb"]
    assert len(sent["grid"]["columns"]) == 1 + 3 + 1
    [[title, gpa], cells] = sent["grid"]["rows"][0]
    assert (title, gpa) == ("the access", "000080005000")
    assert [cells[column][:2] for column in ("0", "1")] == [[1, "pointer"], [2, "fault"]]
    json.dumps(sent)
