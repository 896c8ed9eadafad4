"""T0: blocks and single instructions are the same machine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import pytest

from tests.unit import programs
from tests.unit.programs import PASS, elf
from vmlab import session as sessions
from vmlab.engine import blocks
from vmlab.engine.api import Halt, StopAt
from vmlab.isa.state import TLB_CONTEXT, TLB_KEY, TLB_PAGE
from vmlab.session import Session, Until
from vmlab.session.snapshot import Reason

open = partial(sessions.open, engine="t0")
session = partial(programs.session, engine="t0")
ALWAYS, NEVER = 1, 1 << 30


@pytest.fixture
def printing(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Sets after how many visits a block is printed."""
    yield lambda visits: monkeypatch.setattr(blocks, "WORTH_PRINTING", visits)


@pytest.mark.parametrize("guest", ["tour", "faults", "echo"])
def test_blocks_equal_single_instructions_at_random_budgets(guest: str, printing: object) -> None:
    rng = random.Random(guest)
    runs = []
    for visits in (ALWAYS, NEVER):
        printing(visits)  # type: ignore[operator]
        runs.append(open(guest, ram="1M"))
    for _ in range(60):
        budget = rng.choice((1, 2, 3, 7, 40, 333))
        seen = []
        for visits, run in zip((ALWAYS, NEVER), runs, strict=True):
            printing(visits)  # type: ignore[operator]
            run.run(limit=budget)
            seen.append((run.position, run.steps, run.state_hash(), run.trap_counts))
            seen[-1] += (tuple(run.snapshot().counters.items()),)
        assert seen[0] == seen[1]


def test_primes_equal_in_blocks_and_alone(printing: object) -> None:
    hashes = []
    for visits in (ALWAYS, NEVER):
        printing(visits)  # type: ignore[operator]
        run = open("primes")
        run.run(limit=150_000)
        counters = run.snapshot().counters
        hashes.append((run.state_hash(), counters))
    assert hashes[0] == hashes[1]


SELF_MODIFYING = f"""
    la   t0, patched
    la   t1, replacement
    lw   t1, 0(t1)
    li   a0, 0
    li   t2, 50
again:
    addi t2, t2, -1
patched:
    addi a0, a0, 1
    bnez t2, again
    li   t2, 50
    beq  a1, t1, done
    mv   a1, t1
    sw   t1, 0(t0)
    fence.i
    j    again
done:
    {PASS}
replacement:
    addi a0, a0, 100
"""


def test_code_that_changes_itself_runs_as_changed(printing: object) -> None:
    for visits in (ALWAYS, 3, NEVER):
        printing(visits)  # type: ignore[operator]
        run = session(SELF_MODIFYING)
        assert run.run(limit=5_000).reason is Reason.PASSED
        assert run.machine.hart.x[10] == 50 + 50 * 100


def test_a_store_ahead_in_the_same_block_takes_effect(printing: object) -> None:
    printing(ALWAYS)  # type: ignore[operator]
    source = f"""
        la   t0, ahead
        la   t1, replacement
        lw   t1, 0(t1)
        li   a1, 3
    round:
        sw   t1, 0(t0)
        addi a0, a0, 1
    ahead:
        addi a0, a0, 1
        addi a1, a1, -1
        bnez a1, round
        {PASS}
    replacement:
        addi a0, a0, 100
    """
    run = session(source)
    assert run.run(limit=5_000).reason is Reason.PASSED
    assert run.machine.hart.x[10] == 3 * 101


def test_data_beside_code_does_not_drop_blocks() -> None:
    source = f"""
        la   t0, counter
        li   t2, 2000
    again:
        ld   t1, 0(t0)
        addi t1, t1, 1
        sd   t1, 0(t0)
        addi t2, t2, -1
        bnez t2, again
        {PASS}
        .align 3
    counter:
        .dword 0
    """
    run = session(source)
    assert run.run(limit=50_000).reason is Reason.PASSED
    assert run.engine._primitives.code._printed < 6  # type: ignore[attr-defined]


LOOP = f"""
    li   a0, 0
    li   t2, 1000
again:
    addi a0, a0, 1
    addi t2, t2, -1
    bnez t2, again
after:
    nop
    {PASS}
"""


def _address(run: Session, name: str) -> int:
    assert run.image is not None
    return next(address for address, symbol in run.image.symbols.items() if symbol == name)


def test_a_breakpoint_stops_before_its_instruction_each_time_round() -> None:
    run = session(LOOP)
    run.toggle_breakpoint(_address(run, "again"))
    for turn in range(40):
        assert run.run(limit=10_000).reason is Reason.BREAKPOINT
        assert run.machine.hart.pc == _address(run, "again")
        assert run.machine.hart.x[10] == turn
    run.toggle_breakpoint(_address(run, "again"))
    assert run.run(limit=10_000).reason is Reason.PASSED


def test_a_breakpoint_set_inside_a_printed_block_is_met() -> None:
    run = session(LOOP)
    run.run(limit=1_500)
    middle = _address(run, "again") + 4
    run.toggle_breakpoint(middle)
    assert run.run(limit=100).reason is Reason.BREAKPOINT
    assert run.machine.hart.pc == middle


def test_until_pc_leaves_no_breakpoint_behind() -> None:
    run = session(LOOP)
    stop = run.run(Until.pc(_address(run, "after")))
    assert stop.reason is Reason.PC
    assert run.machine.hart.x[10] == 1000
    assert run.breakpoints == frozenset()


def test_the_timer_interrupts_a_loop_at_its_instruction(printing: object) -> None:
    source = f"""
        la   t0, handler
        csrw mtvec, t0
        li   t0, 0x2004000
        li   t1, 137
        sd   t1, 0(t0)
        li   t0, 0x80
        csrw mie, t0
        csrsi mstatus, 8
    spin:
        addi a0, a0, 1
        j    spin
        .align 2
    handler:
        csrr a1, mcause
        {PASS}
    """
    ends = []
    for visits in (ALWAYS, NEVER):
        printing(visits)  # type: ignore[operator]
        run = session(source)
        stop = run.run(Until.trap(), limit=1_000)
        assert (stop.reason, stop.retired) == (Reason.TRAP, 137)
        run.run(limit=100)
        assert run.machine.hart.x[11] == 1 << 63 | 7
        ends.append(run.state_hash())
    assert ends[0] == ends[1]


def test_wfi_skips_time_to_the_timer() -> None:
    source = f"""
        la   t0, handler
        csrw mtvec, t0
        li   t0, 0x2004000
        li   t1, 1000000
        sd   t1, 0(t0)
        li   t0, 0x80
        csrw mie, t0
        csrsi mstatus, 8
        wfi
        .align 2
    handler:
        {PASS}
    """
    run = session(source)
    assert run.run(limit=1_000).reason is Reason.PASSED
    assert run.position < 100
    assert run.machine.hart.virtual_time >= 1_000_000


def test_wfi_without_any_interrupt_waits_and_says_so() -> None:
    run = session("wfi\n nop\n j _start")
    stop = run.run(limit=1_000)
    assert stop.reason is Reason.WAITING
    assert "no interrupt can come" in stop.detail
    assert run.status.value == "waiting"


def test_a_guest_without_a_handler_is_a_trap_loop() -> None:
    run = session("li t0, 0\n jr t0")
    stop = run.run(limit=100_000)
    assert stop.reason is Reason.TRAP_LOOP
    assert "trap loop at 0x0: instruction access fault" in stop.detail
    assert run.position < 100


def test_a_handler_that_faults_in_itself_is_a_trap_loop() -> None:
    run = session(
        "la t0, handler\n csrw mtvec, t0\n .align 2\nhandler:\n ld t1, 0(zero)\n j handler"
    )
    stop = run.run(limit=1_000_000)
    assert stop.reason is Reason.TRAP_LOOP


def test_an_ecall_in_a_loop_is_no_trap_loop() -> None:
    source = """
        la t0, handler
        csrw mtvec, t0
    again:
        ecall
        j again
        .align 2
    handler:
        csrr t1, mepc
        addi t1, t1, 4
        csrw mepc, t1
        mret
    """
    assert session(source).run(limit=50_000).reason is Reason.LIMIT


def test_a_jump_to_nowhere_takes_its_access_fault() -> None:
    source = f"""
        la   t0, handler
        csrw mtvec, t0
        li   t0, 0x40000000
        jr   t0
        .align 2
    handler:
        csrr a0, mcause
        csrr a1, mtval
        {PASS}
    """
    run = session(source)
    assert run.run(limit=1_000).reason is Reason.PASSED
    assert (run.machine.hart.x[10], run.machine.hart.x[11]) == (1, 0x4000_0000)


def test_an_intercepted_trap_writes_nothing() -> None:
    run = session("ecall\n nop\n" + PASS)
    run.step(5)
    run.machine.hart.set_word("intercepts", 1 << 3)
    before = run.state_hash()
    assert run.engine.run(10, StopAt()) is Halt.INTERCEPT
    assert run.state_hash() == before
    pending = run.engine.pending_trap
    assert pending is not None and (pending.cause, pending.epc) == (11, 0x8000_0000)


SUPERVISOR = """
    li   t0, -1
    csrw pmpaddr0, t0
    li   t0, 0x1f
    csrw pmpcfg0, t0
    la   t0, root
    li   t1, 0x200000cf           # a gigabyte from 0x80000000 on, identical, R W X A D
    sd   t1, 16(t0)
    srli t0, t0, 12
    li   t1, 8 << 60              # Sv39
    or   t0, t0, t1
    csrw satp, t0
    la   t0, supervisor
    csrw mepc, t0
    li   t0, 1 << 11              # MPP = S
    csrw mstatus, t0
    mret
supervisor:
"""
"""To S, with pages of Sv39 that map RAM to itself, 4 KiB entries in the TLB."""


@pytest.mark.parametrize(
    "access",
    [
        "ld   t1, 0(a0)",
        "sd   a1, 8(a0)",
        "ld   t1, -4(a0)",  # its last byte is in the page
        "sd   t1, -4(a2)",  # its first byte is
        "lb   t1, -1(a2)",
    ],
)
def test_a_refill_in_place_of_the_code_page_is_counted_as_one_at_a_time(
    access: str, printing: object
) -> None:
    """The data page has the code page's place in the TLB: each fetch after an access walks."""
    source = f"""{SUPERVISOR}
        la   a0, supervisor
        srli a0, a0, 12
        slli a0, a0, 12
        li   t0, 1 << 20              # 256 pages
        add  a0, a0, t0
        li   t0, 1 << 12
        add  a2, a0, t0
        li   t2, 40
    again:
        {access}
        addi a1, a1, 1
        {access}
        addi t2, t2, -1
        bnez t2, again
        ebreak
        .align 12
    root:
        .zero 4096
    """
    ends = []
    for visits in (3, NEVER):
        printing(visits)  # type: ignore[operator]
        run = open(elf(source), ram="4M", misaligned="done")
        run.run(limit=400)
        words = run.machine.arena.words
        tlb = [list(words[a.slot : a.slot + a.length]) for a in (TLB_KEY, TLB_CONTEXT, TLB_PAGE)]
        ends.append((run.snapshot().counters, tlb, run.state_hash()))
    assert ends[0] == ends[1]
    assert ends[0][0]["tlb_misses"] > 150
