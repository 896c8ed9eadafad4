"""Whole guests and random programs: T0 and T1 leave the same trace, instruction by instruction."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import pytest

from tests.conformance.catalogue import FAMILIES, generate
from tests.conformance.image import RAM_BYTES as CONFORMANCE_RAM_BYTES
from tests.conftest import LONG
from tests.tiers.sides import ALL, FORCED_T2, QUIET, Different, Program, Trace, Twins
from vmlab.core.events import EventKind
from vmlab.engine.api import Halt, StopAt
from vmlab.guests import catalog
from vmlab.guests.loader import load_elf

STEPS: Final = 1_000_000_000 if LONG else 5_000
"""Instructions of each guest, one by one."""
SEEDS: Final = 8 if LONG else 1
PIECES: Final = 20
GUESTS: Final = {
    name: row
    for name, row in {**catalog.GUESTS, **catalog.BENCHMARKS}.items()
    if not row.needs_sbi and row.kernel is None
}
"""Those that stand alone. Firmware, hypervisor and the kernels on them have tests of their own."""
RAM: Final = 8 << 20


def guest(name: str, pair: tuple[str, str], listen: EventKind) -> tuple[Twins, bytes]:
    """A guest of the catalogue on two engines, and what is to be typed."""
    row = GUESTS[name]
    image = load_elf(row.read(), ram_size=RAM)
    segments = [(int(part.pa), part.data) for part in image.segments]
    program = Program(segments, int(image.entry))
    tohost = None if image.tohost is None else int(image.tohost)
    options = {} if row.isa is None else {"isa": row.isa}
    twins = Twins(program, pair=pair, ram_bytes=RAM, listen=listen, tohost=tohost, **options)
    for side in twins.sides:
        machine = side.machine
        machine.load(segments, int(image.entry))
        side.engine.forget()
    return twins, row.typed


def type_one(twins: Twins, typed: bytes) -> bytes:
    """Type a character on both; what is still to be typed."""
    twins.each(lambda side: side.machine.receive(typed[:1]))
    return typed[1:]


def ended(twins: Twins) -> bool:
    return twins.sides[0].machine.finisher.written is not None


def traced(twins: Twins, steps: int, typed: bytes = b"", every: int = 700) -> str:
    """Run instruction by instruction and hash each; both hashes are the same, or the first
    instruction that differs is told."""
    traces = [Trace(), Trace()]
    told = [0, 0]
    for step in range(steps):
        if typed and step % every == every - 1:
            typed = type_one(twins, typed)
        halts = []
        for at, (side, trace) in enumerate(zip(twins.sides, traces, strict=True)):
            halts.append(side.engine.run(1, StopAt()))
            trace.add(side, side.events[told[at] :])
            told[at] = len(side.events)
        if traces[0].last != traces[1].last or halts[0] is not halts[1]:
            twins.check()
            raise Different(f"step {step}: {halts[0]} | {halts[1]}")
        if ended(twins) or (halts[0] is Halt.WAITING and not typed):
            break
    twins.check_all()
    assert traces[0].hexdigest() == traces[1].hexdigest()
    return traces[0].hexdigest()


@pytest.mark.parametrize("listen", [ALL, QUIET], ids=["listening", "quiet"])
@pytest.mark.parametrize("name", GUESTS)
def test_a_guest_leaves_the_same_trace(name: str, listen: EventKind, record_property: Any) -> None:
    twins, typed = guest(name, ("t0", "t1"), listen)
    digest = traced(twins, STEPS if listen else STEPS // 4, typed)
    print(f"{name}: {twins.retired} instructions, trace {digest}")
    record_property("trace", f"{name} {twins.retired} {digest}")


@pytest.mark.parametrize(
    "pair", [("t0", "t1"), ("t0", FORCED_T2), ("t0", "auto"), ("t0", "in turn")], ids="-".join
)
@pytest.mark.parametrize("name", GUESTS)
def test_a_guest_in_pieces_of_any_size(name: str, pair: tuple[str, str]) -> None:
    """To its end; state hash, counters, TLB, events and dirty pages after each of many runs."""
    rng = Random(f"{name} {pair}")
    twins, typed = guest(name, pair, rng.choice((ALL, EventKind.TRAP)))
    most = GUESTS[name].max_insns
    while twins.retired < most and not ended(twins):
        if typed and rng.random() < 0.5:
            typed = type_one(twins, typed)
        halt = twins.run(rng.choice((1, 2, 3, 7, 63, 64, 65, 1_000, most // PIECES)))
        if rng.random() < 0.2:
            twins.check_all()
            twins.check_dirty()
        if halt is Halt.WAITING and not typed:
            break
    twins.check_all()
    print(f"{name}: {twins.retired} instructions in {twins.runs} runs")
    assert ended(twins)


def conformance(family: str, seed: int, pair: tuple[str, str], listen: EventKind) -> Twins:
    image = generate(family, seed)
    program = Program(image.segments, image.entry)
    platform: Any = dict(image.platform)
    return Twins(program, pair=pair, ram_bytes=CONFORMANCE_RAM_BYTES, listen=listen, **platform)


@pytest.mark.parametrize("seed", range(77, 77 + SEEDS))
@pytest.mark.parametrize("family", FAMILIES)
def test_a_random_program_leaves_the_same_trace(family: str, seed: int) -> None:
    traced(conformance(family, seed, ("t0", "t1"), ALL), 200_000 if LONG else 2_500)


@pytest.mark.parametrize(
    "pair", [("alone", "t1"), ("alone", FORCED_T2), ("t0", "in turn")], ids="-".join
)
@pytest.mark.parametrize("seed", range(88, 88 + SEEDS))
@pytest.mark.parametrize("family", FAMILIES)
def test_a_random_program_in_pieces_of_any_size(
    family: str, seed: int, pair: tuple[str, str]
) -> None:
    rng = Random(f"{family} {seed}")
    twins = conformance(family, seed, pair, rng.choice((ALL, QUIET)))
    end = generate(family, seed).end
    while twins.hart.pc != end and twins.retired < 40_000:
        twins.run(rng.choice((1, 2, 3, 7, 100, 1_000)))
        if rng.random() < 0.05:
            twins.check_all()
            twins.check_dirty()
    twins.check_all()
