"""Pages printed in pieces and compiled beside the run: whatever happens before a region arrives, no
guest can tell when it did, and one that is not true any more is thrown away.

The compiler of these tests is done when the test says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.tiers.sides import Twins
from tests.tiers.test_translated import changes, twins_of
from vmlab.engine import units
from vmlab.engine.api import Halt, StopAt
from vmlab.engine.compiling import Job as Compiled
from vmlab.engine.effort import FORCED
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.printing import Job, Turns
from vmlab.engine.translations import Change, Why
from vmlab.machine import memmap

LATE: Final = replace(FORCED, background=True)
"""What a jump leads to is printed at once, and compiled when the test wants it."""
ADD_1: Final = 0x00150513
ADD_100: Final = 0x06450513
CALLS: Final = f"""
body:
    li s3, 3000
    la s0, routine
    li s1, {ADD_100:#x}
1:  call routine
    addi s3, s3, -1
    li s4, 2000
    bne s3, s4, 2f
    sw s1, 0(s0)              # from the thousandth round on, 100 is added
2:  bnez s3, 1b
    ecall
.balign 4096
routine:
    addi a0, a0, 1
    add a1, a1, a0
    ret
"""
ROUND: Final = 9
"""Instructions of a round, about."""


class Compiler:
    """Compiles when it is told to."""

    def __init__(self, engine: Interpreter) -> None:
        translator: Any = engine._translator
        self._compile = translator._joined.compile
        self.asked: list[Compiled] = []
        translator._joined.compiling = self._compiling
        translator._turns = Turns(None)

    def _compiling(self, wasm: bytes) -> Compiled:
        self.asked.append(Compiled(lambda: self._compile(wasm)))
        return self.asked[-1]

    def deliver(self) -> None:
        """All that it was asked for is there now."""
        for job in self.asked:
            if not job.done():
                job.do()


def late(source: str = CALLS) -> tuple[Twins, Interpreter, Compiler]:
    twins, engine = twins_of(source, LATE)
    return twins, engine, Compiler(engine)


def page_of(twins: Twins, label: str) -> int:
    return (twins.label(label) - memmap.RAM) >> 12


def live(engine: Interpreter, page: int) -> bool:
    return any(one.page == page and one.live for one in engine.translations())


def test_a_region_that_arrives_late_is_entered_from_then_on() -> None:
    twins, engine, compiler = late()
    twins.run(100 * ROUND)
    assert compiler.asked
    assert engine.translation_counters().units_translated
    assert engine.translation_counters().units_executed == 0, "T1 goes on meanwhile"
    compiler.deliver()
    twins.run(100 * ROUND)
    assert live(engine, page_of(twins, "routine"))
    assert engine.translation_counters().units_executed
    twins.finish()


def a_store_of_the_guest(twins: Twins) -> None:
    """Its thousandth round writes to the routine."""
    twins.run(1100 * ROUND)


def a_device(twins: Twins) -> None:
    place = twins.label("routine")
    for side in twins.sides:
        side.engine.device_wrote(place - memmap.RAM, 4)  # type: ignore[attr-defined]
        side.machine.write(place, ADD_100.to_bytes(4, "little"))


def somebody_outside(twins: Twins) -> None:
    twins.write(twins.label("routine"), ADD_100.to_bytes(4, "little"))


@pytest.mark.parametrize("writes", [a_store_of_the_guest, a_device, somebody_outside])
def test_a_page_that_is_written_before_its_region_arrives_drops_it(
    writes: Callable[[Twins], None],
) -> None:
    twins, engine, compiler = late()
    page = page_of(twins, "routine")
    twins.run(100 * ROUND)
    asked = len(compiler.asked)
    writes(twins)
    compiler.deliver()
    twins.run(1)
    assert len(compiler.asked) == asked
    log = [event for event in engine.translation_log() if event.page == page]
    assert [(event.change, event.why) for event in log] == [(Change.DROPPED, Why.WRITTEN)]
    assert engine.translation_counters().invalidated == 1
    assert not live(engine, page)
    assert not [one for one in engine.translations() if one.page == page], "nothing is kept of it"
    # It is hot again, and what is made now is made of what stands there now.
    twins.run(300 * ROUND)
    compiler.deliver()
    twins.run(300 * ROUND)
    assert live(engine, page)
    twins.finish()


def test_what_is_written_and_put_back_before_is_true() -> None:
    twins, engine, compiler = late()
    twins.run(100 * ROUND)
    place = twins.label("routine")
    for word in (ADD_100, ADD_1):
        twins.write(place, word.to_bytes(4, "little"))
    compiler.deliver()
    twins.run(10 * ROUND)
    assert live(engine, page_of(twins, "routine"))
    twins.finish()


def test_a_breakpoint_that_comes_before_the_region_is_met() -> None:
    twins, engine, compiler = late()
    twins.run(100 * ROUND)
    inside = twins.label("routine") + 4
    compiler.deliver()
    for _ in range(3):
        assert twins.run(100 * ROUND, StopAt(breakpoints=frozenset({inside}))) is Halt.BREAKPOINT
    assert (Change.DROPPED, Why.BREAKPOINT) in changes(engine)
    twins.finish()


def test_a_step_back_before_it_arrives_leaves_it_true() -> None:
    """All of RAM is set from outside, to what it was before."""
    twins, engine, compiler = late()
    before = [bytes(side.machine.arena.ram) for side in twins.sides]
    twins.run(100 * ROUND)
    for side, ram in zip(twins.sides, before, strict=True):
        side.machine.arena.ram[:] = ram
        side.engine.forget()
    compiler.deliver()
    twins.run(10 * ROUND)
    assert live(engine, page_of(twins, "routine"))
    twins.finish()


def test_a_failure_of_the_compiler_comes_out_of_the_run() -> None:
    twins, engine, compiler = late()
    twins.run(100 * ROUND)
    for job in compiler.asked:
        job._work = lambda: 1 // 0
        job.do()
    with pytest.raises(ZeroDivisionError):
        engine.run(10, StopAt())


@pytest.mark.parametrize(("budget", "least"), [(5, 5), (70, 1)])
def test_printing_piece_by_piece_changes_nothing(
    budget: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One piece between two runs, of a clock that stands."""
    monkeypatch.setattr(units, "_KEPT", {})
    twins, engine = twins_of(CALLS, LATE)
    translator: Any = engine._translator
    translator._turns = Turns(0.0, lambda: 0.0)
    twins.run(budget)
    while not engine.translation_counters().units_translated:
        assert twins.run(budget) is Halt.BUDGET, "it is never done"
    assert twins.runs >= least
    twins.finish(budget=budget)


class Clock:
    """Time passes when the test or the work says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_turns_are_no_longer_than_asked_and_the_guest_has_as_much_time() -> None:
    clock = Clock()

    def work() -> Any:
        for _ in range(10):
            clock.now += 0.5
            yield

    job = Job(0, set(), 0, pieces=work())
    turns = Turns(2.0, clock)
    assert not turns.take(job)
    assert clock.now == 2.0
    assert not turns.take(job)
    assert clock.now == 2.0, "it is the guest's turn"
    clock.now = 4.0
    assert not turns.take(job)
    assert clock.now == 6.0
    clock.now = 8.0
    assert turns.take(job)
    assert job.seconds == 5.0
    assert job.pieces is None


def test_without_a_limit_a_turn_ends_with_the_work() -> None:
    job = Job(0, set(), 0, pieces=iter([None] * 1000))  # type: ignore[arg-type]
    assert Turns(None).take(job)
