"""A session that changes its engine on the way is the session that never did."""

from __future__ import annotations

from random import Random

import pytest

from tests.conftest import LONG
from vmlab.engine.sharedarena import SharedArena
from vmlab.session import Session, Until, open, pacing, session

ENGINES = ("t0", "t1", "auto")
MOVES = 400 if LONG else 60


def seen(run: Session) -> tuple[object, ...]:
    """What a session shows of where it is."""
    snap = run.snapshot()
    return (
        run.steps, run.position, run.state_hash(), run.console, snap.traps, run.trap_counts,
        snap.walk, tuple(snap.counters.items()), run.status,
    )  # fmt: skip


def guards_are_whole(run: Session) -> None:
    arena = run.machine.arena
    assert isinstance(arena, SharedArena) and arena.damage() == []


@pytest.mark.parametrize("guest", ["tour", "faults", "echo"])
def test_changing_engines_at_random_changes_nothing(guest: str) -> None:
    """Steps, runs, conditions, typing; the other session stays on T0."""
    rng = Random(guest)
    one, other = (open(guest, ram="1M", engine=name) for name in ("t0", "auto"))
    for _ in range(MOVES):
        other.use_engine(rng.choice(ENGINES))
        move = rng.randrange(6)
        amount = rng.choice((1, 2, 7, 50, 300))
        for run in (one, other):
            if move == 0:
                run.step(amount)
            elif move == 1 and guest == "echo":
                run.send(bytes([97 + amount % 26]))
                run.run(limit=amount)
            elif move == 2:
                run.run(until=Until.trap(), limit=2_000)
            elif move == 3:
                run.run(until=Until.mode(amount % 2), limit=2_000)
            else:
                run.run(limit=amount)
        assert seen(one) == seen(other)
    guards_are_whole(other)


@pytest.mark.parametrize("guest", ["tour", "faults"])
def test_stepping_back_over_a_change_of_engine(guest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keyframes of one engine, forward again on the other, at random: only states of the
    straight run."""
    monkeypatch.setattr(pacing, "KEYFRAME_EVERY", 150)
    monkeypatch.setattr(pacing, "FEWEST_BETWEEN", 150)
    monkeypatch.setattr(session, "NEAR", 5, raising=False)
    rng = Random(f"back {guest}")
    straight = open(guest, ram="1M", engine="t0")
    run = open(guest, ram="1M", engine="t1")
    history = {0: seen(straight)[:5]}
    for _ in range(MOVES):
        run.use_engine(rng.choice(ENGINES))
        amount = rng.choice((1, 1, 2, 10, 150, 400))
        if rng.random() < 0.45:
            run.back(amount)
        else:
            run.step(amount)
        while straight.steps < run.steps:
            straight.step()
            history[straight.steps] = seen(straight)[:5]
        assert seen(run)[:5] == history[run.steps]
    guards_are_whole(run)


@pytest.mark.parametrize("played", ENGINES)
@pytest.mark.parametrize("made", ENGINES)
def test_a_run_replays_on_every_engine(made: str, played: str) -> None:
    rng = Random(f"{made} {played}")
    run = open("echo", ram="1M", engine=made)
    run.run(limit=1_200)
    for _ in range(12):
        run.send(bytes([97 + rng.randrange(26)]))
        run.run(limit=rng.randrange(1, 400))
    again = open("echo", ram="1M", engine=played)
    again.feed(run.inputs)
    again.step(run.steps)
    assert seen(again) == seen(run)
