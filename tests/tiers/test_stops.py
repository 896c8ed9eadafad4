"""Where a run ends, and going on from there: budgets, breakpoints, watchpoints, traps, modes."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import pytest

from tests.conftest import LONG
from tests.tiers.programs import CODE, DATA, PAGE, Tables, program, start
from tests.tiers.sides import ALL, QUIET, Program, Side, Twins
from tests.tiers.test_interrupts import LOOP, MEMORY, ON, TIMER
from vmlab.core.events import Access, EventKind
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, StopAt, Watch
from vmlab.isa.layouts import MSTATUS
from vmlab.machine import memmap

BUSY: Final = """
body:
    li s0, 0x80010000
    li s1, 4
1:  addi a0, a0, 1
    .half 0x0505
    jal a5, 2f
    sd a0, 0(s0)
    amoadd.d a1, a0, (s0)
    .word 0xffffffff
    csrr a2, instret
    lr.d a3, (s0)
    sc.d a4, a0, (s0)
    lbu a6, 3(s0)
    sw a6, 12(s0)
    addi s1, s1, -1
    bnez s1, 1b
    ebreak
    ecall
    .balign 4096
2:  addi a0, a0, 3
    jr a5
"""


def busy(mode: str) -> Program:
    """A program with a bit of everything; in S and U it runs under translation."""
    user = "U" if mode == "U" else ""
    tables = Tables().same(CODE, 4, "RX" + user).same(DATA, 2, "RW" + user)
    more = TIMER.format(due=90, step=45)
    counters = "li t0, 7\ncsrw mcounteren, t0\ncsrw scounteren, t0\n"
    return program(start(mode, tables.satp, ON, more=more + counters) + BUSY, tables)


every_mode = pytest.mark.parametrize("mode", ["M", "S", "U"])
TOTAL: Final = 240


# Budgets ---------------------------------------------------------------------------------------


def pieces(side: Side, rng: Random, total: int) -> None:
    """Run in pieces of random size."""
    end = side.machine.hart.retired + total
    while side.machine.hart.retired < end:
        left = end - side.machine.hart.retired
        side.engine.run(min(left, rng.choice((1, 1, 2, 3, 7, 40))), StopAt())


@every_mode
@pytest.mark.parametrize("listen", [QUIET, ALL])
def test_pieces_of_any_size_make_the_same_run(mode: str, listen: EventKind) -> None:
    """T0 in one run, T1 in many; and the other way round."""
    for seed in range(10):
        for whole in (0, 1):
            twins = Twins(busy(mode), listen=listen)
            twins.sides[whole].engine.run(TOTAL, StopAt())
            pieces(twins.sides[1 - whole], Random(seed), TOTAL)
            twins.check_all()


@every_mode
def test_stopped_and_resumed_at_every_position(mode: str) -> None:
    for at in range(1, TOTAL, 1 if LONG else 4):
        twins = Twins(busy(mode))
        assert twins.run(at) is Halt.BUDGET
        twins.run(TOTAL - at)
    twins.check_all()


@every_mode
def test_the_state_hash_at_random_budgets(mode: str) -> None:
    rng = Random(mode)
    twins = Twins(busy(mode))
    for _ in range(60):
        twins.run(rng.randrange(1, 30))
        twins.check_all()
        twins.check_dirty()


def test_no_budget_is_no_run() -> None:
    twins = Twins(busy("S"))
    for _ in range(200):
        assert twins.run(0) is Halt.BUDGET
        twins.run(1)


# Breakpoints -----------------------------------------------------------------------------------


def addresses(twins: Twins) -> list[int]:
    """The addresses of instructions, from the labels of a program."""
    first = twins.label("body")
    return [first + at for at in range(0, 0x60, 2)] + [CODE + PAGE, CODE + PAGE + 4]


@every_mode
def test_a_breakpoint_at_every_address(mode: str) -> None:
    """At instructions, between their halves, at the handler, and where nothing is."""
    one = Twins(busy(mode))
    places = [*addresses(one), one.label("trap"), CODE + 0x800]
    stopped = 0
    for place in places:
        twins = Twins(busy(mode))
        stop = StopAt(breakpoints=frozenset({place}))
        for _ in range(12):
            halt = twins.run(TOTAL, stop)
            if halt is not Halt.BREAKPOINT:
                break
            assert twins.hart.pc == place
            stopped += 1
    assert stopped > 40


@every_mode
@pytest.mark.parametrize("count", [3, 30, 300])
def test_sets_of_breakpoints_that_change(mode: str, count: int) -> None:
    """More than T1's table holds, too: then the reference engine runs."""
    rng = Random(f"{mode} {count}")
    twins = Twins(busy(mode))
    places = addresses(twins) + [CODE + 2 * at for at in range(0x700)]
    while twins.retired < 3 * TOTAL and twins.sides[0].machine.finisher.written is None:
        chosen = frozenset(rng.sample(places, min(count, len(places))))
        for _ in range(rng.randrange(1, 6)):
            twins.run(rng.choice((1, 5, 100)), StopAt(breakpoints=chosen))
        if rng.random() < 0.3:
            twins.run(rng.randrange(50))


def test_a_breakpoint_where_a_run_began_is_passed_once() -> None:
    """`began` says that the run began earlier: then the breakpoint here counts."""
    twins = Twins(busy("M"))
    place = twins.label("body")
    stop = StopAt(breakpoints=frozenset({place}))
    assert twins.run(100, stop) is Halt.BREAKPOINT
    at = twins.retired
    assert twins.run(0, stop) is Halt.BUDGET
    again = StopAt(breakpoints=frozenset({place}), began=(CODE, 0))
    assert twins.run(100, again) is Halt.BREAKPOINT
    assert twins.retired == at
    here = StopAt(breakpoints=frozenset({place}), began=(place, at))
    assert twins.run(5, here) is Halt.BUDGET


def test_breakpoints_are_virtual() -> None:
    """One physical page at two addresses: the breakpoint of one does not stop the other."""
    alias = 0x5000_0000
    tables = Tables().same(CODE, 4, "RX").map(alias, CODE + 3 * PAGE, "RX")
    source = (
        start("S", tables.satp)
        + f"""
    body:
        li s0, {CODE + 3 * PAGE:#x}
        li s1, {alias:#x}
        li s2, 6
    1:  jalr s0
        jalr s1
        addi s2, s2, -1
        bnez s2, 1b
        ecall
    """
    )
    code = bytes.fromhex("13051500 13051500 67800000".replace(" ", ""))
    made = program(source, tables, more=[(CODE + 3 * PAGE, code)])
    for place in (alias, alias + 4, CODE + 3 * PAGE + 4, alias + 8):
        twins = Twins(made)
        stops = 0
        while twins.run(1_000, StopAt(breakpoints=frozenset({place}))) is Halt.BREAKPOINT:
            assert twins.hart.pc == place
            stops += 1
        assert stops == 6


def test_a_breakpoint_meets_an_interrupt() -> None:
    """Whichever comes first: a breakpoint before each instruction of a loop with a timer."""
    source = start("M", 0, ON, more=TIMER.format(due=44, step=31))
    made = program(source + f"body:\nli s0, {MEMORY:#x}\nli s1, 1\n{LOOP}")
    places = [made.labels["body"] + 2 * at for at in range(26)] + [made.labels["trap"]]
    for place in places:
        twins = Twins(made)
        for _ in range(20):
            twins.run(60, StopAt(breakpoints=frozenset({place})))
    everywhere = Twins(made)
    for _ in range(300):
        everywhere.run(10, StopAt(breakpoints=frozenset(places)))


# Watchpoints -----------------------------------------------------------------------------------

LOADS, STORES = 1 << Access.LOAD, 1 << Access.STORE


def hit(side: Side) -> Any:
    return side.engine.watch_hit


@every_mode
@pytest.mark.parametrize("accesses", [LOADS, STORES, LOADS | STORES])
def test_watched_bytes_of_a_program(mode: str, accesses: int) -> None:
    """Each byte and each group of bytes, one after another and many at once."""
    stops = 0
    for first, length in ((0, 1), (0, 8), (3, 1), (4, 4), (7, 6), (12, 1), (15, 1), (16, 8),
                          (-8, 8), (-8, 9), (0, 1 << 40)):  # fmt: skip
        twins = Twins(busy(mode))
        watch = Watch(DATA + first, DATA + first + length - 1, accesses)
        for _ in range(40):
            halt = twins.run(TOTAL, StopAt(watches=(watch,)))
            found = twins.each(hit)
            if halt is Halt.WATCHPOINT:
                stops += 1
                assert found.watch is watch
            elif twins.retired > TOTAL or twins.sides[0].machine.finisher.written is not None:
                break
    assert stops > 20


@every_mode
def test_sets_of_watchpoints_that_change(mode: str) -> None:
    rng = Random(mode)
    for _ in range(6):
        twins = Twins(busy(mode), listen=rng.choice((QUIET, ALL)))
        while twins.retired < 2 * TOTAL and twins.sides[0].machine.finisher.written is None:
            watches = []
            for _ in range(rng.choice((0, 1, 2, 5, 16, 17))):
                at = DATA + rng.choice((0, 0, 8, 0x1000, 0x7FF0)) + rng.randrange(-9, 16)
                watches.append(
                    Watch(at, at + rng.choice((0, 1, 3, 7, 4095)), rng.choice((2, 4, 6)))
                )
            breaks = frozenset(rng.sample(addresses(twins), rng.choice((0, 2))))
            stop = StopAt(breakpoints=breaks, watches=tuple(watches))
            for _ in range(rng.randrange(1, 5)):
                if twins.run(rng.choice((1, 4, 90)), stop) is Halt.WATCHPOINT:
                    twins.each(hit)


def test_watches_are_virtual_and_see_both_pages_of_an_access() -> None:
    tables = Tables().same(CODE, 4, "RX").map(0x5000, DATA, "RW").map(0x6000, DATA, "RW")
    source = (
        start("S", tables.satp)
        + """
    body:
        li s0, 0x6000
        li s1, 0x5000
        li s2, 4
    1:  sd s2, -4(s0)
        ld a0, -3(s0)
        sd s2, 0(s1)
        ld a1, 0(s0)
        addi s2, s2, -1
        bnez s2, 1b
        ecall
    """
    )
    made = program(source, tables)
    for watch in (
        Watch(0x6000, 0x6000, 6), Watch(0x5FFF, 0x5FFF, 6), Watch(0x5000, 0x5000, 6),
        Watch(DATA, DATA + PAGE, 6), Watch(0x6003, 0x6003, 4), Watch(0x6004, 0x6004, 2),
    ):  # fmt: skip
        twins = Twins(made, misaligned="done")
        while twins.run(1_000, StopAt(watches=(watch,))) is Halt.WATCHPOINT:
            twins.each(hit)
        twins.check_all()


# Traps, modes, monitors, requests ----------------------------------------------------------------


@every_mode
@pytest.mark.parametrize("stop", [
    StopAt(trap=True), StopAt(mode=Mode.M), StopAt(mode=Mode.S), StopAt(mode=Mode.U),
    StopAt(trap=True, mode=Mode.M),
])  # fmt: skip
def test_stops_at_traps_and_at_modes(mode: str, stop: StopAt) -> None:
    for budget in (1_000, 7, 1):
        twins = Twins(busy(mode))
        while twins.retired < TOTAL and twins.sides[0].machine.finisher.written is None:
            twins.run(budget, stop)
        twins.check_all()


@every_mode
def test_a_monitor_takes_traps(mode: str) -> None:
    """The intercept word of each mode; the monitor skips the instruction, or lets it trap."""
    rng = Random(mode)
    for intercepts in (1 << 3, 1 << 1, 0b1010):
        twins = Twins(busy(mode))
        taken = 0
        for _ in range(60):
            twins.poke("intercepts", intercepts)
            if twins.run(rng.choice((1, 50, 500))) is not Halt.INTERCEPT:
                continue
            taken += 1
            pending = twins.each(lambda side: side.engine.pending_trap)
            twins.poke("intercepts", 0)
            if pending.cause >> 63 or rng.random() < 0.5:
                twins.run(1)
            else:
                twins.poke("pc", pending.epc + 4)
        assert taken > 3 or not intercepts & 8


def test_a_trap_that_leads_to_itself_ends_the_run() -> None:
    source = "la t0, 1f\ncsrw mtvec, t0\n.balign 4\n1: .word 0xffffffff\n"
    assert Twins(Program.of(source)).run(10_000) is Halt.TRAP_LOOP
    source = (
        "la t0, 1f\naddi t0, t0, 4\ncsrw mtvec, t0\nli t1, 0x70000000\n1: jr t1\nld a0, 0(t1)\n"
    )
    twins = Twins(Program.of(source))
    for _ in range(3):
        twins.run(3_000)


def test_a_write_to_tohost_ends_the_run_after_it() -> None:
    place = DATA + 0x100
    source = (
        start("M")
        + f"""
    body:
        li s0, {place:#x}
        li s1, 3
    1:  sd zero, 0(s0)
        sw s1, 16(s0)
        sb s1, 4(s0)
        addi s1, s1, -1
        bnez s1, 1b
        amoadd.d a0, s1, (s0)
        ecall
    """
    )
    twins = Twins(program(source), tohost=place)
    stops = 0
    while twins.sides[0].machine.finisher.written is None:
        stops += twins.run(1_000) is Halt.REQUEST
    assert stops >= 4


def test_a_machine_that_is_written_from_outside() -> None:
    """Registers, CSRs, code and tables changed between two runs, as a session's tools do."""
    rng = Random(5)
    twins = Twins(busy("S"))
    entry = Tables().same(CODE, 4, "RX").same(DATA, 2, "RW").entry_at(DATA)
    for _ in range(80):
        twins.run(rng.randrange(1, 25))
        what = rng.randrange(4)
        if what == 0:
            twins.write(twins.label("body") + 4 * rng.randrange(12), bytes.fromhex("13051500"))
        elif what == 1:
            twins.poke("mstatus", twins.word("mstatus") ^ MSTATUS.mask("SUM"))
        elif what == 2:
            twins.write(entry, twins.sides[0].machine.read(entry, 8))
        else:
            twins.poke("satp", twins.word("satp") ^ rng.choice((0, 1 << 44)))
        if twins.sides[0].machine.finisher.written is not None:
            break
    twins.check_all()
    assert memmap.RAM == CODE
