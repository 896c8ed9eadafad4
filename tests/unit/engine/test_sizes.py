"""Instructions of two sizes on the engine: at page ends, in blocks, rewritten, stopped at."""

from __future__ import annotations

import pytest

from tests.unit.programs import session
from vmlab.engine import blocks
from vmlab.isa.causes import ILLEGAL_INSTRUCTION, INSTRUCTION_ACCESS_FAULT
from vmlab.session import Until
from vmlab.session.session import Session
from vmlab.session.snapshot import Reason

RAM = 0x8000_0000
LOOP = """
    li s0, 60
    li a0, 0
again:
    c.addi a0, 1
    addi a1, a0, 1
    c.add a1, a0
    c.addi s0, -1
    bnez s0, again
    j .
"""


def registers(run: Session) -> list[int]:
    return list(run.machine.hart.x)


@pytest.mark.parametrize("worth", [1, 12, 10_000])
def test_blocks_of_mixed_sizes_do_what_single_instructions_do(
    worth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "WORTH_PRINTING", worth)
    run = session(LOOP)
    run.run(Until.count(400))
    assert run.machine.hart.x[10] == 60
    assert run.machine.hart.x[11] == 121
    assert run.machine.hart.retired == 400


@pytest.mark.parametrize("worth", [1, 10_000])
def test_an_instruction_may_lie_in_two_pages(worth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "WORTH_PRINTING", worth)
    run = session(
        """
        li s0, 50
        j first
        .space 4096 - 4 - 8 - 4 - 2
    first:
        c.addi a0, 1
        c.addi a0, 1
        c.addi a0, 1
        c.addi a0, 1
        addi a0, a0, 100
        addi s0, s0, -1
        bnez s0, first
        j .
        """
    )
    symbol = next(address for address, name in run.snapshot().symbols.items() if name == "first")
    assert (symbol + 8) & 0xFFF == 0xFFE
    run.run(Until.count(600))
    assert run.machine.hart.x[10] == 50 * 104


def test_the_second_half_of_an_instruction_may_fault() -> None:
    """tval is the address of the half that faults; epc that of the instruction."""
    run = session(
        "la t0, handler\ncsrw mtvec, t0\nli t1, 0x800ffffe\nli t2, 0x13\nsh t2, 0(t1)\n"
        "jr t1\n.balign 4\nhandler: csrr a0, mcause\ncsrr a1, mtval\ncsrr a2, mepc\nj ."
    )
    run.run(Until.count(100))
    x = registers(run)
    assert x[10:13] == [INSTRUCTION_ACCESS_FAULT, RAM + 0x10_0000, RAM + 0x10_0000 - 2]


def test_tval_of_an_illegal_16_bit_word_is_that_word() -> None:
    run = session(
        "la t0, handler\ncsrw mtvec, t0\n.half 0x2004\n.half 0xffff\n.balign 4\n"
        "handler: csrr a0, mcause\ncsrr a1, mtval\nj ."
    )
    run.run(Until.count(100))
    assert registers(run)[10:12] == [ILLEGAL_INSTRUCTION, 0x2004]


@pytest.mark.parametrize("offset", [0, 2])
@pytest.mark.parametrize("size", ["sh", "sw", "sd"])
def test_a_store_to_any_half_of_a_block_is_seen(offset: int, size: str) -> None:
    """The body is printed as a block, then rewritten: c.addi a0, 1 becomes c.addi a0, 2."""
    run = session(
        f"""
        li s0, 40
        li s1, 20
        la t0, body
        li t1, {0x0509_0509_0509_0509 if size == "sd" else 0x0509_0509:#x}
    again:
        .balign 8
    body:
        c.addi a0, 1
        c.addi a0, 1
        c.addi a0, 1
        c.addi a0, 1
        addi s0, s0, -1
        bne s0, s1, skip
        {size} t1, {0 if size != "sh" else offset}(t0)
    skip:
        bnez s0, again
        j .
        """
    )
    run.run(Until.count(1000))
    rewritten = {"sh": 1, "sw": 2, "sd": 4}[size]
    assert run.machine.hart.x[10] == 20 * 4 + 20 * (4 + rewritten)


def test_a_breakpoint_may_stand_at_an_odd_half() -> None:
    run = session(LOOP)
    again = next(address for address, name in run.snapshot().symbols.items() if name == "again")
    run.run(Until.count(200))  # the loop is a block by now
    run.toggle_breakpoint(again + 6)
    for _ in range(3):
        stop = run.run(limit=1000)
        assert stop.reason is Reason.BREAKPOINT
        assert run.machine.hart.pc == again + 6


def test_the_code_window_keeps_its_lines_while_pc_moves() -> None:
    run = session(LOOP)
    run.run(Until.count(20))
    seen: dict[int, str] = {}
    for _ in range(30):
        run.step()
        snapshot = run.snapshot()
        lines = {line.address: line.text for line in snapshot.code}
        assert snapshot.now.pc in lines
        for address, text in lines.items():
            assert seen.setdefault(address, text) == text
    assert "c.addi a0, 1" in seen.values()
