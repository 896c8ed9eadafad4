"""Engines that take turns on one machine: each forgets what the other may have changed, and
nothing of it shows."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.engine.test_reference import SELF_MODIFYING, SUPERVISOR
from tests.unit.programs import elf
from vmlab.engine import blocks, decoded
from vmlab.engine.api import StopAt
from vmlab.engine.reference import Reference
from vmlab.isa.state import PMP_ACTIVE, PMP_LAST, PMPADDR, PMPCFG
from vmlab.machine.platform import Machine
from vmlab.session import open

STOP = StopAt()

PROTECTION = """
    la   t0, handler
    csrw mtvec, t0
    la   a0, data
    srli a1, a0, 2
    li   s0, 300
again:
    andi t0, s0, 7                # another range each time, with or without R and W
    slli t1, t0, 5
    add  t1, t1, a1
    csrw pmpaddr0, t1
    ori  t2, t0, 0x18
    csrw pmpcfg0, t2
    li   t3, -1
    csrw pmpaddr1, t3
    li   t3, 0x1f00
    csrs pmpcfg0, t3
    li   t3, 0x20800              # MPRV with MPP = S: loads and stores are checked as S's
    csrs mstatus, t3
    ld   t4, 0(a0)
    sd   t4, 8(a0)
    ld   t4, 256(a0)
    csrc mstatus, t3
    addi s0, s0, -1
    bnez s0, again
    j    again
    .align 2
handler:
    csrr t5, mepc
    addi t5, t5, 4
    csrw mepc, t5
    li   t5, 0x21800
    csrc mstatus, t5
    li   t5, 0x20800
    csrs mstatus, t5
    addi a5, a5, 1
    mret
    .align 12
data:
    .zero 4096
"""

TABLES = f"""{SUPERVISOR}
    la   a0, window
    li   t0, 0x40000000           # the next gigabyte is RAM too, with and without W
    add  a0, a0, t0
    la   s1, root
    li   s0, 0
again:
    andi t0, s0, 4
    li   t1, 0x200000cf
    sub  t1, t1, t0
    sd   t1, 24(s1)
    andi t2, s0, 15
    bnez t2, unfenced
    sfence.vma
unfenced:
    ld   t3, 0(a0)
    add  a1, a1, t3
    addi s0, s0, 1
    sd   s0, 0(a0)
    ecall
    j    again
    .align 12
root:
    .zero 4096
window:
    .zero 4096
"""
TABLES = f"""
    la   t0, handler
    csrw mtvec, t0
    j    go
    .align 2
handler:
    csrr t5, mepc
    addi t5, t5, 4
    csrw mepc, t5
    addi a5, a5, 1
    mret
go:
{TABLES}"""

CODE = """
    la   s1, patched
    la   s2, other
    lw   s3, 0(s1)
    lw   s4, 0(s2)
again:
    jal  ra, far
    li   t2, 9
patched:
    addi a0, a0, 1
    addi t2, t2, -1
    bnez t2, patched
    j    again
other:
    addi a0, a0, 100
    .align 12
far:
    sw   s4, 0(s1)                # from another page, without a fence.i
    xor  s3, s3, s4
    xor  s4, s3, s4
    xor  s3, s3, s4
    ret
"""

THRASH = f"""{SUPERVISOR}
    la   a0, supervisor
    li   t0, 1 << 13
    add  a0, a0, t0
    andi a0, a0, -8
    li   t0, 1 << 20              # 256 pages: the same place in the TLB
    add  a1, a0, t0
again:
    li   t1, 9
one:
    ld   t2, 0(a0)
    addi t1, t1, -1
    bnez t1, one
    li   t1, 9
two:
    sd   t2, 0(a1)
    addi t1, t1, -1
    bnez t1, two
    j    again
    .align 12
root:
    .zero 4096
"""

PROGRAMS = {
    "self-modifying": SELF_MODIFYING,
    "code": CODE,
    "thrash": THRASH,
    "protection": PROTECTION,
    "tables": TABLES,
}


def machine(name: str) -> Machine:
    image: Any = elf(PROGRAMS[name]) if name in PROGRAMS else name
    return open(image, ram="2M", engine="t0").machine


def alternate(here: Machine) -> Callable[[int], None]:
    """Two engines; each run is the other's, and the next one learns what was written."""
    pair = [Reference(here), Reference(here)]

    def told(offset: int, length: int) -> None:
        for engine in pair:
            engine.device_wrote(offset, length)

    here.dma.on_write = told
    for engine in pair:
        engine.take_dirty_pages()

    def run(budget: int) -> None:
        pair[0].run(budget, STOP)
        pair[1].forget(pair[0].take_dirty_pages())
        pair.reverse()

    return run


@pytest.mark.parametrize("visits", [1, 4])
@pytest.mark.parametrize("name", ["tour", "faults", "echo", *PROGRAMS])
def test_taking_turns_does_not_show(
    name: str, visits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every word of the hart is the same: also counters and the TLB."""
    monkeypatch.setattr(blocks, "WORTH_PRINTING", visits)
    alone, together = machine(name), machine(name)
    engine, turn = Reference(alone), alternate(together)
    rng = random.Random(name)
    for _ in range(200):
        budget = rng.choice((1, 2, 5, 20, 40, 200))
        if rng.random() < 0.1:
            alone.receive(b"a\n")
            together.receive(b"a\n")
        engine.run(budget, STOP)
        turn(budget)
        assert alone.arena.hart == together.arena.hart
    assert alone.arena.ram == together.arena.ram
    assert alone.hart.retired > 2_000
    if name in ("protection", "tables"):
        assert alone.hart.word("traps") > 100


def test_protection_that_was_written_from_outside_is_derived_anew() -> None:
    here = machine("tour")
    engine = Reference(here)
    words = here.arena.words
    words[PMPADDR.slot], words[PMPCFG.slot] = (1 << 54) - 1, 0x1F
    engine.forget(set())
    assert (words[PMP_ACTIVE.slot], words[PMP_LAST.slot]) == (1, (1 << 57) - 1)


def test_code_at_ever_new_addresses_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "WORTH_PRINTING", 2)
    ends = []
    for most in (1 << 12, 2, 1):
        monkeypatch.setattr(blocks, "MOST_PAGES", most)
        here = machine("code")
        engine = Reference(here)
        for _ in range(40):
            engine.run(333, STOP)
            assert len(engine._primitives.code._pages) <= most
        ends.append(bytes(here.arena.hart))
    assert ends[0] == ends[1] == ends[2]


def test_words_that_a_guest_makes_up_are_forgotten_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends = []
    for most in (1 << 15, 5):
        monkeypatch.setattr(decoded, "MOST_WORDS", most)
        here = machine("tour")
        engine = Reference(here)
        engine.run(10_000, STOP)
        assert len(engine._instructions._known) <= most
        ends.append(bytes(here.arena.hart))
    assert ends[0] == ends[1]
