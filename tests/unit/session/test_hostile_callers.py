"""What a program may do wrong with a session: refused in a sentence, or survived."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.core.errors import BadInput
from vmlab.core.events import Event, EventKind
from vmlab.session import open
from vmlab.session.snapshot import Reason, Status


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_a_listener_that_fails_stops_the_run_and_no_more(engine: str) -> None:
    session, straight = open("tour", engine=engine), open("tour", engine="t0")

    def fails(event: Event) -> None:
        raise ValueError("mine")

    end = session.subscribe(EventKind.TRAP, fails)
    with pytest.raises(ValueError, match="mine"):
        session.run()
    assert session.status is not Status.RUNNING
    end()
    assert session.run(limit=10_000).reason is Reason.PASSED
    assert straight.run().retired == session.position
    assert session.state_hash() == straight.state_hash()


def test_what_watch_gives_can_be_taken_back() -> None:
    session = open("tour")
    assert session.unwatch(session.watch("kernel_data"))
    assert session.watches == ()


@pytest.mark.parametrize("place", [1.5, None])
def test_a_place_that_is_none_is_refused(place: Any) -> None:
    with pytest.raises(BadInput, match="expected an address"):
        open("tour").watch(place)


def test_a_subscription_to_nothing_is_refused_and_leaves_no_trace() -> None:
    session = open("tour")
    with pytest.raises(BadInput, match="EventKind"):
        session.subscribe(None, print)  # type: ignore[arg-type]
    session.reset()


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(BadInput, match="length"):
        open("tour").memory(0x8000_0000, -1)
