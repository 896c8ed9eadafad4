"""How long slices are and how far apart keyframes stand, on hosts and guests of any speed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.programs import session
from vmlab.core.events import EventKind
from vmlab.engine.tiers import why_not_t1
from vmlab.session import Session, driving, open, pacing
from vmlab.session.pacing import Pace
from vmlab.session.snapshot import Status

needs_t1 = pytest.mark.skipif(why_not_t1() is not None, reason="T1 cannot run here")
SPIN = """
    la s0, word
again:
    ld t0, 0(s0)
    addi t0, t0, 1
    sd t0, 0(s0)
    j again
.data
.align 4
word: .dword 0
"""
TRAPS = """
    la t0, handler
    csrw mtvec, t0
again:
    ecall
    j again
.align 2
handler:
    addi s0, s0, 1
    csrr t1, mepc
    addi t1, t1, 4
    csrw mepc, t1
    mret
"""


@pytest.mark.parametrize("mips", [0.05, 1, 20, 200])
def test_a_replay_takes_as_long_at_any_speed(mips: float) -> None:
    pace = Pace()
    for _ in range(20):
        pace.steps_took(pace.piece, pace.piece / (mips * 1e6))
    assert pace.keyframe_every / (mips * 1e6) == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("stall_s", [0.1, 0.3, 5])
def test_a_run_that_stood_still_once_is_soon_as_fast_as_before(stall_s: float) -> None:
    """The host did something else for a moment: keyframes closely one after another, in pieces too
    short to be measured by themselves, must not stay for ever."""
    pace, mips = Pace(), 200
    pace.steps_took(pace.piece, stall_s)
    assert pace.piece < pacing.FEWEST_BETWEEN
    for _ in range(60):
        pace.steps_took(pace.piece, pace.piece / (mips * 1e6))
    assert pace.keyframe_every / (mips * 1e6) == pytest.approx(0.1, rel=0.01)


def test_dear_keyframes_stand_further_apart() -> None:
    pace = Pace()
    pace.keyframe_took(0.03)
    for _ in range(20):
        pace.steps_took(pace.piece, pace.piece / 10e6)
    assert 0.03 / (pace.keyframe_every / 10e6) == pytest.approx(pacing.KEYFRAME_SHARE, rel=0.01)


@pytest.mark.parametrize("slow", [1, 20, 400])
def test_a_slice_that_becomes_slow_is_soon_over(slow: int) -> None:
    """A guest of 200 MIPS that is so many times slower from one slice on."""
    pace, budget_s = Pace(), 0.008

    def slice_s(ips: float) -> float:
        took_s, insns, made = 0.0, pace.first_insns, 0
        while insns:
            took_s += insns / ips
            made += insns
            insns = pace.next_insns(insns, insns, insns / ips, budget_s - took_s)
        pace.slice_took(made, took_s, budget_s)
        return took_s

    for _ in range(10):
        assert slice_s(200e6) <= budget_s * 1.01
    assert slice_s(200e6) >= budget_s * 0.9
    assert slice_s(200e6 / slow) <= max(budget_s, slow * budget_s / pacing.FIRST_PART) * 1.01
    for _ in range(3):
        assert slice_s(200e6 / slow) <= budget_s * 1.6


@needs_t1
def test_keyframes_are_few_at_full_speed() -> None:
    run = session(SPIN, engine="t1")
    run.start()
    for _ in range(60):
        run.tick(8)
    assert run.position > 2_000_000
    assert len(run._frames._frames) < 30


@needs_t1
@pytest.mark.parametrize("millions", [1, 20])
def test_going_back_plays_only_a_part_of_the_way_again(
    millions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = session(SPIN, engine="t1")
    run.start(limit=millions * 10**6)
    while run.tick(8):
        pass
    there, played = run.steps, []
    advance = run._advance

    def counted(budget: int, *args: Any, **kwargs: Any) -> Any:
        before = run.steps
        halt = advance(budget, *args, **kwargs)
        played.append(run.steps - before)
        return halt

    monkeypatch.setattr(run, "_advance", counted)
    run.back()
    assert run.steps == there - 1
    assert sum(played) <= there - run._frames.before(0)
    print(f"a step back after {there} steps plays {sum(played)} again")
    monkeypatch.undo()
    run.step()
    assert run.steps == there


def test_a_device_ends_a_slice_whose_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each access looks at the clock, which here jumps by a second at each look."""
    run = session("li t0, 0x10000000\nagain:\n lbu t1, 5(t0)\n j again\n", engine="t0")
    now = [0.0]

    def clock() -> float:
        now[0] += 1
        return now[0]

    run.start()
    monkeypatch.setattr(driving.time, "perf_counter", clock)
    before = run.position
    assert run.tick(8)
    assert run.position - before < 20
    monkeypatch.undo()
    run.pause()
    assert run.status is Status.PAUSED


def test_the_clock_ends_no_slice_by_another_reason() -> None:
    """The end of a guest and a match of its console are told, however late it is."""
    at_once, late = open("tour", ram="1M"), open("tour", ram="1M")
    at_once.run()
    late.start()
    while late.tick(0):
        pass
    assert late.stop == at_once.stop
    assert late.state_hash() == at_once.state_hash()


@pytest.mark.parametrize("engine", ["t0", *(["t1"] if why_not_t1() is None else [])])
def test_steps_are_exact_in_a_guest_of_traps(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step in seven is a trap; most of the way is run without stopping at each."""
    monkeypatch.setattr(driving, "FAR", 64)
    run, plain = session(TRAPS, engine=engine), session(TRAPS, engine="t0")
    run.step(20_000)
    assert run.steps == 20_000
    for _ in range(20):
        plain.step(1_000)  # FAR is in the way of none of the last steps
    assert run.state_hash() == plain.state_hash()
    run.back(7_777)
    assert run.steps == 20_000 - 7_777
    stops = 0
    engine_run = run._engine.run

    def counted(budget: int, stop: object) -> object:
        nonlocal stops
        stops += 1
        return engine_run(budget, stop)  # type: ignore[arg-type]

    monkeypatch.setattr(run._engine, "run", counted)
    run.step(7_777)
    assert run.state_hash() == plain.state_hash()
    assert stops < 200  # not one a trap


def test_input_still_to_come_is_met_at_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "FAR", 64)
    typed = open("echo", ram="1M")
    typed.run(limit=20_000)
    typed.send("hello")
    typed.run(limit=20_000)
    again = open("echo", ram="1M")
    again.feed(typed.inputs)
    again.run(limit=40_000)
    assert again.state_hash() == typed.state_hash()


def test_something_slower_starts_with_short_slices() -> None:
    run: Session = session(SPIN)
    run._pace.slice_insns = run._pace.keyframe_every = 10**7
    run.subscribe(EventKind.RETIRE, lambda event: None)
    assert run._pace.slice_insns == pacing.FIRST_SLICE_INSNS
    run._pace.slice_insns = run._pace.keyframe_every = 10**7
    run.use_engine("t0")
    assert run._pace.slice_insns == pacing.FIRST_SLICE_INSNS
    assert run._pace.keyframe_every == pacing.FIRST_KEYFRAME


def test_a_slow_moment_does_not_last() -> None:
    """The host did something else during a piece: the pieces after it are measured again, be they
    ever so short."""
    pace = Pace()
    pace.steps_took(pace.piece, 10.0)
    assert pace.keyframe_every == pacing.FEWEST_BETWEEN
    for _ in range(10):
        pace.steps_took(pace.piece, pace.piece / 100e6)
    assert pace.keyframe_every > 1_000_000
