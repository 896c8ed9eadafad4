"""The Share button: the link brings somebody to the same place, and says what it cannot carry."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

import vmlab
from tests.loops import drive
from vmlab.core.errors import BadInput
from vmlab.ui.app import _follow_address, page
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import Link, parse
from vmlab.ui.sharing import assembled, follow, opens, shared, standing
from vmlab.views.phrase import Phrase

SOURCE = "start: li a0, 1\nloop: addi a0, a0, 1\n j loop\n"


async def _there(fragment: str) -> Controller:
    """The controller of a page that follows this address, once it has arrived."""
    controller = page(parse(fragment)).controller
    while controller.running:
        await asyncio.sleep(0.01)
    return controller


def test_a_link_brings_somebody_to_the_same_place() -> None:
    """Though the run passes a breakpoint of the link on its way there."""

    async def both() -> None:
        here = page(Link(guest="tour", ram="16M", translation="sv39")).controller
        here.session.run(vmlab.Until.count(700))
        passed = vmlab.open("tour", ram="16M", translation="sv39").snapshot().now.pc
        here.toggle_breakpoint(passed)
        fragment, lacks = shared(here, view="pages", theme="dark", language="zh-Hans")
        assert lacks == ()
        asked = parse(fragment)
        assert (asked.view, asked.theme, asked.language) == ("pages", "dark", "zh-Hans")
        there = await _there(fragment.replace("&lang=zh", ""))
        assert there.session.position == 700
        assert there.session.breakpoints == {passed}
        assert there.snapshot().now == here.snapshot().now

    drive(both())


def test_assembly_travels_inside_the_link() -> None:
    async def both() -> None:
        here = page(Link(guest="loop.S", assembly=SOURCE)).controller
        here.session.run(limit=50)
        fragment, lacks = shared(here, SOURCE)
        assert lacks == ()
        there = await _there(fragment)
        assert there.label == "loop.S"
        assert there.snapshot().now == here.snapshot().now
        assert "loop" in there.session.snapshot().symbols.values()

    drive(both())


def test_an_address_is_followed_in_the_page_that_stands() -> None:
    """And one that the page wrote itself, or that cannot be followed, leaves the run alone."""

    async def work() -> None:
        controller = page(Link(guest="tour")).controller
        session = controller.session
        for address in ("", "#", "#u=1&lang=zh&theme=dark"):
            assert follow(controller, address) is None
        assert follow(controller, "#g=<b>nobody") is None
        assert "found <b>nobody" in controller.message
        assert follow(controller, "#g=nano&t=nobody") is None
        assert "nobody" in controller.message
        assert controller.session is session
        assert follow(controller, "#g=primes&ram=16M&n=40") is not None
        while controller.running:
            await asyncio.sleep(0.01)
        assert controller.snapshot().guest == "primes"
        assert controller.session.position == 40
        assert follow(controller, standing(controller)) is None

    drive(work())


def test_an_address_that_named_a_theme_goes_on_naming_the_one_that_is_shown() -> None:
    made = page(parse("#g=tour&theme=dark"))
    location = SimpleNamespace(hash="")
    _follow_address(made, location, says_language=False)
    made.controller.open("primes")
    assert location.hash == "#u=1&g=primes&theme=dark"
    assert made.keep is not None
    made.keep.receive({"command": "follow", "fragment": "#u=1&g=primes&theme=light"})
    assert location.hash == "#u=1&g=primes&theme=light"
    made.keep.receive({"command": "follow", "fragment": "#u=1&g=primes&theme=<b>"})
    assert location.hash == "#u=1&g=primes"


def test_the_page_says_how_what_it_shares_is_shown() -> None:
    made = page(parse("#g=primes"))
    assert made.keep is not None
    made.keep.receive({"command": "share", "view": "pages", "theme": "dark", "language": ""})
    shown = made.keep.payload(made.controller.snapshot())["share"]
    assert shown == [1, "#u=1&g=primes&v=pages&theme=dark", []]


def test_what_a_link_cannot_carry_is_said() -> None:
    controller = page(Link()).controller
    controller.open(assembled(SOURCE, "mine"), "<i>mine</i>\u202e.elf")
    controller.session.watch(0x8000_0000)
    controller.session.send(b"x")
    fragment, lacks = shared(controller)
    assert "asm=" not in fragment and "g=" not in fragment
    assert [str(one) for one in lacks] == [
        "<i>mine</i><U+202E>.elf is a file of yours, which no link can carry.",
        "What was typed or changed during this run is not in the link.",
        "Watchpoints are not in the link.",
    ]
    long = "".join(f".word {at * 2_654_435_761 % 2**32}\n" for at in range(2_000))
    assert Phrase("The source of {name} is too long for a link.").template in [
        one.template for one in shared(controller, long)[1]
    ]


@pytest.mark.parametrize("guest", ["/etc/passwd", "../tour", "nobody", "tour.elf", "\0"])
def test_a_link_names_a_guest_and_never_a_file(guest: str) -> None:
    with pytest.raises(BadInput, match="expected one of the guests"):
        opens(Link(guest=guest))
