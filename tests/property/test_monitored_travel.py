"""What a picture shows is what happened: under every technique, going back and forward again shows
the same state, the same exits, the same counters, the same bands, to the last of them."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.session.monitored import ALL, go, nano, seen
from vmlab.session import Session

FAR = 60_000
INTERPRETED = 9_000
_STEPS = st.lists(st.floats(0, 1), min_size=2, max_size=5)


def _length(technique: str) -> int:
    return INTERPRETED if technique == "interpret" else FAR


@cache
def straight(technique: str) -> tuple[Session, dict[str, object]]:
    """A run without a stop, and what it comes to."""
    session = nano(technique, "sieve")
    session.step(_length(technique))
    return session, seen(session)


@pytest.mark.parametrize("technique", ALL)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places=_STEPS)
def test_back_and_forward_shows_the_same_exits(technique: str, places: list[float]) -> None:
    session, end = straight(technique)
    length = _length(technique)
    steps = [int(place * length) for place in places]
    stopping = nano(technique, "sieve")
    first: dict[int, dict[str, object]] = {}
    for step in sorted(steps):
        go(stopping, step)
        first[step] = seen(stopping)
    for step in (*steps, *reversed(steps)):
        go(session, step)
        assert seen(session) == first[step]
    go(session, length)
    go(stopping, length)
    assert seen(session) == end
    assert seen(stopping) == end
