"""A run cut into pieces by `go_on` is the run in one piece: same halts, same states."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.programs import elf
from vmlab.core.events import Access, EventKind
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, StopAt, Watch
from vmlab.session import Session, open

ENTRY = 0x8000_0000
# M falls to U and is called back by ecall; both store to `cell`.
SOURCE = """
    la t0, handler
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    la s0, cell
    la t0, user
    csrw mepc, t0
    mret
.balign 4
handler:
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    sd s1, 0(s0)
    mret
user:
    addi s1, s1, 1
    ld t1, 0(s0)
    sd s1, 8(s0)
    ecall
    j user
.balign 8
cell: .dword 0, 0
"""
PLACES = {name: address for address, name in open(elf(SOURCE), ram="1M").symbols.items()}


def started(engine: str) -> Session:
    run = open(elf(SOURCE), ram="1M", engine=engine)
    run.machine.hart.pc = ENTRY
    run.engine.forget(set())
    return run


def watch(accesses: int) -> Watch:
    return Watch(PLACES["cell"], PLACES["cell"] + 15, accesses)


STOPS = {
    "nothing": StopAt(),
    "breakpoint": StopAt(frozenset({PLACES["user"]})),
    "trap": StopAt(trap=True),
    "M": StopAt(mode=Mode.M),
    "U": StopAt(mode=Mode.U),
}


def trail(engine: str, stop: StopAt, go_on: bool, budgets: list[int]) -> list[tuple[object, ...]]:
    """The halts and states of a run in pieces; by `go_on`, or by `run` with where it began."""
    session = started(engine)
    own, hart = session.engine, session.machine.hart
    began = hart.pc, hart.retired
    found = []
    for number, budget in enumerate(budgets):
        if go_on and number:
            halt = own.go_on(budget)
        else:
            halt = own.run(budget, replace(stop, began=began))
        if halt is Halt.BREAKPOINT:
            # Who was stopped there begins anew: only `run` passes it over.
            own.run(1, stop)
            began = hart.pc, hart.retired
            own.run(0, replace(stop, began=began))
        found.append((halt, own.watch_hit, hart.pc, hart.retired, session.machine.state_hash()))
    return found


@pytest.mark.parametrize("name", [*STOPS, "load", "store"])
@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_going_on_is_running_with_the_same_stops(engine: str, name: str) -> None:
    accesses = {"load": 1 << Access.LOAD, "store": 1 << Access.STORE}
    stop = STOPS[name] if name in STOPS else StopAt(watches=(watch(accesses[name]),))
    budgets = [12, 1, 2, 3, 5, 8, 13, 1, 1, 1, 40, 7]
    expected = trail("t0", stop, False, budgets)
    assert trail(engine, stop, True, budgets) == expected
    if name != "nothing":
        assert {halt for halt, *_ in expected} != {Halt.BUDGET}


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_who_begins_to_listen_between_two_pieces_hears_the_second(engine: str) -> None:
    session = started(engine)
    own = session.engine
    heard: list[object] = []
    own.run(12, StopAt())
    own.listeners.kinds = EventKind.TRAP | EventKind.RETIRE
    own.listeners.emit = heard.append
    own.go_on(6)
    assert heard
    own.listeners.kinds = EventKind(0)
    count = len(heard)
    own.go_on(6)
    assert len(heard) == count


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_a_request_before_it_goes_on_is_of_the_past(engine: str) -> None:
    """As `run` has it: a request ends the run that is under way, and there is none."""
    session = started(engine)
    own = session.engine
    own.run(3, StopAt())
    own.request_stop()
    assert own.go_on(3) is Halt.BUDGET
    assert session.machine.hart.retired == 6


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_code_written_between_two_pieces_is_what_runs(engine: str) -> None:
    session = started(engine)
    own, user = session.engine, PLACES["user"]
    own.run(40, StopAt())
    own.device_wrote(user - ENTRY, 2)
    offset = user - ENTRY
    session.machine.arena.ram[offset : offset + 2] = bytes.fromhex("9104")  # addi s1, s1, 4
    before = session.machine.hart.x[9]
    own.go_on(8)
    assert (session.machine.hart.x[9] - before) % 4 == 0
