"""The panel Translation: what a click chooses, what is sent, and how much of it."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from tests.ui import translated
from tests.ui.fakes import FakeSession, open_fake
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.t2.region import translate
from vmlab.engine.translations import Translated, TranslationCounters, Why
from vmlab.session.files import loading
from vmlab.session.translations import TranslatedPage, Translations
from vmlab.ui.controller import Controller
from vmlab.ui.widgets.translation import FOLLOW, Translation

FIRST = translated.FIRST
INNER = FIRST + 4


@pytest.fixture
def widget(session: FakeSession, controller: Controller) -> Translation:
    session.go_to(12 * 10)  # back at the first instruction of the code
    return Translation(controller)


def sent(widget: Translation) -> dict[str, Any]:
    payload = widget.changes(widget.controller.snapshot(), full=True)
    assert payload is not None
    return payload


def chosen(payload: dict[str, Any]) -> int:
    (offset,) = (row[0] for row in payload["blocks"] if row[9])
    return int(offset)


def test_it_follows_the_hart_until_somebody_chooses(
    widget: Translation, session: FakeSession
) -> None:
    payload = sent(widget)
    assert payload["follows"] and payload["page"] == 0 and chosen(payload) == FIRST
    session.step()
    assert chosen(sent(widget)) == INNER
    widget.receive({"command": "block", "page": 0, "block": FIRST})
    payload = sent(widget)
    assert not payload["follows"] and chosen(payload) == FIRST
    session.step()
    assert chosen(sent(widget)) == FIRST
    widget.receive({"command": "follow"})
    assert (widget.page, widget.block) == (FOLLOW, FOLLOW)
    assert chosen(sent(widget)) == INNER


def test_another_page_begins_where_it_is_hot(widget: Translation) -> None:
    widget.receive({"command": "block", "page": 0, "block": FIRST})
    widget.receive({"command": "page", "page": translated.OTHER})
    payload = sent(widget)
    assert payload["page"] == translated.OTHER and widget.block == FOLLOW
    assert chosen(payload) == INNER, "nobody is there: the block inside a loop"
    assert payload["code"][0][0] == "0040 0104"


def test_a_page_that_is_gone_is_not_missed(widget: Translation, session: FakeSession) -> None:
    widget.receive({"command": "page", "page": 77})
    assert sent(widget)["page"] == 0
    session.use_engine("t1")
    payload = sent(widget)
    assert payload["instead"] and not payload["blocks"] and not payload["code"]


def test_a_long_block_is_turned_over_and_begins_anew_elsewhere(widget: Translation) -> None:
    widget.instructions = 3
    widget.receive({"command": "block", "page": 0, "block": INNER})
    payload = sent(widget)
    assert (len(payload["code"]), payload["range"], payload["edges"]) == (3, "1 to 3 of 4", [0, 1])
    widget.receive({"command": "turn", "by": 1})
    payload = sent(widget)
    assert (len(payload["code"]), payload["range"], payload["edges"]) == (1, "4 to 4 of 4", [1, 0])
    for by in (1, 1, 2, "1", True):
        widget.receive({"command": "turn", "by": by})
    assert len(sent(widget)["code"]) >= 1
    widget.receive({"command": "block", "page": 0, "block": FIRST})
    assert sent(widget)["range"] == ""


def test_what_a_step_does_not_change_is_not_sent(widget: Translation, session: FakeSession) -> None:
    sent(widget)
    assert widget.changes(widget.controller.snapshot(), full=False) is None
    session.step()
    assert widget.changes(widget.controller.snapshot(), full=False) is not None


class FullSession(FakeSession):
    """Its one page is full of random code, as much as a region takes."""

    def __init__(self) -> None:
        super().__init__()
        words = random.Random(5)
        branch, add, load = 0x00A59063, 0x00150513, 0x00053583
        content = b"".join(
            words.choice((branch | words.randrange(16) << 8, add, load)).to_bytes(4, "little")
            for _ in range(PAGE_SIZE_BYTES // 4)
        )
        made = translate(content, range(0, PAGE_SIZE_BYTES, 64))
        assert made is not None
        heat = tuple((offset, 1000 - at) for at, offset in enumerate(sorted(made.labels)))
        unit = Translated(0, made, 0, 1, 5, heat, 0.1, 0.1, 90_000, True, Why.HOT)
        self._found = Translations(
            tuple(
                TranslatedPage(replace(unit, page=page), page << 12, page << 12,
                               8 if page == 0 else None)
                for page in range(300)
            ),
            TranslationCounters(300, 1, 1, 1, 1),
        )  # fmt: skip

    def translations(self) -> Translations:
        return self._found


@pytest.fixture
def full() -> Iterator[Controller]:
    made = Controller(FullSession(), opener=open_fake, loader=loading, trap=lambda: None)
    yield made
    made.close()


def test_of_the_largest_page_only_what_is_shown_is_sent(full: Controller) -> None:
    """And so little is done for it that a click is not felt to wait."""
    widget = Translation(full)
    region = full.session.translations().pages[0].made.region
    assert region.instructions > 500 and len(region.blocks) > 100
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        payload = sent(widget)
    finally:
        sys.setprofile(before)
    assert len(payload["pages"]) == widget.pages and len(payload["blocks"]) == widget.blocks
    assert len(payload["code"]) <= widget.instructions
    assert len(json.dumps(payload)) < 120_000
    assert 0 < calls < 120_000, "one for each word of each page would be more"


def test_while_the_guest_runs_a_page_is_taken_apart_once(
    widget: Translation, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget.receive({"command": "block", "page": 0, "block": INNER})
    sent(widget)
    monkeypatch.setattr(Controller, "drawn", False)
    session.step()
    running = widget.changes(widget.controller.snapshot(), full=False)
    assert running is not None and "blocks" not in running and "code" not in running
    assert running["counters"] != ["0"] * len(running["counters"])
    widget.receive({"command": "block", "page": 0, "block": FIRST})
    changed = widget.changes(widget.controller.snapshot(), full=False)
    assert changed is not None and chosen(changed) == FIRST
    assert "blocks" in sent(widget), "a page that draws all anew"
    monkeypatch.setattr(Controller, "drawn", True)
    stopped = widget.changes(widget.controller.snapshot(), full=False)
    assert stopped is not None and "blocks" in stopped
