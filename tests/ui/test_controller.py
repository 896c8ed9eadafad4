"""The controller: commands, refusals, and a run that never keeps the page waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.loops import drive as on_a_loop
from tests.ui.fakes import END, FakeSession, registers
from vmlab.session.snapshot import Reason, Status, Stop
from vmlab.ui.app import opened
from vmlab.ui.controller import FULL_SPEED, SPEEDS, Controller
from vmlab.ui.fragment import Link


async def until(condition: Callable[[], bool], seconds: float = 3) -> None:
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, "it did not happen"
        await asyncio.sleep(0.005)


def test_commands_reach_the_session_and_watchers_hear_of_them(
    controller: Controller, session: FakeSession
) -> None:
    told: list[int] = []
    controller.watch(lambda: told.append(controller.snapshot().position))
    controller.step()
    controller.back()
    controller.go_to(7)
    controller.reset()
    assert told == [131, 130, 7, 0]


def test_a_watcher_that_went_away_hears_nothing(controller: Controller) -> None:
    told: list[int] = []
    off = controller.watch(lambda: told.append(1))
    off()
    off()
    controller.step()
    assert told == []
    assert controller.watchers == 0


def test_a_refused_file_leaves_a_sentence_and_the_session(
    controller: Controller, session: FakeSession
) -> None:
    controller.open(b"not an ELF", label="x")
    assert "expected an ELF file" in controller.message
    assert controller.session is session
    controller.step()
    assert controller.message == ""


def test_an_accepted_file_replaces_the_session(
    controller: Controller, session: FakeSession
) -> None:
    controller.open(b"\x7fELF", label="mine.elf")
    assert controller.session is not session
    assert controller.label == "mine.elf"
    assert controller.snapshot().position == 0


def test_a_run_goes_to_the_end_and_draws_at_most_ten_times_a_second(
    controller: Controller, session: FakeSession
) -> None:
    drawn: list[float] = []
    controller.watch(lambda: drawn.append(time.perf_counter()))

    async def run() -> float:
        began = time.perf_counter()
        controller.run()
        assert controller.snapshot().status is Status.RUNNING
        await until(lambda: not controller.running)
        return time.perf_counter() - began

    took = on_a_loop(run())
    assert controller.snapshot().position == END
    assert controller.snapshot().status is Status.ENDED
    assert len(drawn) <= 3 + took * 10


def test_a_pause_is_heard_within_a_slice(controller: Controller, session: FakeSession) -> None:
    async def run() -> None:
        controller.run()
        await until(lambda: session.position > 200)
        controller.pause()
        position = session.position
        await asyncio.sleep(0.05)
        assert session.position == position
        assert not controller.running
        assert controller.snapshot().status is Status.PAUSED

    on_a_loop(run())


def test_a_slow_run_keeps_its_pace(controller: Controller, session: FakeSession) -> None:
    controller.set_speed(SPEEDS.index(30))

    async def run() -> None:
        start = session.position
        controller.run()
        await asyncio.sleep(0.5)
        controller.pause()
        assert 10 <= session.position - start <= 20

    on_a_loop(run())


def test_a_change_of_speed_while_running_goes_on_running(
    controller: Controller, session: FakeSession
) -> None:
    controller.set_speed(0)

    async def run() -> None:
        controller.run_to_trap()
        await asyncio.sleep(0.05)
        controller.set_speed(FULL_SPEED)
        assert controller.running
        await until(lambda: not controller.running)

    on_a_loop(run())
    assert session.position == END


def test_a_slow_run_stops_at_a_breakpoint(controller: Controller, session: FakeSession) -> None:
    stop_at = 135

    def run(until: object = None, limit: int | None = None) -> Stop:
        session.position += 1
        session.version += 1
        return Stop(Reason.LIMIT, session.position, registers(session.position).pc)

    session.run = run  # type: ignore[method-assign]
    session.toggle_breakpoint(registers(stop_at).pc)
    controller.set_speed(SPEEDS.index(200))

    async def run_it() -> None:
        controller.run()
        await until(lambda: not controller.running)

    on_a_loop(run_it())
    assert session.position == stop_at


def test_input_wakes_a_guest_that_waited_for_it(
    controller: Controller, session: FakeSession
) -> None:
    async def run() -> None:
        session.tick = lambda budget_ms=8: waits()  # type: ignore[method-assign]
        controller.run()
        await until(lambda: not controller.running)
        assert controller.snapshot().status is Status.WAITING
        del session.tick
        controller.send(b"x")
        assert controller.running
        await until(lambda: not controller.running)

    def waits() -> bool:
        session.status = Status.WAITING
        session.version += 1
        return False

    on_a_loop(run())
    assert session.sent == b"x"
    assert session.position == END


def test_input_does_not_start_a_paused_guest(controller: Controller, session: FakeSession) -> None:
    controller.send(b"x")
    assert not controller.running
    assert session.sent == b"x"


@pytest.mark.parametrize("level", [-5, 99])
def test_the_speed_stays_on_the_slider(controller: Controller, level: int) -> None:
    controller.set_speed(level)
    assert 0 <= controller.level <= FULL_SPEED


def test_a_run_at_full_speed_lets_messages_of_the_page_in(
    controller: Controller, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser's loop serves a sleep of nothing before any message: clicks waited for half a
    second. Only a real sleep lets them in."""
    real_sleep, real_tick = asyncio.sleep, session.tick
    let_in: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds > 0.002:  # what Pyodide gives to a timer, and not to its own queue
            let_in.append(time.perf_counter())
        await real_sleep(seconds)

    def tick(budget_ms: float = 8) -> bool:
        end = time.perf_counter() + budget_ms / 1000
        while time.perf_counter() < end:
            pass
        return real_tick(budget_ms)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(session, "tick", tick)

    async def run() -> None:
        controller.set_speed(FULL_SPEED)
        controller.run()
        await real_sleep(0.4)
        controller.pause()

    on_a_loop(run())
    assert len(let_in) >= 8, "fifty milliseconds is the longest that a click may wait"


def test_no_message_waits_for_a_slice_and_a_picture(
    controller: Controller, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture of a guest that traps takes longer than a slice."""
    real_sleep = asyncio.sleep
    happened: list[str] = []

    async def sleep(seconds: float) -> None:
        if seconds > 0.002:
            happened.append("let in")
        await real_sleep(seconds)

    def tick(budget_ms: float = 8) -> bool:
        happened.append("slice")
        return "over" not in happened

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(session, "tick", tick)
    controller.watch(lambda: happened.append("picture"))

    async def run() -> None:
        controller.set_speed(FULL_SPEED)
        controller.run()
        await real_sleep(0.4)
        happened.append("over")

    on_a_loop(run())
    during = happened[happened.index("slice") : happened.index("over")]
    pairs = list(pairwise(during))
    assert ("slice", "let in") in pairs
    assert "picture" in during
    assert ("slice", "picture") not in pairs
    assert ("picture", "slice") not in pairs


def test_a_step_over_a_line_waits_for_what_reads_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is done when that has come, unless the run has gone elsewhere meanwhile."""
    found: list[bool] = []

    async def load() -> None:
        await asyncio.sleep(0)
        found.append(True)

    monkeypatch.setattr("vmlab.ui.debugging.here", lambda: bool(found))
    monkeypatch.setattr("vmlab.ui.debugging.load", load)

    async def arrives(elsewhere: bool) -> int:
        found.clear()
        controller = opened(Link(guest="nano"))
        controller.step_by("line")
        if elsewhere:
            controller.step()
            controller.back()
        await until(lambda: bool(found) and not controller.running, seconds=30)
        return controller.session.position

    assert on_a_loop(arrives(elsewhere=False)) > 0
    assert on_a_loop(arrives(elsewhere=True)) == 0
