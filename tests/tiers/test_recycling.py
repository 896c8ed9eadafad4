"""All compiled code is given back when there is as much as there may be, at any moment of a run:
nothing that a guest can see changes, and the run goes on translating."""

from __future__ import annotations

import gc
from dataclasses import replace
from random import Random
from typing import Final

import pytest

from tests.conftest import LONG
from tests.tiers.sides import Twins, forced
from tests.tiers.test_sessions import guards_are_whole, seen
from tests.tiers.test_stops import busy, every_mode
from tests.tiers.test_translated import LOOP, PAIR, changes, twins_of
from vmlab.engine import tiers
from vmlab.engine.api import Halt, StopAt
from vmlab.engine.effort import FORCED, Effort
from vmlab.engine.hosts.wasmtime_memory import _LENT
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.translations import Change, Why
from vmlab.session import open, pacing, session

EVERY_TIME: Final = replace(FORCED, most_wasm_bytes=1)
"""Each unit is one too many."""
MACHINE: Final = replace(FORCED, most_machine_bytes=1)
MOVES: Final = 400 if LONG else 60


def recycle(engine: Interpreter) -> None:
    translator = engine._translator
    assert translator is not None
    translator.recycle(0)


@pytest.mark.parametrize("effort", [EVERY_TIME, MACHINE], ids=["wasm", "machine"])
def test_it_goes_on_for_ever(effort: Effort) -> None:
    twins, engine = twins_of(f"call 2f{chr(10)}2:{LOOP}", effort)
    twins.finish()
    counted = engine.translation_counters()
    assert counted.recycles >= 2 and counted.units_executed
    assert (Change.RECYCLED, Why.FULL) in changes(engine)
    assert counted.code_bytes == sum(one.wasm_bytes for one in engine.translations())


@every_mode
@pytest.mark.parametrize("seed", range(4))
def test_at_random_positions_it_changes_nothing(mode: str, seed: int) -> None:
    """Budgets, breakpoints, and stops at traps; every word of the hart after each."""
    rng = Random(f"{mode} {seed}")
    twins = Twins(busy(mode), pair=PAIR)
    side = twins.sides[1]
    side.engine = engine = forced(side.machine)
    side.listen(twins.sides[0].engine.listeners.kinds)
    places = sorted(twins.program.labels.values())
    while twins.retired < 600 and twins.sides[0].machine.finisher.written is None:
        points = frozenset(rng.sample(places, rng.randrange(2)))
        twins.run(rng.randrange(1, 25), StopAt(breakpoints=points, trap=rng.random() < 0.2))
        if rng.random() < 0.4:
            recycle(engine)
    twins.check_all()
    assert engine.translation_counters().recycles > 3
    assert engine.translation_counters().units_executed


def test_a_region_is_made_again_and_entered() -> None:
    twins, engine = twins_of(LOOP)
    twins.run(1_000)
    before = engine.translation_counters()
    recycle(engine)
    emptied = engine.translation_counters()
    assert emptied.code_bytes == emptied.machine_bytes == 0 < before.code_bytes
    assert engine.translations() == ()
    assert twins.run(1_000) is Halt.BUDGET
    after = engine.translation_counters()
    assert after.units_executed > before.units_executed
    assert 0 < after.code_bytes < before.code_bytes, "what ran before is not made again"


def test_a_breakpoint_in_what_was_given_back_is_met() -> None:
    twins, engine = twins_of(LOOP)
    twins.run(1_000)
    recycle(engine)
    stop = StopAt(breakpoints=frozenset({twins.label("body") + 8}))
    assert twins.run(1_000, stop) is Halt.BREAKPOINT
    recycle(engine)
    assert twins.run(1_000, stop) is Halt.BREAKPOINT
    twins.finish()


def test_what_was_given_back_is_gone() -> None:
    """The memory stays, lent to one store, however often it was lent."""
    twins, engine = twins_of(LOOP)
    gc.collect()
    before = len(_LENT)
    for _ in range(5):
        twins.run(300)
        recycle(engine)
    assert len(_LENT) == before
    twins.finish()


@pytest.mark.parametrize("guest", ["tour", "faults"])
def test_sessions_go_back_over_it(guest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps, runs and steps back, keyframes before and after it: only states of the straight
    run."""
    monkeypatch.setattr(tiers, "chosen", lambda: replace(FORCED, most_wasm_bytes=6_000))
    monkeypatch.setattr(pacing, "KEYFRAME_EVERY", 150)
    monkeypatch.setattr(pacing, "FEWEST_BETWEEN", 150)
    monkeypatch.setattr(session, "NEAR", 5, raising=False)
    rng = Random(f"recycled {guest}")
    straight = open(guest, ram="1M", engine="t0")
    run = open(guest, ram="1M", engine="t2")
    history = {0: seen(straight)[:5]}
    for _ in range(MOVES):
        amount = rng.choice((1, 2, 10, 150, 400))
        if rng.random() < 0.4:
            run.back(amount)
        elif rng.random() < 0.5:
            run.step(amount)
        else:
            run.run(limit=amount)
        while straight.steps < run.steps:
            straight.step()
            history[straight.steps] = seen(straight)[:5]
        assert seen(run)[:5] == history[run.steps]
    assert run.translations().counters.recycles
    guards_are_whole(run)
