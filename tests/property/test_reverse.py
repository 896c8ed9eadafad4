"""Running back against its definition: the last stop that running forward from the beginning
meets before where we stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.programs import PASS, elf
from vmlab.core.events import Access
from vmlab.engine.api import Watch
from vmlab.session import Session, open, reverse
from vmlab.session.reverse import run_back
from vmlab.session.snapshot import ENDINGS

PROGRAM = elf(f"""
    la t0, handler
    csrw mtvec, t0
    la s1, cells
    li s0, 40
outer:
    ecall
    li s2, 3
inner:
    ld t1, 0(s1)
    add t1, t1, s0
    sd t1, 8(s1)
    addi s2, s2, -1
    bnez s2, inner
    sb s0, 3(s1)
    addi s0, s0, -1
    bnez s0, outer
{PASS}
.align 2
handler:
    csrr t2, mepc
    addi t2, t2, 4
    csrw mepc, t2
    mret
.data
.align 3
cells: .dword 1, 2, 3
""")
STORE, LOAD = 1 << Access.STORE, 1 << Access.LOAD
KINDS = (LOAD, STORE, LOAD | STORE)


def forward() -> tuple[list[int], list[tuple[int, int, int, int]], int]:
    """pc by step, accesses to `cells` as (step, offset, size, access), and the last step."""
    run = open(PROGRAM, ram="1M", engine="t0")
    cells = next(at for at, name in run.symbols.items() if name == "cells")
    pcs, accesses = [run.machine.hart.pc], []
    all_of_it = (Watch(cells, cells + 23, LOAD | STORE),)
    run.watches = all_of_it
    while True:
        stop = run.step()
        if stop.hit is not None:
            hit = stop.hit
            accesses.append((run.steps - 1, hit.address - cells, hit.size_bytes, 1 << hit.access))
        pcs.append(run.machine.hart.pc)
        if stop.reason in ENDINGS:
            return pcs, accesses, cells


PCS, ACCESSES, CELLS = forward()
CODE = sorted(set(PCS))


def expected(end: int, breakpoints: frozenset[int], watches: tuple[Watch, ...]) -> int:
    steps = [step for step in range(end) if PCS[step] in breakpoints]
    for step, offset, size, access in ACCESSES:
        first, last = CELLS + offset, CELLS + offset + size - 1
        if step < end and any(
            watch.accesses & access and watch.first <= last and first <= watch.last
            for watch in watches
        ):
            steps.append(step)
    return max(steps, default=0)


@pytest.fixture(params=["t0", "t1"])
def run(request: pytest.FixtureRequest) -> Session:
    found = open(PROGRAM, ram="1M", engine=request.param)
    found.run()
    return found


def test_the_program_is_one_that_traps_loads_and_stores(run: Session) -> None:
    assert run.steps == len(PCS) - 1 and run.machine.hart.word("traps") == 40
    assert {access for *_, access in ACCESSES} == {LOAD, STORE}


@settings(max_examples=15)
@given(st.data())
def test_a_run_back_ends_at_the_last_stop_before(data: st.DataObject) -> None:
    for engine in ("t0", "t1"):
        run = open(PROGRAM, ram="1M", engine=engine)
        run.run()
        run.back(data.draw(st.integers(1, len(PCS) - 2)))
        run.breakpoints = frozenset(data.draw(st.lists(st.sampled_from(CODE), max_size=2)))
        places = data.draw(
            st.lists(
                st.tuples(st.integers(0, 23), st.integers(1, 8), st.sampled_from(KINDS)),
                max_size=2,
            )
        )
        watches = tuple(Watch(CELLS + at, CELLS + at + n - 1, kinds) for at, n, kinds in places)
        for _ in range(4):
            end, furthest = run.steps, run.snapshot().recorded
            back = run_back(run, watches)
            assert back is not None
            wanted = expected(end, run.breakpoints, watches)
            assert (run.steps, run.machine.hart.pc) == (wanted, PCS[wanted])
            assert back.began == (wanted == 0 and PCS[0] not in run.breakpoints)
            assert run.snapshot().recorded == furthest
            if not run.steps:
                break


def test_a_run_back_hears_an_interrupt_and_stands_where_it_was(run: Session) -> None:
    before = run.steps, run.state_hash()
    run.breakpoints = frozenset({0x8000_8000})
    asked = []
    assert run_back(run, (), lambda: bool(asked.append(1)) or len(asked) > 2) is None
    assert (run.steps, run.state_hash()) == before


def test_long_histories_are_searched_in_stretches(
    run: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse, "FIRST_STRETCH", 5)
    run.breakpoints = frozenset({CODE[-1]})
    end = run.steps
    back = run_back(run)
    assert back is not None and run.steps == expected(end, run.breakpoints, ())
