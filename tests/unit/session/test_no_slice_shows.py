"""Where a run is cut into slices, and when input came, changes nothing but what it must."""

from __future__ import annotations

import pytest

from tests.unit.programs import PASS, session
from vmlab.core.events import Event, EventKind
from vmlab.session import Session, Until, load, open, pacing
from vmlab.session.snapshot import Reason
from vmlab.trace import recording

LOOP = f"""
    li t0, 1000
again:
    addi t0, t0, -1
here:
    nop
    bnez t0, again
{PASS}
"""
WAIT = "again: wfi\n j again\n"


def address(run: Session, name: str) -> int:
    assert run.image is not None
    return next(at for at, label in run.image.symbols.items() if label == name)


@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_a_breakpoint_where_a_slice_ends_is_not_passed_over(
    every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "KEYFRAME_EVERY", every * 10)
    monkeypatch.setattr(pacing, "FEWEST_BETWEEN", every)
    run = session(LOOP)
    run._pace.keyframe_every = every
    here = address(run, "here")
    run.toggle_breakpoint(here)
    for left in range(999, 990, -1):
        stop = run.run()
        assert (stop.reason, stop.pc, run.machine.hart.x[5]) == (Reason.BREAKPOINT, here, left)


def test_until_mode_means_coming_into_it() -> None:
    run = session(LOOP)
    assert run.run(Until.mode("M")).reason is Reason.PASSED


def test_until_mode_stops_at_the_same_place_with_input_still_to_come() -> None:
    alone, fed = open("tour", ram="1M"), open("tour", ram="1M")
    for run in (alone, fed):
        run.run(Until.mode("U"))
    fed.step(400)
    fed.send("x")
    fed.back(400)
    for mode in ("M", "S", "U"):
        assert fed.run(Until.mode(mode)) == alone.run(Until.mode(mode))


def test_input_that_comes_while_the_guest_waits_is_replayed() -> None:
    run = session(WAIT)
    run.run()
    run.send("typed")
    assert run.run().reason is Reason.WAITING
    again = load(recording.write(run.recording()))
    assert again.state_hash() == run.state_hash()


def test_input_belongs_to_the_state_at_once_and_stays_after_going_back() -> None:
    run = session(WAIT)
    run.run()
    run.send("typed")
    there = run.state_hash()
    run.run()
    assert run.state_hash() == there
    run.back()
    run.step()
    assert run.state_hash() == there


def test_going_to_an_earlier_position_is_silent() -> None:
    run = open("tour", ram="1M")
    run.run()
    got: list[Event] = []
    run.subscribe(EventKind.TRAP | EventKind.CONSOLE, got.append)
    run.go_to(900)
    assert got == []
    run.run()
    assert got
