"""Random bytes as code, in every mode, on every platform: the machine takes traps, we don't."""

from __future__ import annotations

import os
from random import Random
from typing import Final

import pytest

import vmlab
from tests.conftest import LONG
from tests.fuzz.mutate import time_limit
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.engine.tiers import why_not_t1
from vmlab.isa.csrs import CSRS
from vmlab.isa.encoding import encode
from vmlab.isa.extensions import ISA_STRING, ROWS, isa_string
from vmlab.isa.table import INSTRUCTIONS
from vmlab.machine import memmap
from vmlab.machine.platform import CHOICES
from vmlab.session import Session

MACHINES: Final = int(os.environ.get("VMLAB_FUZZ", 100_000 if LONG else 600)) // 30
STEPS: Final = 1_500
RAM_BYTES: Final = 256 * 1024
DEVICES: Final = (
    memmap.FINISHER, memmap.RTC, memmap.CLINT, memmap.PLIC, memmap.UART, memmap.VIRTIO,
    memmap.RAM, memmap.RAM + RAM_BYTES - 8,
)  # fmt: skip


def code(rng: Random, length: int) -> bytes:
    """Noise, and instructions with random operands, which get further."""
    found = bytearray()
    while len(found) < length:
        if rng.random() < 0.3:
            found += rng.randbytes(rng.choice((2, 4)))
            continue
        insn = rng.choice(INSTRUCTIONS)
        operands = {operand.name: 0 for operand in insn.operands}
        noise = rng.getrandbits(8 * insn.size_bytes) & ~insn.mask
        word = encode(insn, operands) | noise
        found += word.to_bytes(insn.size_bytes, "little")
    return bytes(found[:length])


def tables(rng: Random) -> bytes:
    """Pages of words that are often page-table entries which point at each other."""
    first = memmap.RAM >> 12
    words = (
        (first + rng.randrange(RAM_BYTES // PAGE_SIZE_BYTES)) << 10 | rng.getrandbits(8) | 1
        if rng.random() < 0.8
        else rng.getrandbits(64)
        for _ in range(4 * PAGE_SIZE_BYTES // 8)
    )
    return b"".join(word.to_bytes(8, "little") for word in words)


def machine(rng: Random, engine: str) -> Session:
    """A machine in the middle of something."""
    choices = {name: rng.choice(tuple(allowed)) for name, allowed in CHOICES.items()}
    isa = (
        ISA_STRING
        if rng.random() < 0.6
        else isa_string(row.name for row in ROWS if rng.random() < 0.6)
    )
    run = vmlab.open(
        None,
        bios=code(rng, 4 * PAGE_SIZE_BYTES) + tables(rng),
        ram=RAM_BYTES,
        isa=isa,
        disk=bytes(4096),
        seed=rng.randrange(1 << 32),
        engine=engine,
        **choices,
    )
    hart = run.machine.hart
    write = getattr(run.engine, "reference", run.engine).kernel("csr_write")
    for name in rng.sample(sorted(CSRS), 20):
        if not CSRS[name].is_read_only:
            write(CSRS[name].number, rng.getrandbits(64))
    if rng.random() < 0.6:
        root = (memmap.RAM >> 12) + rng.randrange(8)
        write(CSRS["satp"].number, rng.choice((8, 9, 10)) << 60 | root)
    for number in range(1, 32):
        near = rng.choice(DEVICES) + rng.randrange(-64, 4096)
        hart.x[number] = near if rng.random() < 0.5 else rng.getrandbits(64)
    for vector in ("mtvec", "stvec"):
        write(CSRS[vector].number, memmap.RAM + rng.randrange(4 * PAGE_SIZE_BYTES))
    hart.set_word("mode", rng.choice(tuple(Mode)))
    hart.set_word("pc", memmap.RAM + 2 * rng.randrange(2 * PAGE_SIZE_BYTES))
    run.engine.forget(set())
    return run


@pytest.mark.parametrize("part", range(8 if LONG else 2))
def test_random_code_never_raises(part: int) -> None:
    """And what it does is the same on every engine that runs here."""
    traps = retired = 0
    engines = [engine for engine in ("t0", "t1") if engine == "t0" or why_not_t1() is None]
    for case in range(part, MACHINES, 8 if LONG else 2):
        with time_limit():
            try:
                ends = []
                for engine in engines:
                    run = machine(Random(f"code/{case}"), engine)
                    run.run(limit=STEPS)
                    run.send(b"abc")
                    run.run(limit=STEPS)
                    ends.append((run.state_hash(), run.position, run.trap_counts))
                assert ends == ends[:1] * len(ends)
            except BaseException as failure:
                failure.add_note(f"case {case}")
                raise
        traps += sum(run.trap_counts.values())
        retired += run.position
    print(f"{retired} instructions, {traps} traps")
    assert traps > 0
