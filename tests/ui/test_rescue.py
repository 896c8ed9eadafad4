"""Copies of a run: made seldom and small, and enough to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import panel
import pytest

import vmlab
from tests.loops import drive
from vmlab.session.files import loading
from vmlab.session.lanes import Goal
from vmlab.ui import gallery, rescue
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.controller import Controller
from vmlab.ui.rescue import (
    EVERY_S,
    MOST_BYTES,
    QUIET_S,
    SHARE,
    Keeper,
    Kept,
    Page,
    attach,
    begin_again,
)


@pytest.fixture
def tour() -> Iterator[Controller]:
    session = vmlab.open("tour", ram="1M", engine="t0")
    made = Controller(session, opener=vmlab.open, loader=loading, trap=vmlab.Until.trap)
    yield made
    made.close()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page that holds what it is handed."""
    made = Page(keep=lambda copy: setattr(made, "kept", copy))
    monkeypatch.setattr(rescue, "page", made)
    return made


def test_a_copy_says_all_that_is_needed_to_go_on(tour: Controller, page: Page) -> None:
    async def crash_and_go_on() -> None:
        attach(tour)
        tour.step()
        address = tour.snapshot().code[0].address
        tour.toggle_breakpoint(address)
        tour.set_speed(3)
        await asyncio.sleep(QUIET_S + 0.2)
        assert page.kept is not None
        page.kept = Kept.of(page.kept.data, page.kept.facts())  # by way of the page

        fresh = Controller(
            vmlab.open("primes", ram="1M"), vmlab.open, loading, trap=vmlab.Until.trap
        )
        attach(fresh)
        assert fresh.session.position == tour.session.position == 1
        assert fresh.snapshot().guest == "tour"
        assert fresh.session.breakpoints == {address}
        assert fresh.level == 3
        fresh.back()
        assert fresh.session.position == 0
        fresh.close()

    drive(crash_and_go_on())


def test_an_interrupt_throws_away_what_was_half_done(tour: Controller, page: Page) -> None:
    async def interrupted() -> None:
        attach(tour)
        tour.step()
        await asyncio.sleep(QUIET_S + 0.2)
        broken = tour.session
        tour.step()
        assert page.stopped is not None
        assert page.stopped() == 1
        assert tour.session is not broken
        assert tour.session.position == 1

    drive(interrupted())


def test_an_interrupt_before_the_first_copy_begins_again(tour: Controller, page: Page) -> None:
    async def interrupted() -> None:
        attach(tour)
        tour.step()
        assert page.stopped is not None
        assert page.stopped() == 0

    drive(interrupted())


def test_an_interrupted_comparison_is_at_power_on_again(page: Page) -> None:
    """Half a lane, half a judgement: nothing of it is copied, all of it is made anew."""
    board = BoardController(Goal(insns=4_000), ("bare", "interpret"))
    begin_again(board.reset)

    async def interrupted() -> None:
        board.run()
        while not any(lane.position for lane in board.snapshot().lanes):
            await asyncio.sleep(0)
        board.judge("bare")
        assert page.stopped is not None
        assert page.stopped() is None
        assert not board.running and not board.queue
        assert all(lane.position == 0 for lane in board.snapshot().lanes)
        board.run()
        while board.running:
            await asyncio.sleep(0)
        assert board.snapshot().arrived

    drive(interrupted())


def test_a_picture_alone_goes_on_where_the_worker_before_stood(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Controller] = []
    monkeypatch.setattr(
        gallery, "alone", lambda kind, controller: shown.append(controller) or Mock()
    )  # type: ignore[func-returns-value]
    monkeypatch.setattr(panel, "state", SimpleNamespace(location=None))

    async def twice() -> None:
        gallery.browser_main()
        assert shown[0].session.position > 0
        shown[0].step()
        await asyncio.sleep(QUIET_S + 0.2)
        gallery.browser_main()
        assert shown[1].session.position == shown[0].session.position
        for controller in shown:
            controller.close()

    drive(twice())


def test_nothing_is_copied_while_something_happens(tour: Controller) -> None:
    copies: list[Kept] = []

    async def busy() -> None:
        loop = asyncio.get_running_loop()
        later, timers = loop.call_later, []

        def call_later(*given: Any) -> asyncio.TimerHandle:
            timers.append(later(*given))
            return timers[-1]

        loop.call_later = call_later  # type: ignore[method-assign, assignment]
        keeper = Keeper(tour, copies.append)
        for _ in range(10):
            tour.step()
        assert [timer.cancelled() for timer in timers] == [True] * 10 + [False]
        loop.call_later = later  # type: ignore[method-assign]
        await asyncio.sleep(QUIET_S + 0.2)  # timers come in their order
        assert [copy.position for copy in copies] == [10]
        tour.changed()  # drawn again, but the same
        await asyncio.sleep(QUIET_S + 0.2)
        assert len(copies) == 1
        keeper.off()

    drive(busy())


def test_copies_cost_a_bounded_share_of_the_time(tour: Controller) -> None:
    """By a clock of the test's own: a dear copy is followed by a long pause."""
    now, waits = [0.0], []

    async def dear() -> None:
        loop = asyncio.get_running_loop()
        later = loop.call_later
        loop.call_later = lambda wait, *rest: waits.append(wait) or later(1e6, *rest)  # type: ignore[method-assign, assignment, func-returns-value]
        keeper = Keeper(tour, lambda copy: None, clock=lambda: now[0])
        slow = tour.session.snapshot_file

        def slowly() -> bytes:
            now[0] += 2
            return slow()

        tour.session.snapshot_file = slowly  # type: ignore[method-assign]
        keeper.take()
        tour.step()
        assert waits[-1] == pytest.approx(2 / SHARE - 2)
        now[0] += 100
        tour.step()
        assert waits[-1] == pytest.approx(QUIET_S)
        keeper.off()

    drive(dear())
    assert EVERY_S > QUIET_S


def test_what_cannot_be_saved_at_once_is_recorded(page: Page) -> None:
    """A paravirtual guest's tables name real pages."""
    session = vmlab.open("nano", technique="paravirt")
    session.run(limit=20_000)
    controller = Controller(session, vmlab.open, loading, trap=vmlab.Until.trap)

    async def kept() -> None:
        keeper = Keeper(controller, page.keep)
        keeper.take()
        keeper.off()
        assert page.kept is not None
        assert len(page.kept.data) < MOST_BYTES
        fresh = Controller(vmlab.open("tour", ram="1M"), vmlab.open, loading, trap=vmlab.Until.trap)
        attach(fresh)
        seen: list[int] = []
        page.keep = lambda copy: seen.append(copy.position)
        while fresh.running:  # it is played
            await asyncio.sleep(0.01)
        assert fresh.session.position == session.position
        assert seen == [], "the guest that stood there meanwhile is no run of the user's"
        fresh.close()

    drive(kept())
