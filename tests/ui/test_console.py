"""The console's widget: each byte goes to the page once, and anew where the past has changed.

And the ribbon's bookmarks and the way back to a trap, which share its session.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.ui.fakes import FakeSession
from vmlab.ui.controller import Controller
from vmlab.ui.widgets.console import KEEP_BYTES, Console
from vmlab.ui.widgets.ribbon import Ribbon
from vmlab.ui.widgets.transport import Transport


class Page:
    """What `console.js` does with the frames."""

    def __init__(self, controller: Controller) -> None:
        self.console, self.shown = Console(controller), controller.snapshot()
        self.text, self.end = b"", 0

    def draw(self, printed: bytes, full: bool = False) -> dict[str, Any] | None:
        sent = self.console.changes(replace(self.shown, console=printed), full)
        if sent is not None:
            data = sent["bytes"].encode("latin-1")
            assert sent["whole"] or sent["from"] == self.end
            self.text = data if sent["whole"] else self.text + data
            self.end = sent["end"]
        return sent


def test_each_byte_is_sent_once_and_a_character_may_be_cut(controller: Controller) -> None:
    page, whole = Page(controller), "a漢\x1b[31m字\n".encode()
    for end in range(len(whole) + 1):
        sent = page.draw(whole[:end], full=end == 0)
        assert sent is not None and len(sent["bytes"]) <= 1
        assert page.text == whole[:end]
    assert page.draw(whole) is None


def test_back_and_forth_is_exact(controller: Controller) -> None:
    page = Page(controller)
    for printed in (b"one\ntwo\n", b"one\n", b"", b"one\ntwo\nthree", b"other\n", b"one\ntwo\n"):
        page.draw(printed)
        assert page.text == printed


def test_a_flood_begins_at_a_line_and_is_bounded(controller: Controller) -> None:
    page = Page(controller)
    flood = b"".join(b"line %d\n" % number for number in range(40_000))
    sent = page.draw(flood)
    assert sent is not None and sent["whole"]
    assert flood.endswith(page.text) and page.text.startswith(b"line ")
    assert len(page.text) <= KEEP_BYTES
    sent = page.draw(flood + b"more")
    assert sent is not None and sent["bytes"] == "more"


def test_a_lost_frame_is_asked_for_again(controller: Controller) -> None:
    page = Page(controller)
    page.draw(b"abc")
    page.console.receive({"command": "again"})
    sent = page.draw(b"abc")
    assert sent is not None and sent["whole"] and sent["bytes"] == "abc"


def test_plain_text_is_for_whoever_has_no_terminal(controller: Controller) -> None:
    console = Console(controller)
    console.receive({"command": "plain"})
    sent = console.payload(replace(controller.snapshot(), console=b"a\x1b[31mb\x07"))
    assert sent["text"] == "ab\u2407"
    assert "bytes" not in sent


def test_a_bookmark_is_set_and_taken_away_and_stands_in_the_twin(controller: Controller) -> None:
    ribbon = Ribbon(controller)
    ribbon.receive({"command": "mark"})
    here = controller.snapshot().position
    assert [position for position, _ in ribbon.payload(controller.snapshot())["marks"]] == [here]
    assert f"#{here:,}" in ribbon.text().splitlines()[-1]
    assert "bookmark" in ribbon.text()
    ribbon.receive({"command": "mark"})
    assert ribbon.payload(controller.snapshot())["marks"] == []


def test_bookmarks_are_of_one_session(controller: Controller) -> None:
    ribbon = Ribbon(controller)
    ribbon.receive({"command": "mark"})
    controller.session = FakeSession()
    controller._shown = None
    assert ribbon.payload(controller.snapshot())["marks"] == []


def test_the_trap_before_is_travelled_to_and_the_first_says_so(
    controller: Controller, session: FakeSession
) -> None:
    transport = Transport(controller)
    places = []
    for _ in range(20):
        before = controller.snapshot().position
        transport.receive({"command": "trap_back"})
        if controller.snapshot().position == before:
            break
        places.append(controller.snapshot().position)
    assert places and places == sorted(places, reverse=True)
    assert "No trap before" in controller.message
