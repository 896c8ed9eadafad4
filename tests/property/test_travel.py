"""Stepping back equals never having stepped: states, console, log, counters."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.events import EventKind
from vmlab.engine.api import Halt, StopAt
from vmlab.session import Session, open, pacing, travel


def seen(run: Session) -> tuple[object, ...]:
    snap = run.snapshot()
    traps = (snap.traps, run.trap_counts, snap.walk)
    return (run.steps, run.position, run.state_hash(), run.console, traps, snap.counters)


@pytest.fixture(scope="module")
def history() -> dict[int, tuple[object, ...]]:
    """What `tour` looked like after each of its steps."""
    run = open("tour", ram="1M")
    found = {0: seen(run)}
    while run.status.value != "ended":
        run.step()
        found[run.steps] = seen(run)
    return found


@pytest.mark.parametrize("every", [7, 100, 400_000])
def test_wandering_meets_only_states_of_the_straight_run(
    history: dict[int, tuple[object, ...]], every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "KEYFRAME_EVERY", every)
    monkeypatch.setattr(pacing, "FEWEST_BETWEEN", min(every, 4_000))
    monkeypatch.setattr(travel, "NEAR", 5)
    rng = random.Random(every)
    run = open("tour", ram="1M")
    last = max(history)
    for _ in range(200):
        amount = rng.choice((1, 1, 2, 10, 150, 700))
        match rng.randrange(4):
            case 0 | 1:
                run.back(amount)
            case 2:
                run.step(amount)
            case 3:
                run.go_to(rng.randrange(run.position, last))
        assert seen(run) == history[run.steps]


def test_a_place_far_ahead_is_reached_from_a_keyframe_near_it(
    history: dict[int, tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "KEYFRAME_EVERY", 100)
    monkeypatch.setattr(pacing, "FEWEST_BETWEEN", 100)
    run = open("tour", ram="1M")
    run.run()
    end = run.position
    run.go_to(10)
    made: list[int] = []
    advance = type(run)._advance

    def counted(self: Session, budget: int, stop: StopAt) -> Halt:
        before = self.steps
        halt = advance(self, budget, stop)
        made.append(self.steps - before)
        return halt

    monkeypatch.setattr(Session, "_advance", counted)
    run.go_to(end - 50)
    assert sum(made) <= 250, "it was played from where it stood"
    assert seen(run) == history[run.steps]

    run.go_to(10)
    made.clear()
    heard: list[int] = []
    run.subscribe(EventKind.TRAP, lambda event: heard.append(event.count))
    run.go_to(end - 50)
    assert sum(made) > 250, "somebody listened, and was not told"
    assert heard


@given(st.lists(st.tuples(st.sampled_from(["step", "back", "type", "go"]), st.integers(1, 900))))
def test_any_course_with_typing_replays_from_its_recording(moves: list[tuple[str, int]]) -> None:
    run = open("echo", ram="1M")
    run.run(limit=1_200)
    for move, amount in moves:
        if move == "step":
            run.step(amount)
        elif move == "back":
            run.back(amount)
        elif move == "go":
            run.go_to(amount)
        else:
            run.send(bytes([ord("a") + amount % 16]))
    again = open("echo", ram="1M")
    again.feed(run.inputs)
    if run.steps:
        again.step(run.steps)
    assert seen(again) == seen(run)
