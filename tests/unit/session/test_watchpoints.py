"""Watchpoints of a session: where it stops, what it says, and what they survive."""

from __future__ import annotations

import pytest

from tests.unit.programs import PASS, session
from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.engine.tiers import why_not_t1
from vmlab.session import Session, Until
from vmlab.session.places import address_of
from vmlab.session.snapshot import Reason, Status
from vmlab.views import status

SOURCE = f"""
    la s0, counter
    li s1, 5
again:
    ld t0, 0(s0)
    addi t0, t0, 1
store:
    sd t0, 0(s0)
after:
    addi s1, s1, -1
    bnez s1, again
    sb zero, 9(s0)
    lw t0, 12(s0)
{PASS}
.data
.align 4
counter: .dword 0
beside: .dword 0
"""
TIERS = ["t0", *(["t1", "auto"] if why_not_t1() is None else [])]


@pytest.fixture(params=TIERS)
def run(request: pytest.FixtureRequest) -> Session:
    return session(SOURCE, engine=request.param)


def at(run: Session, name: str) -> int:
    return address_of(name, run.symbols)


def stops(run: Session) -> list[tuple[str, int, int]]:
    """All stops up to the guest's end: who, where it accessed, how many bytes."""
    found = []
    while (stop := run.run(limit=10_000)).reason is Reason.WATCHPOINT:
        assert stop.hit is not None
        found.append((hex(stop.hit.pc), stop.hit.address, stop.hit.size_bytes))
    assert stop.reason is Reason.PASSED and stop.hit is None
    return found


def test_a_run_stops_after_each_write(run: Session) -> None:
    run.watch("counter")
    stop = run.run()
    assert stop.reason is Reason.WATCHPOINT and run.status is Status.PAUSED
    assert (stop.pc, run.machine.hart.x[5]) == (at(run, "after"), 1)
    assert run.memory(at(run, "counter"), 1) == b"\1"
    assert stop.hit is not None and stop.hit.access is Access.STORE
    assert stops(run) == [(hex(at(run, "store")), at(run, "counter"), 8)] * 4


def test_the_stop_says_what_happened_in_words(run: Session) -> None:
    run.watch("counter", access="read")
    stop = run.run()
    again, counter = at(run, "again"), at(run, "counter")
    assert stop.detail == f"again ({again:#x}) read 8 bytes at counter ({counter:#x})"
    assert str(status.stop_sentence(stop)) == (
        "Paused: watchpoint, 8000 000c read 8 bytes at 8000 1000"
    )


@pytest.mark.parametrize(
    ("first", "length", "access", "number"),
    [
        ("counter", 8, "write", 5),
        ("counter", 8, "both", 10),
        ("counter", 1, "read", 5),
        ("counter+7", 1, "write", 5),
        ("beside", 8, "write", 1),
        ("beside+1", 1, "write", 1),
        ("beside+2", 2, "both", 0),
        ("beside+2", 3, "both", 1),
        ("beside", 8, "both", 2),
        ("counter", 4096, "write", 6),
    ],
)
def test_only_the_watched_bytes_and_accesses_count(
    run: Session, first: str, length: int, access: str, number: int
) -> None:
    run.watch(first, length, access)
    assert len(stops(run)) == number


def test_steps_stop_at_a_watchpoint_too(run: Session) -> None:
    run.watch("counter")
    stop = run.step(1_000)
    assert (stop.reason, stop.pc) == (Reason.WATCHPOINT, at(run, "after"))
    run.step()
    run.run(Until.pc(at(run, "store")))
    assert run.step().reason is Reason.WATCHPOINT
    assert run.step().reason is Reason.STEP


def test_a_hit_at_the_end_of_a_slice_is_not_missed(run: Session) -> None:
    """Whatever the budget: an instruction that meets a watchpoint ends the run by that."""
    run.watch("counter")
    run.run()
    there = run.position
    for length in range(1, there + 1):
        run.reset()
        found = []
        for _ in range(-(-there // length)):
            found.append(run.run(limit=length).reason)
            if found[-1] is not Reason.LIMIT:
                break
        assert (found[-1], run.position) == (Reason.WATCHPOINT, there), length


def test_started_runs_end_at_a_watchpoint(run: Session) -> None:
    run.watch("counter")
    run.start()
    while run.tick(1):
        pass
    assert run.stop is not None and run.stop.reason is Reason.WATCHPOINT


def test_watchpoints_survive_a_reset_going_back_and_another_engine(run: Session) -> None:
    run.watch("counter")
    first = run.run()
    assert [run.run().reason for _ in range(2)] == [Reason.WATCHPOINT] * 2
    run.back(6)
    assert run.run().reason is Reason.WATCHPOINT
    run.reset()
    assert run.run() == first
    for name in TIERS:
        run.use_engine(name)
        run.reset()
        assert run.run() == first
    run.go_to(0)
    run.use_engine(TIERS[-1])
    assert run.run() == first


def test_going_back_and_to_a_position_stop_for_nothing(run: Session) -> None:
    run.watch("counter", access="both")
    run.run()
    run.go_to(run.position + 10)
    there = run.state_hash()
    run.back(4)
    run.go_to(run.position + 4)
    assert (run.stop is not None and run.stop.reason, run.state_hash()) == (Reason.COUNT, there)


def test_watching_changes_no_state(run: Session) -> None:
    other = session(SOURCE, engine="t0")
    other.run()
    run.watch("counter", 4096, "both")
    stops(run)
    assert run.state_hash() == other.state_hash()
    assert run.snapshot().counters == other.snapshot().counters


def test_watchpoints_are_set_changed_and_cleared() -> None:
    run = session(SOURCE)
    version = run.version
    one = run.watch("counter", 4, "read")
    assert run.snapshot().watches == run.watches == (one,)
    two = run.watch("counter", 4, "both")
    assert run.watches == (two,) and two.accesses == 0b110
    run.watch("beside")
    assert run.version == version + 3
    assert run.unwatch("counter") and not run.unwatch("counter")
    assert [hex(watch.first) for watch in run.watches] == [hex(at(run, "beside"))]
    assert run.version == version + 4


@pytest.mark.parametrize(
    ("place", "length", "access", "says"),
    [
        ("nothing", 8, "write", "expected an address such as 0x80000000 or a symbol, found 'no"),
        ("counter+x", 8, "write", "found 'counter\\+x'"),
        ("nothing+8", 8, "write", "found 'nothing'"),
        ("", 8, "write", "found ''"),
        (-1, 8, "write", "64 bits"),
        (1 << 64, 8, "write", "64 bits"),
        ((1 << 64) - 4, 8, "write", "1 byte or more up to"),
        (0, 0, "write", "1 byte or more"),
        (0, 8, "execute", "expected an access of read, write, both"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    place: int | str, length: int, access: str, says: str
) -> None:
    run = session(SOURCE)
    with pytest.raises(BadInput, match=says):
        run.watch(place, length, access)
    assert run.watches == ()


def test_addresses_are_numbers_or_symbols() -> None:
    symbols = {0x100: "main", 0x200: "12", 0x300: "a+b"}
    for said, meant in {
        "main": 0x100, "main+0x10": 0x110, "main+4": 0x104, "12": 0x200, "0x12": 0x12,
        "13": 13, "a+b": 0x300, "a+b+1": 0x301, 7: 7,
    }.items():  # fmt: skip
        assert address_of(said, symbols) == meant
    run = session(SOURCE)
    assert run.toggle_breakpoint("store") and run.breakpoints == {at(run, "store")}
