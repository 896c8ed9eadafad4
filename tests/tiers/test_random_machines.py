"""Noise as code, on machines in the middle of anything: T0 and T1 take the same traps."""

from __future__ import annotations

import os
from random import Random
from typing import Any, Final

import pytest

from tests.conftest import LONG
from tests.fuzz.mutate import time_limit
from tests.fuzz.test_code import DEVICES, RAM_BYTES, code, tables
from tests.tiers.sides import ALL, QUIET, Program, Side, Twins
from vmlab.core.events import EventKind
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.engine.api import Halt
from vmlab.isa.csrs import CSRS
from vmlab.isa.extensions import ISA_STRING, ROWS, isa_string
from vmlab.machine import memmap
from vmlab.machine.platform import CHOICES

MACHINES: Final = int(os.environ.get("VMLAB_FUZZ", 20_000 if LONG else 160))
PARTS: Final = 8
STEPS: Final = 1_500
KINDS: Final = (QUIET, ALL, EventKind.TRAP, EventKind.WALK)


def kernel(side: Side, name: str) -> Any:
    engine: Any = side.engine
    return getattr(engine, "reference", engine).kernel(name)


def twins_of(rng: Random) -> Twins:
    """Twins in the middle of something: any CSRs, any registers, tables that point anywhere."""
    platform = {name: rng.choice(tuple(allowed)) for name, allowed in CHOICES.items()}
    reduced = isa_string(row.name for row in ROWS if row.name == "i" or rng.random() < 0.7)
    made = Program([(memmap.RAM, code(rng, 4 * PAGE_SIZE_BYTES) + tables(rng))], memmap.RAM)
    twins = Twins(
        made, ram_bytes=RAM_BYTES, isa=ISA_STRING if rng.random() < 0.6 else reduced,
        disk=bytes(4096), seed=rng.randrange(1 << 32), listen=rng.choice(KINDS), **platform,
    )  # fmt: skip
    csrs = [
        (CSRS[name].number, rng.getrandbits(64) & rng.choice((0xFFFF, (1 << 64) - 1)))
        for name in rng.sample(sorted(CSRS), 20)
        if not CSRS[name].is_read_only
    ]
    root = (memmap.RAM >> 12) + rng.randrange(8)
    if rng.random() < 0.6:
        csrs.append((CSRS["satp"].number, rng.choice((8, 9, 10)) << 60 | root))
    for vector in ("mtvec", "stvec"):
        csrs.append((CSRS[vector].number, memmap.RAM + rng.randrange(4 * PAGE_SIZE_BYTES)))
    words = {
        "mode": rng.choice(tuple(Mode)),
        "pc": memmap.RAM + 2 * rng.randrange(2 * PAGE_SIZE_BYTES),
    }
    registers = [
        rng.choice(DEVICES) + rng.randrange(-64, 4096)
        if rng.random() < 0.5
        else rng.getrandbits(64)
        for _ in range(31)
    ]
    if rng.random() < 0.5:  # where most noise stays at work instead of trapping into noise
        csrs += [(CSRS["pmpaddr0"].number, (1 << 54) - 1), (CSRS["pmpcfg0"].number, 0x1F)]
    for side in twins.sides:
        for number, value in csrs:
            kernel(side, "csr_write")(number, value)
        for number, value in enumerate(registers, 1):
            side.machine.hart.x[number] = value & (1 << 64) - 1
        for name, value in words.items():
            side.machine.hart.set_word(name, int(value))
        side.engine.forget()
        side.events.clear()
    return twins


@pytest.mark.parametrize("part", range(PARTS))
def test_noise_runs_alike(part: int, record_property: Any) -> None:
    retired = traps = 0
    for case in range(part, MACHINES, PARTS):
        rng = Random(f"machine/{case}")
        with time_limit():
            try:
                twins = twins_of(rng)
                while twins.retired < STEPS and twins.sides[0].machine.finisher.written is None:
                    before = twins.retired
                    halt = twins.run(rng.choice((1, 2, 3, 7, 100, 500)))
                    if halt not in (Halt.BUDGET, Halt.REQUEST) or twins.retired == before:
                        twins.each(lambda side: side.machine.receive(b"abc"))
                        if twins.run(100) is Halt.WAITING or halt is Halt.TRAP_LOOP:
                            break
                twins.check_all()
            except BaseException as failure:
                failure.add_note(f"case {case}")
                raise
        retired += twins.retired
        traps += twins.word("traps")
    print(f"{retired} instructions, {traps} traps")
    record_property("noise", f"{retired} instructions, {traps} traps")
    assert retired > 100 and traps > 100
