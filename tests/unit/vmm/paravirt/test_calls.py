"""Hypercalls that nano has no use for, and what is pending while nobody listens."""

from __future__ import annotations

import pytest

from tests.unit.vmm.paravirt.script import FREE, LEVELS, LIST, LOAD, STORE, Pair, Step, call
from vmlab.vmm.common.vm import State
from vmlab.vmm.paravirt.abi import SHARED_VA, Call, Error, Event, Shared, Shutdown
from vmlab.vmm.paravirt.audit import audit

pytestmark = pytest.mark.parametrize("level", LEVELS)


def test_who_yields_gives_the_rest_of_its_slice_away(level: str) -> None:
    pair = Pair(level)
    for number, step in enumerate((call(Call.YIELD), call(Call.GET_TIME))):
        pair.put(LIST + 40 * number, step.words())
    pair.subject.run_slice(5_000)
    assert pair.subject.counters.instructions < 100
    pair.subject.run_slice(5_000)
    assert pair.subject.counters.hypercalls > 2


def test_a_guest_begins_again_as_it_began(level: str) -> None:
    pair = Pair(level)
    first = pair.domain.shared(Shared.RAM_ENTRY)
    steps = (Step(STORE, 0, FREE, 7), call(Call.SHUTDOWN, Shutdown.REBOOT))
    for number, step in enumerate(steps):
        pair.put(LIST + 40 * number, step.words())
    pair.subject.run(60)
    assert pair.subject.state is State.READY
    assert pair.domain.read(FREE, 8) == bytes(8)
    assert pair.domain.read(LIST, 8) == bytes(8)
    assert pair.domain.shared(Shared.RAM_ENTRY) == first
    assert audit(pair.monitor) == []


def test_a_timer_is_one_event_at_its_time(level: str) -> None:
    pair = Pair(level)
    when = 50_000
    found = pair.run(
        call(Call.SET_TIMER, when),
        Step(LOAD, 0, SHARED_VA + Shared.PENDING),
        call(Call.BLOCK),
        call(Call.GET_TIME),
        Step(LOAD, 0, SHARED_VA + Shared.PENDING),
        Step(STORE, 0, SHARED_VA + Shared.PENDING, 0),
        call(Call.YIELD),
        Step(LOAD, 0, SHARED_VA + Shared.PENDING),
        Step(LOAD, 0, SHARED_VA + Shared.TIME),
    )
    assert found[1][0] == 0
    assert found[3][0] == Error.NONE
    assert when <= found[3][1] < when + 100
    assert found[4][0] == 1 << Event.TIMER
    assert found[7][0] == 0
    assert found[8][0] >= when


def test_a_guest_that_waits_for_nothing_waits_for_its_console(level: str) -> None:
    pair = Pair(level)
    for number, step in enumerate((call(Call.BLOCK), call(Call.SHUTDOWN, Shutdown.FAILED))):
        pair.put(LIST + 40 * number, step.words())
    pair.subject.run(10_000)
    assert pair.subject.state is State.WAITING
    pair.subject.type(b"x")
    pair.subject.run(10_000)
    assert pair.subject.state is State.ENDED
    assert not pair.subject.vm.passed
    assert pair.domain.pending


def test_unmasking_brings_what_is_pending_at_once(level: str) -> None:
    """The handler of the script writes down the cause of the trap, and goes on."""
    pair = Pair(level)
    found = pair.run(
        call(Call.SET_TIMER, 0),
        call(Call.GET_TIME),
        call(Call.UNMASK),
        Step(LOAD, 0, SHARED_VA + Shared.MASK),
    )
    assert found[1][0] == Error.NONE
    assert found[2][0] < 0  # cause with the interrupt bit
    assert found[3][0] == 1
