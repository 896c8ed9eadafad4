"""The comparison itself, on engines with a fault that is put there on purpose."""

from __future__ import annotations

from random import Random

import pytest

from tests.tiers.programs import DATA, PAGE, program, start
from tests.tiers.sides import MADE, PAIR, PAIRS, Different, Twins
from tests.tiers.test_interrupts import LOOP, MEMORY
from vmlab.derive.t1.layout import GUARD_BYTES
from vmlab.engine.api import StopAt
from vmlab.engine.sharedarena import SharedArena
from vmlab.engine.t1words import Words
from vmlab.engine.units import Unit


def looping(pair: tuple[str, str] = PAIR) -> Twins:
    source = start("M") + f"body:\nli s0, {MEMORY:#x}\nli s1, 1\n{LOOP}"
    return Twins(program(source), pair=pair)


def test_a_wrong_register_a_wrong_byte_and_a_wrong_counter_are_told() -> None:
    for change, told in (
        (lambda side: side.machine.hart.x.__setitem__(20, 5), r"x\[20\]: 0x0 \| 0x5"),
        (lambda side: side.machine.hart.set_word("tlb_misses", 9), r"tlb_misses: 0x0 \| 0x9"),
        (lambda side: side.machine.write(DATA + 8 * PAGE, b"\1"), r"0x80018000\] 0x0 \| 0x1"),
        (lambda side: side.machine.uart.receive(b"x"), "devices differ"),
        (lambda side: side.events.clear(), "events"),
    ):
        twins = Twins(program(start("U") + "body:\nebreak\n1: j 1b\n"))
        twins.run(100)
        twins.check_all()
        change(twins.sides[1])
        with pytest.raises(Different, match=told):
            twins.check_all()


def test_an_engine_that_does_not_hear_of_written_code_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Words, "drop_code", lambda self, pages: None)
    twins = looping()
    twins.run(100)
    with pytest.raises(Different, match=r"x\[10\]"):
        twins.write(twins.label("body") + 8 & ~3, (0x06450513).to_bytes(4, "little") * 4)
        twins.run(100)


def test_an_engine_that_keeps_old_breakpoints_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Words, "undecode_at", lambda self, offsets: None)
    twins = looping()
    twins.run(100)
    rng = Random(1)
    with pytest.raises(Different):
        for _ in range(50):
            place = twins.label("body") + 2 * rng.randrange(30)
            twins.run(60, StopAt(breakpoints=frozenset({place})))


def test_a_region_that_outlives_its_code_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes from outside, T2 has to hear of it."""
    monkeypatch.setattr(Unit, "is_true_of", lambda self, page: True)
    twins = looping(PAIRS[1])
    twins.run(100)
    with pytest.raises(Different, match=r"x\[10\]"):
        twins.write(twins.label("body") + 8 & ~3, (0x06450513).to_bytes(4, "little") * 4)
        twins.run(100)


def test_a_region_that_keeps_old_breakpoints_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unit, "fits", lambda self, stops: True)
    twins = looping(PAIRS[1])
    twins.run(100)
    rng = Random(1)
    with pytest.raises(Different):
        for _ in range(50):
            place = twins.label("body") + 2 * rng.randrange(30)
            twins.run(60, StopAt(breakpoints=frozenset({place})))


@pytest.mark.parametrize("at", [0, GUARD_BYTES - 1])
def test_a_write_past_an_edge_is_found(at: int) -> None:
    twins = looping()
    arena = twins.sides[1].machine.arena
    assert isinstance(arena, SharedArena)
    end = len(arena.block.view) // GUARD_BYTES * GUARD_BYTES
    first = next(place for place in arena._guards[::-1] if place < end)
    arena.block.view[first + at] = 0
    with pytest.raises(Different, match="guards were written"):
        twins.check_guards()
    MADE.clear()
