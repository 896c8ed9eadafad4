"""A thousand hostile links: each is a sentence or a page, and never anything else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import vmlab
from tests.fuzz.hostile import TRICKS, files, links
from tests.fuzz.mutate import time_limit
from tests.loops import drive
from vmlab.core.errors import VmlabError
from vmlab.guests.catalog import GUESTS
from vmlab.ui.app import page
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import MOST_CHARACTERS, Link, parse
from vmlab.ui.sharing import opens
from vmlab.ui.widgets.guests import Guests

COUNT = 1_000
SHOWN = 600
"""Characters that a refusal may have: a link of any size makes a sentence, and no page of them."""


def test_a_thousand_hostile_links_are_sentences_or_pages() -> None:
    """What a link asks for is opened as the page does it; machines that are asked for again and
    again are opened once, and a source is assembled once."""
    refused, opened, sources = 0, dict[tuple[Any, ...], None](), set[str | None]()
    for name, fragment in links(COUNT):
        with time_limit():
            try:
                link = parse(fragment)
                if link.assembly in sources:
                    continue
                sources |= {link.assembly} - {None}
                image, label, options = opens(link)
                key = (image, tuple(sorted(options.items())))
                if key not in opened:
                    vmlab.open(image, name=label or None, **options)
                    opened[key] = None
                assert len(fragment) <= MOST_CHARACTERS + 1
            except VmlabError as refusal:
                refused += 1
                first = str(refusal).partition("\n")[0]
                assert "expected" in first or "not built" in first or "cannot" in first, name
                assert len(first) < SHOWN, (name, len(first))
            except BaseException as failure:
                failure.add_note(f"{name}: {fragment[:300]!r}")
                raise
    assert refused > COUNT // 3
    assert len(opened) > 1  # and some harmless ones did open


@pytest.mark.parametrize("trick", TRICKS)
def test_the_page_of_a_hostile_link_draws(trick: str) -> None:
    """The first of each trick all the way to the workbench's text."""

    async def drawn() -> str:
        try:
            made = page(parse(dict(_first())[trick]))
        except VmlabError as refusal:
            made = page(Link())
            made.controller.open("tour")
            return str(refusal)
        made.controller.pause()
        await asyncio.sleep(0)
        return made.text()

    text = drive(drawn())
    assert text
    assert not {"\0", "\x1b", "\u202e"} & set(text)


def _first() -> dict[str, str]:
    return {name.rpartition(" ")[0]: fragment for name, fragment in links(len(TRICKS))}


def test_hostile_files_leave_the_run_as_it_was() -> None:
    session = vmlab.open("tour")
    session.step(300)
    good = session.snapshot_file()
    controller: Controller = page(Link()).controller
    guests = Guests(controller)
    controller.session.step(77)
    before = (controller.session.state_hash(), controller.session)
    for name, data in files(GUESTS["tour"].read(), good).items():
        with time_limit():
            guests.receive({"command": "file", "name": name, "data": data})
        assert controller.session is before[1], name
        assert "\u202e" not in controller.message
        assert "expected" in controller.message or "not" in controller.message, name
    assert controller.session.state_hash() == before[0]
