"""Breakpoints with conditions: they stop where the condition holds, forward and back, and a run is
the same with them as without."""

from __future__ import annotations

import pytest

import vmlab
from vmlab.core.errors import BadInput
from vmlab.session import Session
from vmlab.session.reverse import run_back
from vmlab.session.snapshot import Reason
from vmlab.session.sources import sources_of
from vmlab.session.stack import By, End

every_engine = pytest.mark.parametrize("engine", ["t0", "t1"])
LIMIT = 40_000


@every_engine
def test_a_condition_stops_where_it_holds_and_changes_nothing(engine: str) -> None:
    plain, broken = (vmlab.open("nano", engine=engine) for _ in range(2))
    broken.break_at("console_put", "u8[sp] == 256")
    stop = broken.run(limit=LIMIT)
    (point,) = broken.points.all()
    assert stop.reason is Reason.LIMIT
    assert point.hits == 0
    assert point.passed > 1
    plain.run(limit=LIMIT)
    assert broken.state_hash() == plain.state_hash()


@every_engine
def test_stops_are_those_of_stepping_by_hand(engine: str) -> None:
    """Each call of `put` with a letter after m, found by stopping at all of them."""
    by_hand = vmlab.open("nano", engine=engine)
    at = by_hand.break_at("console_put")
    wanted = []
    while by_hand.run(limit=LIMIT).reason is Reason.BREAKPOINT and len(wanted) < 6:
        if by_hand.machine.hart.x[10] > ord("m"):
            wanted.append(by_hand.position)
    session = vmlab.open("nano", engine=engine)
    session.break_at(at, f"a0 > {ord('m')}")
    found = [session.run(limit=LIMIT).retired for _ in wanted]
    assert found == wanted
    (point,) = session.points.all()
    assert point.hits == len(wanted)
    # And backward: the same places, the last one first.
    session.step()
    back = [run_back(session) for _ in wanted]
    assert [one.stop.retired for one in back if one is not None] == wanted[::-1]


def test_a_breakpoint_that_is_off_does_not_stop_and_keeps_its_condition() -> None:
    session = vmlab.open("tour", engine="t0")
    session.break_at("kernel", "mode == S")
    session.change_point(0, enabled=False)
    assert session.breakpoints == frozenset()
    assert session.run(limit=300).reason is Reason.LIMIT
    session.reset()
    session.change_point(0, enabled=True)
    assert session.run(limit=300).reason is Reason.BREAKPOINT
    assert session.snapshot().points[0].condition is not None
    session.remove_point(0)
    assert session.points.all() == ()
    with pytest.raises(BadInput, match="expected a breakpoint"):
        session.remove_point(0)


def test_a_condition_that_cannot_be_told_stops_and_says_so() -> None:
    session = vmlab.open("tour", engine="t0")
    session.break_at("kernel", "u8[0x10] == 1")
    stop = session.run(limit=300)
    assert stop.reason is Reason.BREAKPOINT
    assert "nothing can be read at va 0x10" in stop.detail


@every_engine
def test_a_watchpoint_has_a_condition_too(engine: str) -> None:
    session = vmlab.open("nano", engine=engine)
    session.watch("pages_at_start", 8, "write")
    session.change_point(0, condition="mode == U")
    assert session.run(limit=LIMIT).reason is Reason.LIMIT
    assert session.points.all()[0].passed > 0
    session.reset()
    session.change_point(0, condition="mode == S")
    assert session.run(limit=LIMIT).reason is Reason.WATCHPOINT


# Stepping by lines, and the stack ---------------------------------------------------------------


def here(session: Session) -> tuple[str, int] | None:
    place = session.sources.place(session.machine.hart.pc, session.machine.hart.mode)
    return None if place is None else (place.file, place.line)


def go(session: Session, kind: str) -> None:
    plan = session.step_plan(kind)
    if plan is None:
        session.step()
    else:
        session.run(plan, limit=200_000)


@pytest.fixture(scope="module")
def nano() -> Session:
    session = vmlab.open("nano", engine="t1")
    session.break_at("kernel_main")
    session.run(limit=LIMIT)
    session.remove_point(0)
    return session


def test_lines_are_stepped_over_into_and_out_of(nano: Session) -> None:
    seen = []
    for _ in range(4):
        go(nano, "over_line")
        assert nano.stack().frames[0].function == "kernel_main"
        seen.append(here(nano))
    assert seen == sorted(set(seen), key=str)
    depth = len(nano.stack().frames)
    while here(nano) == seen[-1]:
        go(nano, "line")
    assert len(nano.stack().frames) > depth
    go(nano, "finish")
    assert nano.stack().frames[0].function == "kernel_main"


def test_the_stack_ends_at_a_trap_and_says_what_was_interrupted(nano: Session) -> None:
    nano.break_at("sys_write")
    nano.run(limit=LIMIT)
    stack = nano.stack()
    assert [frame.function for frame in stack.frames][-1] == "trap_entry"
    assert {frame.by for frame in stack.frames} <= {By.PC, By.CFI, By.INLINED}
    assert stack.end is End.TRAP
    assert stack.interrupted is not None
    assert stack.interrupted.mode.name == "U"
    assert stack.interrupted.place is not None
    assert stack.interrupted.place.file.startswith("nano/user/")
    nano.points.remove(0)
    for outer in stack.frames[1:]:
        go(nano, "finish")
        assert nano.machine.hart.pc == outer.pc
    go(nano, "finish")
    assert nano.machine.hart.mode.name == "U"


def test_without_frame_tables_the_frame_pointer_leads_on(nano: Session) -> None:
    nano.reset()
    nano.break_at("console_put")
    nano.run(limit=LIMIT)
    nano.points.remove(0)
    with_tables = [frame.function for frame in nano.stack().frames if frame.by is not By.INLINED]
    blind = sources_of(nano.setup, nano.symbols)
    nano.__dict__["sources"] = type(blind)(
        tuple(type(p)(p.name, p.symbols, None, p.modes) for p in blind.programs)
    )
    stack = nano.stack()
    del nano.__dict__["sources"]
    functions = [frame.function for frame in stack.frames]
    assert {frame.by for frame in stack.frames} == {By.PC, By.RA, By.FRAME_POINTER}
    assert set(functions) <= set(with_tables)
    assert functions[0] == with_tables[0]
    assert functions[-1] == "kernel_main"


def test_the_stack_of_a_guest_under_a_technique_is_the_guests() -> None:
    native, guest = vmlab.open("nano"), vmlab.open("nano", technique="hwassist")
    found = []
    for session in (native, guest):
        session.break_at("sys_getpid")
        session.send("sys\n")
        session.run(limit=300_000)
        found.append([(frame.function, frame.place) for frame in session.stack().frames])
    assert found[0] == found[1]
    assert len(found[0]) > 1
