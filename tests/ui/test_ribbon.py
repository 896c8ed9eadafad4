"""The ribbon's window and its commands: travel, scrub, zoom, pan, fit."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.loops import drive
from tests.ui.fakes import FakeSession, history, snapshot
from vmlab.session.snapshot import Status
from vmlab.ui.controller import Controller
from vmlab.ui.widgets.ribbon import Ribbon


@pytest.fixture
def ribbon(controller: Controller) -> Ribbon:
    made = Ribbon(controller)
    sent(made)
    return made


def sent(ribbon: Ribbon) -> dict[str, Any]:
    """What the page would get now."""
    payload = ribbon.changes(ribbon.controller.snapshot(), full=True)
    assert payload is not None
    return payload


def window(ribbon: Ribbon) -> tuple[int, int]:
    payload = sent(ribbon)
    return payload["from"], payload["to"]


def test_a_click_travels_but_not_beyond_what_is_recorded(
    ribbon: Ribbon, session: FakeSession
) -> None:
    ribbon.receive({"command": "go", "position": 47})
    assert session.position == 47
    ribbon.receive({"command": "go", "position": 1 << 80})
    assert session.position == 800


def test_scrubbing_moves_by_a_part_of_the_window(ribbon: Ribbon, session: FakeSession) -> None:
    ribbon.receive({"command": "fit", "show": "all"})
    ribbon.receive({"command": "scrub", "by": 1})
    assert session.position == 130 + 8
    ribbon.receive({"command": "scrub", "by": -1})
    ribbon.receive({"command": "scrub", "by": -1})
    assert session.position == 130 - 8
    session.go_to(0)
    ribbon.receive({"command": "scrub", "by": -1})
    assert session.position == 0


def test_zoom_out_shows_the_whole_run_and_in_comes_back(ribbon: Ribbon) -> None:
    first = window(ribbon)
    for _ in range(12):
        ribbon.receive({"command": "zoom", "by": -1})
    assert window(ribbon) == (0, 800)
    for _ in range(12):
        ribbon.receive({"command": "zoom", "by": 1, "around": 400})
    low, high = window(ribbon)
    assert low <= 400 <= high
    assert high - low <= 4
    ribbon.receive({"command": "fit", "show": "near"})
    assert window(ribbon) == first


def test_a_window_that_was_moved_away_stays_until_the_playhead_moves(
    ribbon: Ribbon, controller: Controller
) -> None:
    ribbon.receive({"command": "zoom", "by": 1})
    ribbon.receive({"command": "pan", "edge": 400})
    away = window(ribbon)
    assert away[0] > 130
    assert away[0] < 400 < away[1]
    assert window(ribbon) == away
    assert sent(ribbon)["playhead"] is None
    controller.step()
    low, high = window(ribbon)
    assert low <= 131 <= high
    assert sent(ribbon)["playhead"] is not None


def test_a_step_inside_the_window_does_not_move_it(ribbon: Ribbon, controller: Controller) -> None:
    before = window(ribbon)
    controller.step()
    assert window(ribbon) == before
    assert sent(ribbon)["position"] == 131


def test_while_the_guest_runs_fast_the_whole_run_is_drawn(controller: Controller) -> None:
    async def run() -> tuple[int, int]:
        made = Ribbon(controller)
        sent(made)
        controller.run()
        assert controller.snapshot().status is Status.RUNNING
        await asyncio.sleep(0)  # one slice: a fast host ends the whole run within milliseconds
        assert controller.running
        found = window(made)
        controller.pause()
        return found

    assert drive(run())[0] == 0


def test_another_place_is_sent_and_the_same_is_not(ribbon: Ribbon, controller: Controller) -> None:
    assert ribbon.changes(controller.snapshot(), full=False) is None
    controller.step()
    assert ribbon.changes(controller.snapshot(), full=False) is not None
    assert ribbon.changes(controller.snapshot(), full=False) is None


def test_lanes_bands_and_bar_agree(ribbon: Ribbon) -> None:
    payload = sent(ribbon)
    lanes = [lane[0] for lane in payload["lanes"]]
    assert lanes == ["U", "S", "M"]
    assert all(-1 <= band[0] < len(lanes) for band in payload["bands"])
    assert all(len(column[4]) == len(lanes) for column in payload["bar"])
    assert all(sum(column[4]) in range(998, 1003) for column in payload["bar"])
    assert payload["bar"][0][0] == 0
    assert payload["bar"][-1][1] == payload["recorded"]


def test_the_message_stays_small_over_a_long_run(controller: Controller) -> None:
    controller._shown = snapshot(
        130, version=controller.session.version, recorded=900_000, history=history(900_000)
    )
    ribbon = Ribbon(controller)
    ribbon.receive({"command": "fit", "show": "all"})
    payload = sent(ribbon)
    assert payload["buckets"]
    assert not payload["bands"]
    assert len(json.dumps(payload)) < 20_000


@pytest.mark.parametrize(
    "message",
    [
        {"command": "zoom", "by": 7},
        {"command": "zoom", "by": "1"},
        {"command": "pan"},
        {"command": "pan", "edge": -4},
        {"command": "pan", "edge": 1 << 90},
        {"command": "fit", "show": "nothing"},
        {"command": "scrub", "by": 10**30},
        {"command": "go", "position": True and "3"},
        {"command": "zoom", "by": 1, "around": -5},
        {"command": "zoom", "by": 1, "around": 1 << 90},
    ],
)
def test_a_message_that_asks_too_much_travels_nowhere(
    ribbon: Ribbon, session: FakeSession, message: dict[str, Any]
) -> None:
    calls = session.calls.copy()
    ribbon.receive(message)
    assert session.calls == calls
    low, high = window(ribbon)
    assert 0 <= low < high <= 800
