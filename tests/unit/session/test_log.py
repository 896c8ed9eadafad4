"""What a session remembers of events is the same whether they come one by one or in batches."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.events import Event, EventKind, TrapReturn, TrapTaken, Walk
from vmlab.core.modes import Mode
from vmlab.engine.api import Listeners
from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.session import log
from vmlab.session.log import RunLog
from vmlab.session.relay import Relay
from vmlab.trace.batch import RECORD_WORDS, Batch, Kind

MODES = st.sampled_from([mode.value for mode in Mode])
ADDRESS = st.integers(0, (1 << 64) - 1)
CAUSE = st.integers(0, 63) | st.integers(0, 63).map(lambda code: INTERRUPT_BIT | code)
TRAP = st.tuples(st.just(Kind.TRAP), MODES, MODES, CAUSE, ADDRESS, ADDRESS)
XRET = st.tuples(st.just(Kind.XRET), MODES, MODES, ADDRESS)
TABLE = st.sampled_from([0x8000_0000, 0x8000_1000, 0x8100_0000, 0x9000_0000, (1 << 64) - 4096])
PTE = st.tuples(
    st.just(Kind.PTE), st.integers(0, 4), st.tuples(TABLE, st.integers(0, 511)).map(
        lambda at: at[0] + 8 * at[1]), ADDRESS
)  # fmt: skip
WALK = st.tuples(
    st.just(Kind.WALK), ADDRESS, st.integers(0, 2), MODES, ADDRESS,
    st.sampled_from([0, 12, 13, 15]), TABLE, st.integers(3, 5),
)  # fmt: skip
WALKED = st.tuples(st.lists(PTE, max_size=4), WALK).map(lambda pair: [*pair[0], pair[1]])
"""A walk and the reads before it: those never stand in two batches."""
PIECES = st.lists(st.one_of(TRAP.map(lambda r: [r]), XRET.map(lambda r: [r]), WALKED), max_size=30)


def batch(pieces: list[list[tuple[int, ...]]]) -> Batch:
    rows = [row for piece in pieces for row in piece]
    made = np.zeros((len(rows), RECORD_WORDS), np.uint64)
    for at, (kind, *args) in enumerate(rows):
        made[at, 0], made[at, 1] = kind, at
        made[at, 2 : 2 + len(args)] = args
    return Batch(made)


def traps(number: int, first: int = 0) -> Batch:
    """As many traps, told apart by their pc."""
    made = np.zeros((number, RECORD_WORDS), np.uint64)
    made[:, 0], made[:, 3], made[:, 4] = Kind.TRAP, Mode.S, 8
    made[:, 5] = np.arange(first, first + number)
    return Batch(made)


def one_by_one(into: RunLog, given: Batch) -> None:
    for event in given.events():
        into.add(event)


def by_either(into: RunLog, given: Batch, at_once: bool) -> None:
    into.add_batch(given) if at_once else one_by_one(into, given)


def same(one: RunLog, other: RunLog) -> bool:
    return all(
        look(one) == look(other)
        for look in (
            lambda log: log.last(1_000),
            lambda log: log.last(2),
            lambda log: log.counts,
            lambda log: log.walk,
            lambda log: log.tables,
            lambda log: [log.entered(mode) for mode in Mode],
            lambda log: log.mark().events,
        )
    )


@given(st.lists(st.tuples(PIECES, st.booleans()), max_size=12), st.data())
def test_batches_are_remembered_like_single_events(
    given: list[tuple[list[list[tuple[int, ...]]], bool]], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "KEPT_EVENTS", 20)
        patch.setattr(log, "SHOWN_EVENTS", 7)
        mixed, plain = RunLog(), RunLog()
        marks, here = [(mixed.mark(), plain.mark(), plain.last(7))], 0
        for pieces, at_once in given:
            by_either(mixed, batch(pieces), at_once)
            one_by_one(plain, batch(pieces))
            assert same(mixed, plain)
            del marks[here + 1 :]  # the run takes another course
            marks.append((mixed.mark(), plain.mark(), plain.last(7)))
            here += 1
            while data.draw(st.integers(0, 3)) == 0:
                here = data.draw(st.integers(0, len(marks) - 1))
                mixed.go_to(marks[here][0])
                plain.go_to(marks[here][1])
                assert same(mixed, plain)
                assert plain.last(7) == marks[here][2], "back or ahead, the last events are there"


@given(st.lists(TRAP | XRET, min_size=1, max_size=40), st.data())
def test_a_cut_may_fall_into_the_middle_of_a_batch(
    rows: list[tuple[int, ...]], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows)))
    whole, part = RunLog(), RunLog()
    whole.add_batch(batch([rows]))
    one_by_one(part, batch([rows[:at]]))
    whole.go_to(part.mark())
    # The counts in a record are of its place among its batch's.
    assert whole.last(99) == part.last(99)
    assert whole.counts == part.counts
    more = batch([rows])
    whole.add_batch(more)
    one_by_one(part, more)
    assert same(whole, part)


def test_a_table_that_was_cut_off_is_noticed_again() -> None:
    walked = batch([[(Kind.PTE, 0, 0x8000_0008, 1), (Kind.WALK, 0, 1, 0, 0, 0, 0, 3)]])
    remembered = RunLog()
    start = remembered.mark()
    for _ in range(2):
        remembered.add_batch(walked)
        assert remembered.tables == {0x8000_0000}
        remembered.go_to(start)
        assert (remembered.tables, remembered.walk) == (frozenset(), None)


def test_the_engine_may_write_its_array_again() -> None:
    remembered, given = RunLog(), traps(5)
    remembered.add_batch(given)
    given.records[:] = 0
    assert [event.epc for event in remembered.last(9) if isinstance(event, TrapTaken)] == [
        *range(5)
    ]


def test_a_mark_keeps_its_walk_though_another_was_looked_at() -> None:
    remembered = RunLog()
    remembered.add_batch(batch([[(Kind.WALK, 7, 1, 0, 0, 13, 0, 3)]]))
    mark = remembered.mark()
    remembered.add_batch(batch([[(Kind.WALK, 8, 1, 0, 0, 13, 0, 3)]]))
    assert remembered.walk is not None and remembered.walk.va == 8
    remembered.go_to(mark)
    assert remembered.walk is not None and remembered.walk.va == 7


def test_only_the_newest_are_kept_and_a_million_take_no_time() -> None:
    remembered = RunLog()
    chunks = [traps(1 << 16, at << 16) for at in range(16)]
    began = time.process_time()
    for chunk in chunks:
        remembered.add_batch(chunk)
    took_s = time.process_time() - began
    assert remembered.counts == {"U.8": 1 << 20}
    assert sum(map(len, remembered._pieces)) < 2 * log.KEPT_EVENTS
    newest = remembered.last(1)[0]
    assert isinstance(newest, TrapTaken) and newest.epc == (1 << 20) - 1
    # One by one they take seconds.
    assert took_s < 0.5


class Engine:
    """Something that reports to listeners."""

    def __init__(self) -> None:
        self.listeners = Listeners()


@pytest.fixture
def heard() -> tuple[Relay, Engine, RunLog]:
    relay, engine, remembered = Relay(), Engine(), RunLog()
    relay.connect(engine.listeners, remembered)
    return relay, engine, remembered


BOTH = [[(Kind.TRAP, 0, 1, 8, 4, 0)], [(Kind.PTE, 0, 8, 1), (Kind.WALK, 0, 1, 0, 0, 0, 0, 3)],
        [(Kind.XRET, 1, 0, 8)]]  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "types"),
    [
        (EventKind.TRAP, [TrapTaken]),
        (EventKind.WALK, [Walk]),
        (EventKind.TRAP | EventKind.TRAP_RETURN, [TrapTaken, TrapReturn]),
        (EventKind(0x3F), [TrapTaken, Walk, TrapReturn]),
        (EventKind.MMIO, []),
    ],
)
def test_a_subscriber_hears_a_batch_in_order(
    heard: tuple[Relay, Engine, RunLog], kinds: EventKind, types: list[type]
) -> None:
    relay, engine, remembered = heard
    got: list[Event] = []
    relay.subscribe(kinds, got.append)
    engine.listeners.batch(batch(BOTH))
    assert [type(event) for event in got] == types
    assert all(len(event.reads) == 1 for event in got if isinstance(event, Walk))
    assert len(remembered.last(9)) == 2


def test_a_batch_of_a_replay_is_remembered_and_not_told(
    heard: tuple[Relay, Engine, RunLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, engine, remembered = heard
    got: list[Event] = []
    relay.subscribe(EventKind(0x3F), got.append)
    relay.silence(True)
    engine.listeners.batch(batch(BOTH))
    assert got == [] and remembered.counts == {"U.8": 1}
    relay.silence(False)
    engine.listeners.batch(batch(BOTH))
    assert len(got) == 3


def test_no_object_is_made_for_nobody(
    heard: tuple[Relay, Engine, RunLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Batch) -> None:
        raise AssertionError("objects were made")

    relay, engine, _ = heard
    relay.subscribe(EventKind.MMIO | EventKind.CONSOLE, lambda event: None)
    monkeypatch.setattr(Batch, "events", refuse)
    engine.listeners.batch(batch(BOTH))
