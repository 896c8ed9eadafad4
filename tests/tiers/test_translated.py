"""T2's own: what is translated, dropped and linked again, and that nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from tests.tiers.programs import CODE, DATA, PAGE, Tables, program, start
from tests.tiers.sides import FORCED_T2, RAM_BYTES, Program, Twins, forced
from vmlab.derive.asm import assemble
from vmlab.derive.t1.layout import SLOTS
from vmlab.engine import translator
from vmlab.engine.api import Halt, StopAt
from vmlab.engine.effort import FORCED, USUAL, Effort
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.translations import Change, TranslationCounters, Why
from vmlab.engine.units import made_of
from vmlab.machine import memmap

MANY: Final = 10_000
PAIR: Final = ("t0", FORCED_T2)
SELF: Final = 0x4000_0000
LOOP: Final = """
body:
    li s0, 2000
1:  addi a0, a0, 3
    xor a1, a1, a0
    addi s0, s0, -1
    bnez s0, 1b
    ecall
"""


def twins_of(
    source: str | Program, effort: Effort = FORCED, ram_bytes: int = RAM_BYTES
) -> tuple[Twins, Interpreter]:
    """T0, and T2 with an effort."""
    made = program(start() + source) if isinstance(source, str) else source
    twins = Twins(made, pair=PAIR, ram_bytes=ram_bytes)
    side = twins.sides[1]
    side.engine = engine = forced(side.machine, effort)
    side.listen(twins.sides[0].engine.listeners.kinds)
    return twins, engine


def changes(engine: Interpreter) -> list[tuple[Change, Why]]:
    return [(event.change, event.why) for event in engine.translation_log()]


def test_ten_thousand_invalidations() -> None:
    """A routine is rewritten before each call, in turn with two instructions."""
    twins, engine = twins_of(f"""
    body:
        la s0, routine
        li s1, 0x00150513             # addi a0, a0, 1
        li s2, 0x06450513             # addi a0, a0, 100
        li s3, {MANY}
    1:  sw s1, 0(s0)
        xor s1, s1, s2
        xor s2, s1, s2
        xor s1, s1, s2
        call routine
        addi s3, s3, -1
        bnez s3, 1b
        ecall
    .balign 4096
    routine:
        addi a0, a0, 1
        add a1, a1, a0
        ret
    """)
    twins.finish(most=20 * MANY)
    counters = engine.translation_counters()
    assert counters.invalidated >= MANY - 1
    assert counters.units_translated < 50, "what comes back is linked, not translated again"


def test_a_place_where_no_region_begins_costs_no_translation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Jumps lead to sixteen instructions that are T1's."""
    asked: list[int] = []
    monkeypatch.setattr(
        translator, "made_of", lambda page, *rest: asked.append(page) or made_of(page, *rest)
    )
    places = "".join(f"{n}: csrr a0, mscratch\n    j {n + 1}f\n" for n in range(10, 26))
    twins, _ = twins_of(f"""
    body:
        li s0, 100
    1:  add a1, a1, a0
        addi s0, s0, -1
        j 10f
        {places}
    26: bnez s0, 1b
        ecall
    """)
    twins.finish(most=10_000)
    assert 0 < len(asked) < 16, "one for each place"


def test_data_beside_code_in_a_page_drops_nothing() -> None:
    twins, engine = twins_of("""
    body:
        la s1, data
        li s0, 500
    1:  sd s0, 0(s1)
        sb s0, 9(s1)
        ld a0, 0(s1)
        add a1, a1, a0
        addi s0, s0, -1
        bnez s0, 1b
        ecall
    .balign 8
    data: .dword 0, 0
    """)
    twins.finish()
    assert engine.translation_counters().invalidated == 0
    assert engine.translation_counters().units_executed, "each store leaves the region: T1 does it"


def test_chained_pages_are_counted() -> None:
    """Two pages that call each other: T1 interprets nothing between them."""
    twins, engine = twins_of("""
    body:
        li s0, 300
    1:  call other
        addi s0, s0, -1
        bnez s0, 1b
        ecall
    .balign 4096
    other:
        addi a0, a0, 7
        ret
    """)
    twins.finish()
    counters = engine.translation_counters()
    assert counters.chain_hits >= 2 * 290
    assert counters.chain_hits < counters.units_executed


def test_one_page_serves_every_mode_and_every_address() -> None:
    """A routine is called in M at its own address, and in U at two others: one unit."""
    routine = DATA
    tables = Tables().same(CODE, 1, "RXU")
    for at in (SELF, SELF + PAGE):
        tables.map(at, routine, "RXU")
    text = "1: addi a0, a0, 5\naddi a1, a1, -1\nbnez a1, 1b\nauipc a2, 0\nadd a3, a3, a2\nret"
    in_m = f"li s0, {routine:#x}\nli a1, 50\njalr s0\n"
    body = f"""
    body:
        li s1, 20
    1:  li s0, {SELF:#x}
        li a1, 9
        jalr s0
        li s0, {SELF + PAGE:#x}
        li a1, 9
        jalr s0
        addi s1, s1, -1
        bnez s1, 1b
        ecall
    """
    code = assemble(text, "t.S").section(".text").data
    made = program(start("U", tables.satp, more=in_m) + body, tables, more=[(routine, code)])
    twins, engine = twins_of(made)
    twins.finish()
    page = (routine - memmap.RAM) >> 12
    (unit,) = [one for one in engine.translations() if one.page == page]
    assert unit.live
    assert unit.runs > 2 * 20
    made_of_it = [one for one in engine.translation_log() if one.page == page]
    assert {event.change for event in made_of_it} <= {Change.TRANSLATED, Change.DROPPED}
    assert {event.why for event in made_of_it} <= {Why.HOT, Why.MORE_ENTRIES}


def test_a_breakpoint_drops_a_region_and_is_met() -> None:
    twins, engine = twins_of(LOOP)
    twins.run(500)
    inside = twins.label("body") + 8
    halt = twins.run(1_000, StopAt(breakpoints=frozenset({inside})))
    assert halt is Halt.BREAKPOINT
    assert (Change.DROPPED, Why.BREAKPOINT) in changes(engine)
    twins.finish()


def test_a_step_back_links_what_is_still_true() -> None:
    """All of RAM was set from outside, and is as it was."""
    twins, engine = twins_of(LOOP)
    twins.run(500)
    before = [(unit.page, unit.live) for unit in engine.translations()]
    assert any(live for _, live in before)
    for side in twins.sides:
        side.engine.forget()
    assert [(unit.page, unit.live) for unit in engine.translations()] == before
    executed = engine.translation_counters().units_executed
    twins.run(100)
    assert engine.translation_counters().units_executed > executed
    twins.finish()
    assert (Change.DROPPED, Why.OUTSIDE) not in changes(engine)


def test_code_written_from_outside_is_dropped() -> None:
    twins, engine = twins_of(LOOP)
    twins.run(500)
    twins.write(twins.label("body") + 8, (0x06450513).to_bytes(4, "little"))
    assert (Change.DROPPED, Why.OUTSIDE) in changes(engine)
    twins.finish()


@pytest.mark.parametrize(("at", "drops"), [(8, True), (2048, False)])
def test_a_device_drops_what_it_writes_and_no_more(at: int, drops: bool) -> None:
    twins, engine = twins_of(LOOP)
    twins.run(500)
    place = twins.label("body") + at
    for side in twins.sides:
        side.engine.device_wrote(place - memmap.RAM, 4)
        side.machine.write(place, (0x06450513).to_bytes(4, "little"))
    twins.finish()
    assert ((Change.DROPPED, Why.WRITTEN) in changes(engine)) is drops


def test_a_page_that_lost_its_slot_is_linked_again() -> None:
    """More pages of code than the cache has room for, twice."""
    pages = SLOTS + 8
    ret = (0x00008067).to_bytes(4, "little")
    first = memmap.RAM + (4 << 12)
    made = program(
        start()
        + f"""
    body:
        li s2, 2
    2:  li s0, {first:#x}
        li s1, {pages}
        li s3, 4096
    1:  jalr s0
        add s0, s0, s3
        addi s1, s1, -1
        bnez s1, 1b
        addi s2, s2, -1
        bnez s2, 2b
        ecall
    """,
        more=[(first + (at << 12), ret) for at in range(pages)],
    )
    twins, engine = twins_of(made, ram_bytes=4 << 20)
    twins.finish()
    assert (Change.DROPPED, Why.SLOT_TAKEN) in changes(engine)
    assert (Change.LINKED, Why.SAME_CONTENT) in changes(engine)


def test_compiling_beside_the_run_changes_nothing() -> None:
    effort = replace(USUAL, period=3, looks=4, least_left=0, turn_s=60.0)
    twins, engine = twins_of(LOOP, effort)
    twins.finish(budget=700)
    assert engine.translation_counters().units_translated


def test_t1_translates_nothing() -> None:
    twins = Twins(program(start() + LOOP), pair=("t0", "t1"))
    twins.finish()
    engine = twins.sides[1].engine
    assert isinstance(engine, Interpreter)
    assert engine.translation_counters() == TranslationCounters()
    assert engine.translations() == engine.translation_log() == ()


@pytest.mark.parametrize("left", range(1, 40))
def test_a_run_of_any_length_ends_where_it_should(left: int) -> None:
    """Every place of a loop as the last of a run, once its page is translated."""
    twins, engine = twins_of(LOOP)
    twins.run(1_000)
    assert engine.translation_counters().units_executed
    for _ in range(5):
        assert twins.run(left) is Halt.BUDGET
    twins.check_all()
